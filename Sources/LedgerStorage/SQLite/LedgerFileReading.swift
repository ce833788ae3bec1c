import CLedgerShims
import EventLog
import Foundation
import GRDBSQLite

/// Looks into a ledger's file without opening it as one, so that nothing is made beside it.
package enum LedgerFileReading {
    /// Runs the body on the file as it is.
    package static func with<T>(_ path: String, _ body: (SQLiteConnection) throws -> T) throws -> T {
        try SideFile.checkKinds(beside: path)
        SQLiteLibrary.prepare()
        var handle: OpaquePointer?
        // What stands in the write-ahead log needs the usual way; otherwise the disk may be read-only.
        let isWhole = !LedgerPlaces.hasContent(path + "-wal")
        let name = isWhole ? ImmutableFile.uri(path) : path
        let flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | (isWhole ? SQLITE_OPEN_URI : 0)
        let code = sqlite3_open_v2(name, &handle, flags, nil)
        guard let handle else {
            throw EventLogError(.storage, "\(path) cannot be opened; check the memory that is left.")
        }
        let sqlite = SQLiteConnection(handle: handle)
        defer {
            sqlite.forgetStatements()
            sqlite3_close(handle)
        }
        do {
            guard code == SQLITE_OK else { throw SQLiteFailure(handle, during: "opening \(path)") }
            memledger_disable_checkpoint_on_close(handle)
            return try body(sqlite)
        } catch {
            throw SQLiteFailure.translated(error, path)
        }
    }
}
