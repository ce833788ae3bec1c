import Foundation
import LedgerStorage
import MemoryLedger

extension Operation {
    static let migrate = Operation(name: "migrate") { place in
        let first = try place.keyvTable("first", rows: 100)
        let second = try place.keyvTable("second", rows: 1_000)
        let ledger = try await place.openLedger()
        _ = try await ledger.migrate(from: first)
        await ledger.close()
        let fresh = try await place.openLedger("fresh")
        try await place.count(1_000) {
            let report = try await fresh.migrate(from: second)
            guard report.imported == 1_000 else { throw InstructionsError("\(report.imported) rows were imported.") }
        }
        await fresh.close()
    }
}

extension Workplace {
    /// A legacy database of memories of 650 bytes.
    fileprivate func keyvTable(_ name: String, rows: Int) throws -> String {
        let path = path(name)
        // SQLite takes an empty file for a new database.
        try Data().write(to: URL(filePath: path))
        let database = try PrivateDatabase(path)
        let sqlite = database.sqlite
        try sqlite.execute("CREATE TABLE keyv (key VARCHAR(255) PRIMARY KEY, value TEXT)")
        try sqlite.transaction {
            for (memory, content) in memories(batches: 1)[0].prefix(rows) {
                let insert = try sqlite.statement("INSERT INTO keyv (key, value) VALUES (?, ?)")
                insert.bind(1, memory.key)
                insert.bind(2, MemoryJSON.keyv(memory, content))
                try insert.run()
            }
        }
        return path
    }
}
