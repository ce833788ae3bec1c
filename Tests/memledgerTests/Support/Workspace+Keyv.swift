import EventLog
import Foundation
import LedgerStorage

@testable import EmbeddedLedger
@testable import SQLiteEventLog

extension Workspace {
    /// Makes a legacy database with some rows.
    func makeKeyv(_ name: String, rows: Int = 3) throws {
        try write(name, "")
        let database = try PrivateDatabase(path(name))
        try database.sqlite.execute("CREATE TABLE keyv (key VARCHAR(255) PRIMARY KEY, value TEXT)")
        let insert = try database.sqlite.statement("INSERT INTO keyv VALUES (?, ?)")
        for row in 0..<rows {
            insert.bind(1, "mem:row-\(row)")
            insert.bind(2, #"{"value":{"summary":"S","text":"T"},"expires":null}"#)
            try insert.run()
        }
    }
}
