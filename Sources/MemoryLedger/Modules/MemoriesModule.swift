package import EventLog
package import LedgerStorage
package import Projections

/// Memories, their links, and the rows of old databases that they come from. The streams are called
/// `<namespace>/<key>`, without a `$`.
package struct MemoriesModule: LedgerModule {
    package typealias Event = MemoryEvent
    private typealias Name = MemoryEvent.Name

    package let name = StreamFamily.memories

    package let events: [EventDefinition] = [
        EventDefinition(Name.added),
        EventDefinition(Name.replaced),
        EventDefinition(Name.updated),
        EventDefinition(Name.renamed, step: .leaves, holdsOnlyNames: true),
        EventDefinition(Name.nameTaken, step: .arrives, undoing: .byAnother, holdsOnlyNames: true),
        EventDefinition(Name.deleted, step: .ends),
        EventDefinition(Name.metaSet),
        EventDefinition(Name.restored, step: .returns),
        EventDefinition(Name.linked),
        EventDefinition(Name.unlinked),
        EventDefinition(Name.accessed, role: .countedRead),
        EventDefinition(Name.traversed, role: .countedRead),
        EventDefinition(Name.legacyRowImported),
        EventDefinition(Name.legacyImportStarted, undoing: .withoutEffect),
    ]

    package let projectors: [any Projector] = [MemoryProjector()]

    package init() {}

    package func makeUndo(in ledger: MemoryLedger, at head: Position) -> any ModuleUndo {
        MemoryUndo(ledger, at: head)
    }

    package func remains(of type: EventType) -> MemoryEvent? { MemoryEvent.erased(type) }

    package func counterpart(of event: MemoryEvent, in stream: StreamName) -> StreamName? {
        MemoryStream.memory(stream).flatMap { event.otherKey(than: $0) }.map { MemoryStream.name($0) }
    }

    package func standing(
        of stream: StreamName, at now: Timestamp, in tables: SQLiteConnection
    ) throws -> SubjectStanding {
        guard let key = MemoryStream.memory(stream),
            let memory = try MemoryRows.find(key, now: now, showsQuarantined: true, tables)
        else { return .gone }
        return memory.content == .erased ? .erased : .readable
    }

    package func subjects(from source: Provenance.Source, in tables: SQLiteConnection) throws -> [Position] {
        try MemoryDescent.memories(from: source, tables)
    }

    package func subjects(madeFrom positions: [Position], in tables: SQLiteConnection) throws -> [Position] {
        try MemoryDescent.descendants(of: positions, tables)
    }

    package func decideImport(
        _ event: MemoryEvent, in stream: StreamName, _ ledger: MemoryLedger
    ) async throws -> ImportDecision { .taken }

    /// They stand in `LedgerStatistics` by namespace.
    package func statistics(_ tables: SQLiteConnection) throws -> JSONObject { [:] }
}
