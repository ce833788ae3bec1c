import EventLog
import Foundation
import GRDBSQLite
import LedgerStorage
import Synchronization

/// A ledger in memory: one private SQLite database on one connection, which reads and writes in turn.
///
/// There is no write-ahead log, no lock and nothing to sync. Everything else is as in a file. A read may be made within
/// a block of the writer's: it runs at once, on the same connection, and sees what the block has written. A
/// snapshot that is kept for longer is a copy. What a rebuild puts beside a ledger's file goes into a temporary folder.
extension LedgerFile {
    /// Pages by their size.
    var sizeInMemory: Int64 {
        let size = try? read { sqlite in
            let pages = try sqlite.integer("PRAGMA page_count") ?? 0
            return pages * (try sqlite.integer("PRAGMA page_size") ?? 0)
        }
        return size ?? 0
    }
}

extension LedgerFile.Writer {
    /// A copy of the database in memory as it is now: for a snapshot that is kept for longer than a block.
    func copy() throws -> QueuedConnection {
        var options = QueuedConnection.Options()
        options.holdsTransactions = true
        let copy = try QueuedConnection(path: ":memory:", options)
        try read { sqlite in
            try copy.run { copy in
                guard let backup = sqlite3_backup_init(copy.handle, "main", sqlite.handle, "main") else {
                    throw SQLiteFailure(copy.handle, during: "copying the database")
                }
                sqlite3_backup_step(backup, -1)
                guard sqlite3_backup_finish(backup) == SQLITE_OK else {
                    throw SQLiteFailure(copy.handle, during: "copying the database")
                }
            }
        }
        return copy
    }

    /// Runs the body on the writer's own connection, also within a block that runs there.
    func read<T>(_ body: (SQLiteConnection) throws -> T) throws -> T {
        try connection.runReentrantly { own in
            if isClosed.load(ordering: .acquiring) { throw EventLogError.closed }
            if isInUse { return try body(own) }
            isInUse = true
            defer {
                own.resetStatements()
                isInUse = false
            }
            return try body(own)
        }
    }
}
