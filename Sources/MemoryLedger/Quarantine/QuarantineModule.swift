package import EventLog
package import LedgerStorage
package import Projections

/// What is held back. `MemoryProjector` builds the tables, since what a quarantine holds depends on every memory's
/// origins.
package struct QuarantineModule: LedgerModule {
    package typealias Event = QuarantineEvent

    package let name = "quarantine"

    package let events: [EventDefinition] = [
        EventDefinition(
            QuarantineEvent.Name.quarantined, undoing: .never("`release` brings back what it holds"),
            importing: .leftOut),
        EventDefinition(
            QuarantineEvent.Name.released, undoing: .never("`quarantine` takes it out again"), importing: .leftOut),
    ]

    package let projectors: [any Projector] = []

    package init() {}

    package func makeUndo(in ledger: MemoryLedger, at head: Position) -> any ModuleUndo { NoUndo() }

    /// They are in no protected stream.
    package func remains(of type: EventType) -> QuarantineEvent? { nil }

    package func counterpart(of event: QuarantineEvent, in stream: StreamName) -> StreamName? { nil }

    package func standing(
        of stream: StreamName, at now: Timestamp, in tables: SQLiteConnection
    ) throws -> SubjectStanding { .gone }

    package func subjects(from source: Provenance.Source, in tables: SQLiteConnection) throws -> [Position] { [] }

    package func subjects(madeFrom positions: [Position], in tables: SQLiteConnection) throws -> [Position] { [] }

    package func decideImport(
        _ event: QuarantineEvent, in stream: StreamName, _ ledger: MemoryLedger
    ) async throws -> ImportDecision { .leftOut }

    package func statistics(_ tables: SQLiteConnection) throws -> JSONObject { [:] }
}
