import CLedgerShims
import EventLog
import Foundation
import GRDBSQLite
import LedgerStorage

extension LedgerFile {
    /// Returns when a power cut cannot take back anything that a reader has seen so far, however the process that wrote
    /// it has opened the ledger.
    ///
    /// What was committed is in the write-ahead log, or a checkpoint has moved it, which syncs before it lets go of the
    /// log: so both files are synced, the log first. They are SQLite's own: to open the database here and close it
    /// again would drop the locks that SQLite has on it, and another program would take the ledger for unused.
    ///
    /// - Throws: `EventLogError.storage`.
    func makeDurable() throws {
        do {
            try read { sqlite in
                _ = try sqlite.integer("SELECT 1 FROM sqlite_master LIMIT 1")
                let code = memledger_sync(sqlite.handle)
                guard code == SQLITE_OK else {
                    throw EventLogError(
                        .storage,
                        "\(path) cannot be synced (\(String(cString: sqlite3_errstr(code)))); check the disk, then try again."
                    )
                }
            }
            try FileDescriptor.syncFolder(of: path)
        } catch let problem as FileProblem {
            throw problem.error
        }
    }
}
