import EventLog
import LedgerStorage

/// The index over the log's older events: written a segment at a time, in sorted batches.
///
/// An index that is kept up with every event makes appends three times slower (measured; see DESIGN.md). Sorted batches
/// of some ten thousand events cost a tenth of that, and take one to two bytes per event and kind.
final class SegmentIndex {
    enum Kind: Int64 {
        case type = 1
        case actor = 2
        case correlation = 3
        case category = 4
    }

    static let scripts = [PackageResources.event_index_sql, PackageResources.streams_sql]

    /// Every how many versions a stream's chain can be entered.
    static let markInterval: StreamVersion = 64

    private struct Range {
        var first: Position
        var last: Position
        var least: EventID
        var greatest: EventID
    }

    private let sqlite: SQLiteConnection
    private var ranges: [Range] = []

    init(sqlite: SQLiteConnection) {
        self.sqlite = sqlite
    }

    /// Reads which ids the segments span. Answers the greatest id in any of them.
    func load() throws -> EventID {
        ranges = []
        var greatest = EventID(high: 0, low: 0)
        let rows = try sqlite.statement(
            """
            SELECT first_position, last_position, least_event_id, greatest_event_id, greatest_event_id_so_far
            FROM segments ORDER BY last_position
            """)
        defer { rows.reset() }
        while try rows.step() {
            guard let least = EventID(bytes: rows.bytes(2)), let most = EventID(bytes: rows.bytes(3)),
                let soFar = EventID(bytes: rows.bytes(4))
            else { throw EventLogError.damagedLog(at: rows.int64(0), "the segment's event ids are not sixteen bytes") }
            ranges.append(Range(first: rows.int64(0), last: rows.int64(1), least: least, greatest: most))
            greatest = soFar
        }
        return greatest
    }

    // MARK: Finding an event id

    func position(of id: EventID) throws -> Position? {
        for range in ranges.reversed() where range.least <= id && id <= range.greatest {
            if let position = try position(of: id, in: range) { return position }
        }
        return nil
    }

    private func position(of id: EventID, in range: Range) throws -> Position? {
        let row = try sqlite.statement("SELECT event_ids FROM segments WHERE last_position = ?")
        row.bind(1, range.last)
        defer { row.reset() }
        guard try row.step() else { return nil }
        if row.isNull(0) { return try ascendingPosition(of: id, in: range) }
        let pairs = row.bytes(0)
        let wanted = UInt64(Self.hash(id)) << 32
        var low = 0
        var high = pairs.count / 8
        while low < high {
            let middle = (low + high) / 2
            if Self.pair(pairs, middle) < wanted { low = middle + 1 } else { high = middle }
        }
        while low < pairs.count / 8, Self.pair(pairs, low) >> 32 == wanted >> 32 {
            let position = range.first + Position(Self.pair(pairs, low) & 0xffff_ffff)
            if try eventID(at: position) == id { return position }
            low += 1
        }
        return nil
    }

    private func ascendingPosition(of id: EventID, in range: Range) throws -> Position? {
        var low = range.first
        var high = range.last
        while low <= high {
            let middle = (low + high) / 2
            let found = try eventID(at: middle)
            if found == id { return middle }
            if found < id { low = middle + 1 } else { high = middle - 1 }
        }
        return nil
    }

    private func eventID(at position: Position) throws -> EventID {
        let row = try sqlite.statement("SELECT event_id FROM events WHERE position = ?")
        row.bind(1, position)
        defer { row.reset() }
        guard try row.step(), let id = EventID(bytes: row.bytes(0)) else {
            throw EventLogError.damagedLog(at: position, "the event is missing or has no id")
        }
        return id
    }

    private static func hash(_ id: EventID) -> UInt32 {
        UInt32(truncatingIfNeeded: ((id.high ^ id.low &* 0x9e37_79b9_7f4a_7c15) &* 0xff51_afd7_ed55_8ccd) >> 32)
    }

    private static func pair(_ pairs: UnsafeRawBufferPointer, _ index: Int) -> UInt64 {
        UInt64(bigEndian: pairs.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self))
    }

    // MARK: Writing a segment

    /// Indexes the tail's events. Call it inside the transaction that makes them, or a later one.
    func write(_ tail: LogTail, greatestID: EventID) throws {
        guard let first = tail.entries.first else { return }
        try writeStreams(tail)
        try writePostings(tail)
        var range = Range(first: tail.indexedThrough + 1, last: tail.through, least: first.id, greatest: first.id)
        for entry in tail.entries {
            if entry.id < range.least { range.least = entry.id }
            if entry.id > range.greatest { range.greatest = entry.id }
        }
        let insert = try sqlite.statement("INSERT INTO segments VALUES (?, ?, ?, ?, ?, ?)")
        insert.bind(1, range.last)
        insert.bind(2, range.first)
        range.least.withBytes { insert.bind(3, blob: $0) }
        range.greatest.withBytes { insert.bind(4, blob: $0) }
        greatestID.withBytes { insert.bind(5, blob: $0) }
        if tail.idsAscend {
            insert.bindNull(6)
        } else {
            insert.bind(6, blob: Self.sortedIDs(tail))
        }
        try insert.run()
        ranges.append(range)
    }

    private static func sortedIDs(_ tail: LogTail) -> [UInt8] {
        var pairs = tail.entries.indices.map { UInt64(hash(tail.entries[$0].id)) << 32 | UInt64($0) }
        pairs.sort()
        return pairs.flatMap { pair in withUnsafeBytes(of: pair.bigEndian) { Array($0) } }
    }

    /// The names of streams that began in the tail, and the heads of those that have more events than the first.
    private func writeStreams(_ tail: LogTail) throws {
        let mark = try sqlite.statement("INSERT INTO stream_marks VALUES (?, ?, ?)")
        var heads: [(id: Int64, index: Int)] = []
        var new: [(name: StreamName, id: Int64)] = []
        for (index, entry) in tail.entries.enumerated() {
            if entry.version % Self.markInterval == 0 {
                mark.bind(1, entry.streamID)
                mark.bind(2, entry.version)
                mark.bind(3, tail.position(at: index))
                try mark.run()
            }
            if entry.isHead, entry.version > 1 { heads.append((entry.streamID, index)) }
            if entry.streamID == tail.position(at: index) { new.append((entry.stream, entry.streamID)) }
        }
        heads.sort { $0.id < $1.id }
        new.sort { $0.name < $1.name }
        let insert = try sqlite.statement("INSERT OR REPLACE INTO stream_names VALUES (?, ?)")
        for stream in new {
            insert.bind(1, stream.name.rawValue)
            insert.bind(2, stream.id)
            try insert.run()
        }
        let replace = try sqlite.statement("INSERT OR REPLACE INTO stream_heads VALUES (?, ?, ?)")
        for head in heads {
            replace.bind(1, head.id)
            replace.bind(2, tail.entries[head.index].version)
            replace.bind(3, tail.position(at: head.index))
            try replace.run()
        }
    }

    private func writePostings(_ tail: LogTail) throws {
        var types = PostingLists<Int64>()
        var actors = PostingLists<Int64>()
        var correlations = PostingLists<ByteText>()
        var categories = PostingLists<ByteText>()
        var category = ByteText("")
        for (index, entry) in tail.entries.enumerated() {
            let offset = index + 1
            types.append(offset, to: entry.typeID)
            if let actor = entry.actorID { actors.append(offset, to: actor) }
            if let id = entry.correlationID { correlations.append(offset, to: ByteText(id)) }
            if !entry.stream.isIn(category.text) { category = ByteText(String(entry.stream.category)) }
            categories.append(offset, to: category)
        }
        let insert = try sqlite.statement("INSERT INTO postings VALUES (?, ?, ?, ?)")
        func write<Value>(_ kind: Kind, _ lists: PostingLists<Value>, _ bind: (Int32, Value) -> Void) throws {
            for (value, list) in lists.sorted() {
                insert.bind(1, kind.rawValue)
                bind(2, value)
                insert.bind(3, tail.through)
                insert.bind(4, blob: list.bytes)
                try insert.run()
            }
        }
        try write(.type, types) { insert.bind($0, $1) }
        try write(.actor, actors) { insert.bind($0, $1) }
        try write(.correlation, correlations) { insert.bind($0, $1.text) }
        try write(.category, categories) { insert.bind($0, $1.text) }
    }
}
