import EventLog
import LedgerStorage
import SwiftProtobuf

/// A mark, and the event that it was made after.
struct PlacedMark {
    let mark: MemoryMark
    let version: StreamVersion
    let position: Position
}

/// What a memory was after an event of its stream: a later read goes on from there.
struct MemoryMark {
    var id: Position
    var content: MemoryContent
    var statistics: MemoryMetaValues
    var expiresAt: Timestamp?
    var contentVersion: StreamVersion
    var sourceRow: Int64?
    var provenance: Provenance?

    /// A stream has a mark at most this often.
    static let interval: StreamVersion = 128
    /// A larger memory has fewer marks, so that they take at most this many bytes for each of its events.
    static let bytesPerEvent = 64

    /// True where a memory of a size has a mark at a version of its stream.
    static func isDue(at version: StreamVersion, contentBytes: Int) -> Bool {
        let intervals = max(1, Int64(contentBytes) / (interval * Int64(bytesPerEvent)))
        return version % interval == 0 && version / interval % intervals == 0
    }

    func serialized() throws -> [UInt8] {
        try ProtoMemoryMark.with {
            $0.id = id
            $0.content = ProtoContent(content)
            $0.statistics = ProtoMemoryMetaSet(statistics)
            if let expiresAt { $0.expiresAt = expiresAt.milliseconds }
            $0.contentVersion = contentVersion
            if let sourceRow { $0.sourceRow = sourceRow }
            if let provenance { $0.provenance = ProtoProvenance(provenance) }
        }.serializedBytes()
    }

    init(
        id: Position, content: MemoryContent, statistics: MemoryMetaValues, expiresAt: Timestamp?,
        contentVersion: StreamVersion, sourceRow: Int64?, provenance: Provenance?
    ) {
        self.id = id
        self.content = content
        self.statistics = statistics
        self.expiresAt = expiresAt
        self.contentVersion = contentVersion
        self.sourceRow = sourceRow
        self.provenance = provenance
    }

    init(_ bytes: [UInt8]) throws {
        let proto = try ProtoMemoryMark(serializedBytes: bytes)
        self.init(
            id: proto.id, content: MemoryContent(proto.content), statistics: MemoryMetaValues(proto.statistics),
            expiresAt: proto.hasExpiresAt ? Timestamp(milliseconds: proto.expiresAt) : nil,
            contentVersion: proto.contentVersion, sourceRow: proto.hasSourceRow ? proto.sourceRow : nil,
            provenance: proto.hasProvenance ? Provenance(proto.provenance) : nil)
    }
}

extension MemoryWriter {
    /// Marks what the slot's memory is after an event of its stream, where a mark is due.
    func mark(_ slot: KeySlot, _ version: StreamVersion) throws {
        guard let state = slot.state else { return }
        let content = try content(of: state)
        guard MemoryMark.isDue(at: version, contentBytes: content.byteCount) else { return }
        let mark = MemoryMark(
            id: state.id, content: try content.unpacked(), statistics: state.statistics,
            expiresAt: state.expiresAt.map { Timestamp(milliseconds: $0) }, contentVersion: state.contentVersion,
            sourceRow: state.sourceRow, provenance: state.provenance?.value)
        let add = try rows(.addMark)
        add.bind(1, position)
        add.bind(2, slot.memory.namespace)
        add.bind(3, slot.memory.key)
        add.bind(4, version)
        add.bind(5, blob: try mark.serialized())
        try add.run()
    }

    func content(of state: MemoryState) throws -> PackedContent {
        if let content = state.content { return content }
        let row = try rows(.content)
        row.bind(1, state.id)
        defer { row.reset() }
        guard try row.step() else { return PackedContent(MemoryContent()) }
        return PackedContent(
            MemoryContent(
                domain: row.text(0), summary: row.text(1), text: row.text(2), type: row.text(3),
                keywords: try MemoryColumns.keywords(json: row.bytes(4)),
                links: try MemoryColumns.links(json: row.bytes(5)),
                extra: row.isNull(6) ? [:] : try JSONParser.parse(row.bytes(6)).object ?? [:]))
    }
}
