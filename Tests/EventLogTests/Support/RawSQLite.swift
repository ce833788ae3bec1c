import EventLog
import GRDBSQLite
import LedgerStorage
import Testing

/// A ledger's file as somebody with an SQL shell sees it, past the event log.
final class RawSQLite {
    let sqlite: SQLiteConnection

    init(_ path: String) throws {
        var handle: OpaquePointer?
        try #require(sqlite3_open(path, &handle) == SQLITE_OK)
        sqlite = SQLiteConnection(handle: try #require(handle))
        sqlite3_busy_timeout(sqlite.handle, 5_000)
    }

    deinit {
        sqlite.forgetStatements()
        sqlite3_close(sqlite.handle)
    }

    static func run(_ path: String, _ statements: String...) throws {
        let raw = try RawSQLite(path)
        for statement in statements { try raw.sqlite.execute(statement) }
    }

    /// Runs the statements with the triggers out of the way that refuse changes of events and dictionaries.
    static func damage(_ path: String, _ statements: String...) throws {
        let raw = try RawSQLite(path)
        for table in ["events", "dictionaries", "event_types", "actors", "tree_tiles"] {
            try raw.sqlite.execute("DROP TRIGGER IF EXISTS \(table)_are_never_updated")
            try raw.sqlite.execute("DROP TRIGGER IF EXISTS \(table)_are_never_deleted")
        }
        for statement in statements { try raw.sqlite.execute(statement) }
    }
}
