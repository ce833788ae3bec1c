package import EventLog
package import LedgerStorage
package import Projections

/// What was read, and by whom. The events change nothing, so there are no tables.
package struct AuditModule: LedgerModule {
    package typealias Event = AuditEvent

    package let name = "audit"

    package let events: [EventDefinition] = AuditEvent.Name.all.sorted().map {
        EventDefinition($0, role: .record, undoing: .never("what was read cannot be taken back"), importing: .leftOut)
    }

    package let projectors: [any Projector] = []

    package init() {}

    package func makeUndo(in ledger: MemoryLedger, at head: Position) -> any ModuleUndo { NoUndo() }

    /// They are in no protected stream.
    package func remains(of type: EventType) -> AuditEvent? { nil }

    package func counterpart(of event: AuditEvent, in stream: StreamName) -> StreamName? { nil }

    package func standing(
        of stream: StreamName, at now: Timestamp, in tables: SQLiteConnection
    ) throws -> SubjectStanding { .gone }

    package func subjects(from source: Provenance.Source, in tables: SQLiteConnection) throws -> [Position] { [] }

    package func subjects(madeFrom positions: [Position], in tables: SQLiteConnection) throws -> [Position] { [] }

    package func decideImport(
        _ event: AuditEvent, in stream: StreamName, _ ledger: MemoryLedger
    ) async throws -> ImportDecision { .leftOut }

    package func statistics(_ tables: SQLiteConnection) throws -> JSONObject { [:] }
}
