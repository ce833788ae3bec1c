public import EventLog
import SwiftProtobuf

/// What can happen to a memory. Schema version 1 of each is `Schemas/proto/memory_events.proto`.
///
///     for try await event in ledger.subscribe() {
///         guard case .added(let content, _)? = event.body as? MemoryEvent else { continue }
///         print("\(event.recorded.stream) was added: \(content.summary)")
///     }
///
/// A later version may add cases.
public enum MemoryEvent: Hashable, Sendable {
    /// Under a key that held nothing.
    case added(MemoryContent, from: Provenance? = nil)
    /// In the place of another one; its statistics begin again.
    case replaced(MemoryContent, from: Provenance? = nil)
    case updated(MemoryChange, from: Provenance? = nil)
    /// To another key of the namespace, in whose stream `nameTaken` follows.
    case renamed(newKey: String)
    /// From another key of the namespace, in whose stream `renamed` came before.
    case nameTaken(oldKey: String)
    case deleted
    /// Its statistics were set by hand.
    case metaSet(MemoryMetaValues)
    /// A link was added, or the one of the same kind changed.
    case linked(MemoryLink)
    /// The links to a key were taken away: all, or those of a type and a term.
    case unlinked(key: String, type: String?, term: String?)
    /// It was put back as it was at an earlier position.
    case restored(MemoryRestoration)
    /// A read that counts.
    case accessed
    /// A read through a link, which counts.
    case traversed
    /// A row of an old database, complete, which made the memory, changed it or was set aside.
    case legacyRowImported(LegacyRowImport)
    /// The migration of an old database began.
    case legacyImportStarted(LegacyImportStart)

    /// The types as the log has them.
    public enum Name {
        public static let added: EventType = "MemoryAdded"
        public static let replaced: EventType = "MemoryReplaced"
        public static let updated: EventType = "MemoryUpdated"
        public static let renamed: EventType = "MemoryRenamed"
        public static let nameTaken: EventType = "MemoryNameTaken"
        public static let deleted: EventType = "MemoryDeleted"
        public static let metaSet: EventType = "MemoryMetaSet"
        public static let restored: EventType = "MemoryRestored"
        public static let linked: EventType = "MemoryLinked"
        public static let unlinked: EventType = "MemoryUnlinked"
        public static let accessed = ReadCounter.Kind.accessed.type
        public static let traversed = ReadCounter.Kind.traversed.type
        public static let legacyRowImported: EventType = "LegacyRowImported"
        public static let legacyImportStarted: EventType = "LegacyImportStarted"

        public static let all: Set<EventType> = [
            added, replaced, updated, renamed, nameTaken, deleted, metaSet, restored, linked, unlinked, accessed,
            traversed, legacyRowImported, legacyImportStarted,
        ]
    }

    package static let schemaVersion = 1

    public var type: EventType {
        switch self {
        case .added: Name.added
        case .replaced: Name.replaced
        case .updated: Name.updated
        case .renamed: Name.renamed
        case .nameTaken: Name.nameTaken
        case .deleted: Name.deleted
        case .metaSet: Name.metaSet
        case .restored: Name.restored
        case .linked: Name.linked
        case .unlinked: Name.unlinked
        case .accessed: Name.accessed
        case .traversed: Name.traversed
        case .legacyRowImported: Name.legacyRowImported
        case .legacyImportStarted: Name.legacyImportStarted
        }
    }

    // MARK: Encoding

    /// The event's body in Protocol Buffers.
    public func payload() throws -> [UInt8] {
        switch self {
        case .added(let content, let provenance):
            try ProtoMemoryAdded.with {
                $0.content = ProtoContent(content)
                if let provenance { $0.provenance = ProtoProvenance(provenance) }
            }.serializedBytes()
        case .replaced(let content, let provenance):
            try ProtoMemoryReplaced.with {
                $0.content = ProtoContent(content)
                if let provenance { $0.provenance = ProtoProvenance(provenance) }
            }.serializedBytes()
        case .updated(let change, let provenance):
            try {
                var body = ProtoMemoryUpdated(change)
                if let provenance { body.provenance = ProtoProvenance(provenance) }
                return try body.serializedBytes()
            }()
        case .renamed(let key): try ProtoMemoryRenamed.with { $0.newKey = key }.serializedBytes()
        case .nameTaken(let key): try ProtoMemoryNameTaken.with { $0.oldKey = key }.serializedBytes()
        case .metaSet(let values): try ProtoMemoryMetaSet(values).serializedBytes()
        case .restored(let restoration): try ProtoMemoryRestored(restoration).serializedBytes()
        case .linked(let link): try ProtoMemoryLinked.with { $0.link = ProtoLink(link) }.serializedBytes()
        case .unlinked(let key, let type, let term):
            try ProtoMemoryUnlinked.with {
                $0.key = key
                if let type { $0.type = type }
                if let term { $0.term = term }
            }.serializedBytes()
        case .legacyRowImported(let row): try ProtoLegacyRowImported(row).serializedBytes()
        case .legacyImportStarted(let start): try ProtoLegacyImportStarted(start).serializedBytes()
        case .deleted, .accessed, .traversed: []
        }
    }

    // MARK: Decoding

    /// The event that was recorded; nil where this version does not know its type.
    ///
    /// - Throws: `EventLogError.damagedPayload` with the position where the body is not what the type says,
    ///   `newerEvent` where this version does not know the schema, so that nothing passes over the event in silence,
    ///   `masterKeyMissing` or `masterKeyWrong` where it is locked.
    package static func decode(_ event: RecordedEvent) throws -> MemoryEvent? {
        if event.schemaVersion > schemaVersion, !Name.all.contains(event.type) { return nil }
        return try event.body(newest: schemaVersion, remains: erased, read)
    }

    public static func read(_ type: EventType, _ payload: [UInt8]) throws -> MemoryEvent? {
        switch type {
        // The most frequent first: comparing types costs more than decoding these.
        case Name.accessed: .accessed
        case Name.added:
            try {
                let body = try ProtoMemoryAdded(serializedBytes: payload)
                return .added(
                    MemoryContent(body.content), from: body.hasProvenance ? Provenance(body.provenance) : nil)
            }()
        case Name.updated:
            try {
                let body = try ProtoMemoryUpdated(serializedBytes: payload)
                return .updated(MemoryChange(body), from: body.hasProvenance ? Provenance(body.provenance) : nil)
            }()
        case Name.traversed: .traversed
        case Name.replaced:
            try {
                let body = try ProtoMemoryReplaced(serializedBytes: payload)
                return .replaced(
                    MemoryContent(body.content), from: body.hasProvenance ? Provenance(body.provenance) : nil)
            }()
        case Name.renamed: .renamed(newKey: try ProtoMemoryRenamed(serializedBytes: payload).newKey)
        case Name.nameTaken: .nameTaken(oldKey: try ProtoMemoryNameTaken(serializedBytes: payload).oldKey)
        case Name.deleted: .deleted
        case Name.metaSet: .metaSet(MemoryMetaValues(try ProtoMemoryMetaSet(serializedBytes: payload)))
        case Name.restored: .restored(MemoryRestoration(try ProtoMemoryRestored(serializedBytes: payload)))
        case Name.linked: .linked(MemoryLink(try ProtoMemoryLinked(serializedBytes: payload).link))
        case Name.unlinked:
            try {
                let body = try ProtoMemoryUnlinked(serializedBytes: payload)
                return .unlinked(
                    key: body.key, type: body.hasType ? body.type : nil, term: body.hasTerm ? body.term : nil)
            }()
        case Name.legacyRowImported: .legacyRowImported(LegacyRowImport(try .init(serializedBytes: payload)))
        case Name.legacyImportStarted: .legacyImportStarted(LegacyImportStart(try .init(serializedBytes: payload)))
        default: nil
        }
    }
}
