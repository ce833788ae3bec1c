import CLedgerShims
import EventLog
import Foundation
import LedgerStorage

/// A database in a layout of the old program that is being written: a new file, in one transaction, that no other
/// process reads and that waits for no disk. Not `Sendable`; use it from one task.
final class LegacyOutputDatabase {
    let sqlite: SQLiteConnection
    private var isOpen = true

    /// Enough for the pages that keys in another order than the rows' touch again and again.
    private static let cacheKibibytes = 65_536

    /// - Parameters:
    ///   - path: Where nothing is.
    ///   - rights: Of the new file.
    init(path: String, rights: FileRights, tables: String) throws {
        // SQLite would let everybody read it.
        try rights.makeFile(path)
        var handle: OpaquePointer?
        let code = sqlite3_open_v2(path, &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nil)
        guard code == SQLITE_OK, let handle else {
            sqlite3_close_v2(handle)
            throw EventLogError(.storage, "\(path) cannot be opened (SQLite error \(code)); check the folder.")
        }
        sqlite3_extended_result_codes(handle, 1)
        sqlite = SQLiteConnection(handle: handle)
        do {
            try sqlite.execute(
                "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -\(Self.cacheKibibytes)")
            try sqlite.execute("BEGIN; \(tables)")
        } catch {
            discard()
            throw error
        }
    }

    deinit { discard() }

    /// Completes the file and closes it.
    ///
    /// - Parameter usesWAL: The old program opens it in that mode.
    func finish(usesWAL: Bool) throws {
        try sqlite.execute("COMMIT")
        if usesWAL { try sqlite.execute("PRAGMA journal_mode = WAL") }
        sqlite.forgetStatements()
        isOpen = false
        guard sqlite3_close(sqlite.handle) == SQLITE_OK else {
            defer { sqlite3_close_v2(sqlite.handle) }
            throw SQLiteFailure(sqlite.handle, during: "close")
        }
    }

    private func discard() {
        guard isOpen else { return }
        isOpen = false
        sqlite.forgetStatements()
        sqlite3_close_v2(sqlite.handle)
    }
}
