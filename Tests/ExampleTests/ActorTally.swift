import EventLog
import LedgerStorage
import MemoryLedger
import Projections
import SQLiteEventLog

/// A projector as an application would write one: how many changes each actor has made.
struct ActorTally: Projector {
    let name = "actor_tally"
    let version = 1
    /// Counted reads are none of its business.
    let eventTypes: Set<EventType>? = ["MemoryAdded", "MemoryUpdated", "MemoryRenamed", "MemoryDeleted"]
    let schema = ProjectionSchema(
        script: """
            CREATE TABLE actor_tally (      -- one row an actor
                actor TEXT PRIMARY KEY,
                changes INTEGER NOT NULL
            ) WITHOUT ROWID;
            """)

    func makeWriter(_ sqlite: SQLiteConnection, isBeingBuilt: Bool) -> any ProjectionWriter {
        Writer(sqlite)
    }

    private final class Writer: ProjectionWriter {
        private let sqlite: SQLiteConnection

        init(_ sqlite: SQLiteConnection) { self.sqlite = sqlite }

        func apply(_ event: RecordedEvent) throws {
            let add = try sqlite.statement(
                """
                INSERT INTO actor_tally VALUES (?, 1)
                ON CONFLICT (actor) DO UPDATE SET changes = changes + 1
                """)
            add.bind(1, event.attribution.actor ?? "unknown")
            try add.run()
        }

        /// Every event is written at once, so nothing is held back.
        func flush() {}
        func forget() {}
    }
}
