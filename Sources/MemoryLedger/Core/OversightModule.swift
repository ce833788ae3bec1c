import EventLog
import LedgerStorage
import Projections

/// A module whose events are about the ledger as a whole: it has no subjects, nothing in a protected stream, and, if it
/// names no projectors, no tables of its own. It says so by this name, and what remains to be said are its events.
protocol OversightModule: LedgerModule {}

extension OversightModule {
    package var projectors: [any Projector] { [] }

    package func makeUndo(in ledger: MemoryLedger, at head: Position) -> any ModuleUndo { NoUndo() }

    package func remains(of type: EventType) -> Event? { nil }

    package func counterpart(of event: Event, in stream: StreamName) -> StreamName? { nil }

    package func standing(
        of stream: StreamName, at now: Timestamp, in tables: SQLiteConnection
    ) throws -> SubjectStanding { .gone }

    package func subjects(from source: Provenance.Source, in tables: SQLiteConnection) throws -> [Position] { [] }

    package func subjects(madeFrom positions: [Position], in tables: SQLiteConnection) throws -> [Position] { [] }

    /// What a ledger has decided about itself has no force elsewhere.
    package func decideImport(
        _ event: Event, in stream: StreamName, _ ledger: MemoryLedger
    ) async throws -> ImportDecision { .leftOut }

    package func statistics(_ tables: SQLiteConnection) throws -> JSONObject { [:] }
}
