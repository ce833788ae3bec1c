import EventLog
import GRDBSQLite
package import LedgerStorage

extension LedgerFile {
    /// Writes every page again without what was deleted, and empties the write-ahead log. Call it under the writer
    /// lock, outside a transaction.
    ///
    /// VACUUM leaves pages with nothing but live rows, zeros between them (`secure_delete`), and cuts the file off
    /// behind them. It comes by the write-ahead log, so readers in other processes go on reading what they read.
    ///
    /// - Throws: `busy` where a reader holds on to the write-ahead log, whose old pages stay until it lets go.
    package func scrub(_ sqlite: SQLiteConnection) throws {
        sqlite.resetStatements()
        try sqlite.execute("PRAGMA secure_delete = ON")
        defer { try? sqlite.execute("PRAGMA secure_delete = OFF") }
        try sqlite.committing { try sqlite.execute("VACUUM") }
        if isInMemory { return }
        var pages: Int32 = 0
        var copied: Int32 = 0
        // With SQLite's own waiting for readers, as long as the options say.
        let code = sqlite3_wal_checkpoint_v2(
            sqlite.handle, nil, SQLITE_CHECKPOINT_TRUNCATE, &pages, &copied)
        guard code == SQLITE_OK else {
            guard code & 0xff == SQLITE_BUSY else { throw SQLiteFailure(sqlite.handle, during: "checkpoint") }
            throw EventLogError(
                .busy,
                "A program is reading the ledger, which keeps its write-ahead log from being emptied; end that and try again."
            )
        }
        try AtomicFile.syncFolder(of: path)
    }
}
