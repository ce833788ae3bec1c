import Foundation
import LedgerStorage

/// A database as the old program's second version made it, for tests of what is migrated from one.
package struct SecondVersionDatabase {
    package struct Memory: Sendable {
        package var key: String
        package var summary: String
        package var text: String
        /// Keys that it has links to.
        package var links: [String]

        package init(_ key: String, summary: String, text: String, links: [String] = []) {
            (self.key, self.summary, self.text, self.links) = (key, summary, text, links)
        }
    }

    private static let madeAt: Int64 = 1_769_000_000_000

    /// - Parameter path: where there is no file.
    package static func write(_ memories: [Memory], to path: String) throws {
        try Data().write(to: URL(fileURLWithPath: path))
        let database = try PrivateDatabase(path)
        let sqlite = database.sqlite
        try sqlite.execute(
            """
            CREATE TABLE memories(
                key TEXT PRIMARY KEY, summary TEXT NOT NULL, text TEXT NOT NULL, meta TEXT, created_at INTEGER NOT NULL);
            CREATE TABLE memory_links(
                id INTEGER PRIMARY KEY AUTOINCREMENT, from_key TEXT NOT NULL, to_key TEXT NOT NULL,
                link_type TEXT NOT NULL, term TEXT, weight REAL DEFAULT 0.5, created_at INTEGER NOT NULL,
                UNIQUE(from_key, to_key, link_type));
            """)
        for memory in memories {
            let row = try sqlite.statement("INSERT INTO memories VALUES (?, ?, ?, '{}', \(madeAt))")
            for (index, text) in zip(Int32(1)..., [memory.key, memory.summary, memory.text]) { row.bind(index, text) }
            try row.run()
            for link in memory.links {
                let row = try sqlite.statement(
                    """
                    INSERT INTO memory_links(from_key, to_key, link_type, term, weight, created_at)
                    VALUES (?, ?, 'design', ?, 0.5, \(madeAt))
                    """)
                for (index, text) in zip(Int32(1)..., [memory.key, link, "to " + link]) { row.bind(index, text) }
                try row.run()
            }
        }
        // Until here it is needed.
        withExtendedLifetime(database) {}
    }
}
