public import EventLog
import Foundation
import LedgerStorage
public import SQLiteEventLog

/// What can be said of a backup or a ledger before anything of it is verified.
public struct BackupSummary: Hashable, Sendable {
    public var file: String
    public var sizeBytes: Int64
    /// How many events there are; nil where that cannot be read.
    public var position: Position?
    /// Nil where it is a ledger that was never made a backup.
    public var info: BackupInfo?
}

extension LedgerFileReading {
    static func isBackup(_ path: String) throws -> Bool { try with(path) { try BackupInfo.exists($0) } }

    /// - Throws: `EventLogError` with `missing` or `notALedger`; `damagedBackup` where its table cannot be read.
    static func summary(_ path: String) throws -> BackupSummary {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw EventLogError(.missing, "There is no backup at \(path); name another file.")
        }
        guard status.st_mode & S_IFMT == S_IFREG, LedgerPlaces.hasContent(path + "-wal") || ApplicationID.isLedger(path)
        else {
            throw EventLogError(.notALedger, "\(path) is neither a backup nor a ledger; name another file.")
        }
        do {
            return try with(path) { sqlite in
                guard try sqlite.integer("PRAGMA application_id") == ApplicationID.ledger else {
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
