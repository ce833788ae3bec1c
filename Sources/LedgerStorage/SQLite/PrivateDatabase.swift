import CLedgerShims
import EventLog
import GRDBSQLite

/// A database that no other process has open, without the settings of a ledger's connections: what SQLite keeps beside
/// it goes when it is closed. Stays on one thread.
package final class PrivateDatabase {
    package let sqlite: SQLiteConnection

    /// - Parameter path: `:memory:` for one in memory.
    package init(_ path: String) throws {
        SQLiteLibrary.prepare()
        var handle: OpaquePointer?
        let code = sqlite3_open_v2(path, &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nil)
        guard let handle else {
            throw EventLogError(.storage, "\(path) cannot be opened; check the memory that is left.")
        }
        sqlite = SQLiteConnection(handle: handle)
        guard code == SQLITE_OK else {
            defer { sqlite3_close(handle) }
            throw SQLiteFailure(handle, during: "opening \(path)")
        }
        memledger_disable_triggers(handle)
    }

    deinit {
        sqlite.forgetStatements()
        sqlite3_close(sqlite.handle)
    }
}
