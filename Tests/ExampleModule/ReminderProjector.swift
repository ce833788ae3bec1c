import EventLog
import LedgerStorage
import MemoryLedger
import Projections

/// Builds `reminders` and the full-text index over their titles.
struct ReminderProjector: Projector {
    let name = "reminders"
    let version = 1
    let eventTypes: Set<EventType>? = [
        ReminderEvent.Name.set, ReminderEvent.Name.retitled, ReminderEvent.Name.postponed, ReminderEvent.Name.done,
        ReminderEvent.Name.dropped, ErasedSubject.eventType,
    ]
    let schema = ProjectionSchema(
        script: """
            CREATE TABLE reminders (
                id INTEGER PRIMARY KEY,            -- the position of the event that set it
                stream TEXT NOT NULL UNIQUE,
                namespace TEXT NOT NULL,
                title TEXT NOT NULL,
                due INTEGER NOT NULL,              -- milliseconds since 1970
                memory TEXT,                       -- the key of the memory that it is about
                user TEXT,
                is_done INTEGER NOT NULL
            );
            CREATE INDEX idx_reminders_due ON reminders (namespace, due);
            CREATE TABLE reminder_users (          -- who asked for which; the rows stay when a reminder goes
                user TEXT NOT NULL,
                reminder INTEGER NOT NULL,         -- as reminders.id
                PRIMARY KEY (user, reminder)
            ) WITHOUT ROWID;
            CREATE VIRTUAL TABLE reminder_titles USING fts5 (title, content = 'reminders', content_rowid = 'id');
            """,
        digestedBy: ["reminder_titles": "SELECT id, title FROM reminders"])

    func makeWriter(_ sqlite: SQLiteConnection, isBeingBuilt: Bool) -> any ProjectionWriter { Writer(sqlite) }

    private final class Writer: ProjectionWriter {
        private let sqlite: SQLiteConnection

        init(_ sqlite: SQLiteConnection) { self.sqlite = sqlite }

        func apply(_ event: RecordedEvent) throws {
            guard let subject = RemindersModule.family.subject(event.stream) else { return try erase(event) }
            guard let body = try RemindersModule().body(of: event) else { return }
            let known = try find(event.stream)
            if let known { try delete(known.id, known.reminder) }
            guard let reminder = Reminder.applying(body, to: known?.reminder) else { return }
            let insert = try sqlite.statement(
                """
                INSERT INTO reminders (id, stream, namespace, title, due, memory, user, is_done)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """)
            let id = known?.id ?? event.position
            insert.bind(1, id)
            insert.bind(2, event.stream.rawValue)
            insert.bind(3, subject.namespace)
            insert.bind(4, reminder.title)
            insert.bind(5, reminder.due.milliseconds)
            insert.bind(6, reminder.memory)
            insert.bind(7, reminder.user)
            insert.bind(8, reminder.isDone ? 1 : 0)
            try insert.run()
            try index("INSERT INTO reminder_titles (rowid, title) VALUES (?, ?)", id, reminder.title)
            guard let user = reminder.user else { return }
            let note = try sqlite.statement("INSERT OR IGNORE INTO reminder_users (user, reminder) VALUES (?, ?)")
            note.bind(1, user)
            note.bind(2, id)
            try note.run()
        }

        /// Reminders whose streams were erased are gone.
        private func erase(_ event: RecordedEvent) throws {
            for subject in try event.erasedSubjects() where subject.isCurrent {
                if let known = try find(subject.stream) { try delete(known.id, known.reminder) }
            }
        }

        private func find(_ stream: StreamName) throws -> (id: Position, reminder: Reminder)? {
            let find = try sqlite.statement(
                "SELECT id, title, due, memory, user, is_done FROM reminders WHERE stream = ?")
            find.bind(1, stream.rawValue)
            defer { find.reset() }
            guard try find.step() else { return nil }
            let reminder = Reminder(
                title: find.text(1), due: Timestamp(milliseconds: find.int64(2)), memory: find.optionalText(3),
                user: find.optionalText(4), isDone: find.int(5) != 0)
            return (find.int64(0), reminder)
        }

        private func delete(_ id: Position, _ reminder: Reminder) throws {
            try index(
                "INSERT INTO reminder_titles (reminder_titles, rowid, title) VALUES ('delete', ?, ?)", id,
                reminder.title)
            let delete = try sqlite.statement("DELETE FROM reminders WHERE id = ?")
            delete.bind(1, id)
            try delete.run()
        }

        private func index(_ sql: String, _ id: Position, _ title: String) throws {
            let statement = try sqlite.statement(sql)
            statement.bind(1, id)
            statement.bind(2, title)
            try statement.run()
        }

        func flush() {}
        func forget() {}
    }
}
