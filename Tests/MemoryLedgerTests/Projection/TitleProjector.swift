import EventLog
import LedgerStorage
import Projections

@testable import MemoryLedger

/// The summaries of memories with every kind of table: generated columns, and full-text indexes that store their
/// content, that take it from another table, and that have none.
struct TitleProjector: Projector {
    let name = "titles"
    let version = 1
    let eventTypes: Set<EventType>? = [
        MemoryEvent.Name.added, MemoryEvent.Name.updated, MemoryEvent.Name.deleted,
    ]
    let schema = ProjectionSchema(
        script: """
            CREATE TABLE titles (              -- one row a memory; not "two"
                id INTEGER PRIMARY KEY,
                stream TEXT NOT NULL UNIQUE,
                title TEXT NOT NULL,
                upper_title TEXT GENERATED ALWAYS AS (upper(title)) VIRTUAL,
                lower_title TEXT GENERATED ALWAYS AS (lower(title)) STORED
            );
            CREATE VIRTUAL TABLE title_search USING fts5 (title, content = 'titles', content_rowid = 'id');
            CREATE INDEX idx_titles_upper ON titles (upper_title);
            ALTER TABLE titles ADD COLUMN bytes INTEGER GENERATED ALWAYS AS (length(CAST(title AS BLOB))) VIRTUAL;
            CREATE INDEX idx_titles_bytes ON titles (bytes);
            CREATE VIRTUAL TABLE title_copies USING fts5 (title);
            CREATE VIRTUAL TABLE title_words USING fts5 (title, content = '');
            """,
        digestedBy: [
            "title_search": "SELECT id, title FROM titles",
            "title_copies": "SELECT rowid, title FROM title_copies",
            "title_words": "SELECT id FROM titles",
        ])

    func makeWriter(_ sqlite: SQLiteConnection, isBeingBuilt: Bool) -> any ProjectionWriter {
        Writer(sqlite: sqlite)
    }

    private final class Writer: ProjectionWriter {
        let sqlite: SQLiteConnection

        init(sqlite: SQLiteConnection) { self.sqlite = sqlite }

        func apply(_ event: RecordedEvent) throws {
            let title = try event.json()["data"]?["summary"]?.string
            let find = try sqlite.statement("SELECT id, title FROM titles WHERE stream = ?")
            find.bind(1, event.stream.rawValue)
            let known = try find.step() ? (id: find.int64(0), title: find.text(1)) : nil
            find.reset()
            if event.type == MemoryEvent.Name.updated, title == nil { return }
            if let known { try change(event.stream, known.id, known.title, isThere: false) }
            guard event.type != MemoryEvent.Name.deleted else { return }
            try change(event.stream, known?.id ?? event.position, title ?? "", isThere: true)
        }

        private func change(_ stream: StreamName, _ id: Int64, _ title: String, isThere: Bool) throws {
            if isThere {
                try run("INSERT INTO titles (id, title, stream) VALUES (?1, ?2, ?3)", id, title, stream.rawValue)
                for table in ["title_search", "title_copies", "title_words"] {
                    try run("INSERT INTO \(table) (rowid, title) VALUES (?1, ?2)", id, title)
                }
            } else {
                for table in ["title_search", "title_words"] {
                    try run("INSERT INTO \(table) (\(table), rowid, title) VALUES ('delete', ?1, ?2)", id, title)
                }
                try run("DELETE FROM title_copies WHERE rowid = ?1", id)
                try run("DELETE FROM titles WHERE id = ?1", id)
            }
        }

        private func run(_ sql: String, _ id: Int64, _ texts: String...) throws {
            let statement = try sqlite.statement(sql)
            statement.bind(1, id)
            for (index, text) in texts.enumerated() { statement.bind(Int32(index + 2), text) }
            try statement.run()
        }

        func flush() {}
        func forget() {}
    }
}
