package import EventLog
import SwiftProtobuf

/// What can happen to a memory. Schema version 1 of each is `Schemas/proto/memory_events.proto`.
package enum MemoryEvent: Hashable, Sendable {
    case added(MemoryContent, from: Provenance? = nil)
    case replaced(MemoryContent, from: Provenance? = nil)
    case updated(MemoryChange, from: Provenance? = nil)
    case renamed(newKey: String)
    case nameTaken(oldKey: String)
    case deleted
    case metaSet(MemoryMetaValues)
    case linked(MemoryLink)
    case unlinked(key: String, type: String?, term: String?)
    case restored(MemoryRestoration)
    case accessed
    case traversed
    case legacyRowImported(LegacyRowImport)
    case legacyImportStarted(LegacyImportStart)

    package enum Name {
        package static let added: EventType = "MemoryAdded"
        package static let replaced: EventType = "MemoryReplaced"
        package static let updated: EventType = "MemoryUpdated"
        package static let renamed: EventType = "MemoryRenamed"
        package static let nameTaken: EventType = "MemoryNameTaken"
        package static let deleted: EventType = "MemoryDeleted"
        package static let metaSet: EventType = "MemoryMetaSet"
        package static let restored: EventType = "MemoryRestored"
        package static let linked: EventType = "MemoryLinked"
        package static let unlinked: EventType = "MemoryUnlinked"
        package static let accessed = ReadCounter.Kind.accessed.type
        package static let traversed = ReadCounter.Kind.traversed.type
        package static let legacyRowImported: EventType = "LegacyRowImported"
        package static let legacyImportStarted: EventType = "LegacyImportStarted"

        package static let all: Set<EventType> = [
            added, replaced, updated, renamed, nameTaken, deleted, metaSet, restored, linked, unlinked, accessed,
            traversed, legacyRowImported, legacyImportStarted,
        ]
    }

    package static let schemaVersion = 1

    package var type: EventType {
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
    package func payload() throws -> [UInt8] {
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

    package static func read(_ type: EventType, _ payload: [UInt8]) throws -> MemoryEvent? {
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
