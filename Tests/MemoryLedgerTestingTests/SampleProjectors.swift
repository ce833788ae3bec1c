import EventLog
import LedgerStorage
import MemoryLedger
import Projections
import SQLiteEventLog

/// Counts the events of each actor, with the ways in which such a projector goes wrong.
struct ActorTally: Projector {
    enum Fault: Sendable {
        case none
        /// Keeps what it held back when the transaction was rolled back.
        case forgetsNothing
        /// Remembers who was last: another order, another row.
        case lastOneWins
        /// Counts what it has in memory, which a new writer does not have.
        case writesOver
    }

    var fault = Fault.none
    var name = "actor_tally"
    let version = 1
    var eventTypes: Set<EventType>?
    var schema: ProjectionSchema {
        ProjectionSchema(
            script: """
                CREATE TABLE \(name) (
                    actor TEXT PRIMARY KEY,
                    events INTEGER NOT NULL,
                    first_position INTEGER NOT NULL
                ) WITHOUT ROWID;
                """)
    }

    func makeWriter(_ sqlite: SQLiteConnection, isBeingBuilt: Bool) -> any ProjectionWriter {
        Writer(sqlite, fault, name)
    }

    private final class Writer: ProjectionWriter {
        private let sqlite: SQLiteConnection
        private let fault: Fault
        private let table: String
        private var held: [String: (events: Int, first: Position)] = [:]

        init(_ sqlite: SQLiteConnection, _ fault: Fault, _ table: String) {
            (self.sqlite, self.fault, self.table) = (sqlite, fault, table)
        }

        func apply(_ event: RecordedEvent) throws {
            let actor = fault == .lastOneWins ? "last" : event.attribution.actor ?? "nobody"
            let known = fault == .lastOneWins ? nil : held[actor]
            held[actor] = ((known?.events ?? 0) + 1, known?.first ?? event.position)
        }

        func flush() throws {
            let sum = fault == .none || fault == .forgetsNothing ? "events + excluded.events" : "excluded.events"
            let first = fault == .lastOneWins ? "excluded.first_position" : "first_position"
            let add = try sqlite.statement(
                """
                INSERT INTO \(table) VALUES (?1, ?2, ?3) ON CONFLICT (actor)
                DO UPDATE SET events = \(sum), first_position = \(first)
                """)
            for (actor, tally) in held.sorted(by: { $0.key < $1.key }) {
                add.bind(1, actor)
                add.bind(2, tally.events)
                add.bind(3, tally.first)
                try add.run()
            }
            if fault != .writesOver { held.removeAll() }
        }

        func forget() { if fault != .forgetsNothing { held.removeAll() } }
    }
}
