import CLedgerShims
public import EventLog
import Foundation
import GRDBSQLite
import LedgerStorage

/// What can be said of a backup or a ledger before anything of it is verified.
public struct BackupSummary: Hashable, Sendable {
    public var file: String
    public var sizeBytes: Int64
    /// How many events there are; nil where that cannot be read.
    public var position: Position?
    /// Nil where it is a ledger that was never made a backup.
    public var info: BackupInfo?
}

/// Looks into a ledger's file without opening it as one, so that nothing is made beside it.
enum LedgerFileReading {
    /// Runs the body on the file as it is.
    static func with<T>(_ path: String, _ body: (SQLiteConnection) throws -> T) throws -> T {
        try SideFile.checkKinds(beside: path)
        var handle: OpaquePointer?
        // What stands in the write-ahead log needs the usual way; otherwise the disk may be read-only.
        let isWhole = !LedgerPlaces.hasContent(path + "-wal")
        let name = isWhole ? uri(path) : path
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

    private static func uri(_ path: String) -> String {
        let absolute = URL(fileURLWithPath: path).path
        let allowed = CharacterSet(charactersIn: "/-._~").union(.alphanumerics)
        return "file://\(absolute.addingPercentEncoding(withAllowedCharacters: allowed) ?? absolute)?immutable=1"
    }

    static func isBackup(_ path: String) throws -> Bool { try with(path) { try BackupInfo.exists($0) } }

    /// - Throws: `EventLogError` with `missing` or `notALedger`; `damagedBackup` where its table cannot be read.
    static func summary(_ path: String) throws -> BackupSummary {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw EventLogError(.missing, "There is no backup at \(path); name another file.")
        }
        guard status.st_mode & S_IFMT == S_IFREG, LedgerPlaces.hasContent(path + "-wal") || LedgerFile.isLedger(path)
        else {
            throw EventLogError(.notALedger, "\(path) is neither a backup nor a ledger; name another file.")
        }
        do {
            return try with(path) { sqlite in
                guard try sqlite.integer("PRAGMA application_id") == LedgerFile.applicationID else {
                    throw EventLogError(.notALedger, "\(path) is neither a backup nor a ledger; name another file.")
                }
                return BackupSummary(
                    file: path, sizeBytes: Int64(status.st_size),
                    position: try sqlite.integer("SELECT max(position) FROM events") ?? 0,
                    info: try BackupInfo.load(sqlite))
            }
        } catch let error as EventLogError where error.code == .notALedger {
            throw error
        } catch {
            throw EventLogError.damagedBackup(path, error, "Nothing was changed; use another backup.")
        }
    }
}

extension SQLiteEventLog {
    /// Looks into a backup, or a ledger that is to be taken for one; nothing is verified.
    ///
    /// - Throws: `EventLogError` with `missing`, `notALedger` or `damagedBackup`.
    public static func summary(ofBackup path: String) throws -> BackupSummary { try LedgerFileReading.summary(path) }
}
