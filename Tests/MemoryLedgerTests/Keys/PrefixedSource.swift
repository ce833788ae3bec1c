import EventLog
import LedgerStorage
import Testing

@testable import MemoryLedger

/// A database of the third layout, in which keys stand as they were given: the only way by which a key that begins with
/// its namespace's prefix comes into a ledger.
enum PrefixedSource {
    struct Row {
        var key: String
        var namespace = "mem"
        /// Keys.
        var links: [String] = []
    }

    /// A ledger with the rows, each with its key as its summary.
    static func ledger(_ rows: [Row]) async throws -> TestLedger {
        let test = try await TestLedger.open()
        try await migrate(rows, into: test)
        return test
    }

    /// Imports rows from a database of their own.
    static func migrate(_ rows: [Row], into test: TestLedger, _ name: String = "native.sqlite") async throws {
        let source = test.folder.file(name)
        let database = try TestDatabase(
            source,
            """
            CREATE TABLE memories (key TEXT NOT NULL, namespace TEXT NOT NULL, domain TEXT NOT NULL,
                summary TEXT NOT NULL, text TEXT NOT NULL, type TEXT NOT NULL, keywords TEXT NOT NULL,
                meta TEXT NOT NULL, links TEXT NOT NULL, created_at INTEGER NOT NULL, PRIMARY KEY (namespace, key));
            CREATE TABLE memory_links (id INTEGER PRIMARY KEY AUTOINCREMENT, namespace TEXT NOT NULL,
                from_key TEXT NOT NULL, to_key TEXT NOT NULL, link_type TEXT, weight REAL, created_at INTEGER)
            """)
        let insert = try database.connection.statement(
            "INSERT INTO memories VALUES (?1, ?2, '', ?1, '', '', '[]', '{}', ?3, 1769177364852)")
        for row in rows {
            let links = row.links.map { JSONValue.object(["type": "design", "key": .string($0), "term": "t"]) }
            insert.bind(1, row.key)
            insert.bind(2, row.namespace)
            insert.bind(3, JSONValue.array(links).description)
            try insert.run()
        }
        database.close()
        _ = try await test.ledger.migrate(from: source)
    }
}
