import CLedgerShims
import EventLog
import Foundation
package import LedgerCapabilities
import LedgerStorage

extension LegacyDatabase {
    /// Copies the source as this transaction sees it to `<name>-<first 16 digits of the SHA-256>.sqlite` in a folder,
    /// which is made if it is missing, and answers the copy's path. The copy has the source's mode and group.
    ///
    /// The copy is always made, and then given its name as a whole. If a file has that name, it is kept if it holds the
    /// same bytes, else the name gets a number: no file is believed for its name. So two processes may do this at once.
    ///
    /// - Parameter protected: What the copy must not be written over, besides the source.
    /// - Throws: `LegacySourceError`; `EventLogError.fileExists`; `CancellationError`.
    package func backUp(into folder: String, besides protected: ProtectedFiles) throws -> String {
        let stem = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
        let target = URL(fileURLWithPath: folder).appendingPathComponent("\(stem)-\(sha256Text.prefix(16))").path
        var protected = protected
        protected.add(source: path)
        for path in [folder, target + ".sqlite"] { try protected.check(path) }
        let isNewFolder = !FileManager.default.fileExists(atPath: folder)
        do {
            try AtomicFile.makeFolder(folder)
            return try copyWhole(to: target, besides: protected)
        } catch let error as CancellationError {
            throw error
        } catch {
            if isNewFolder { rmdir(folder) }
            let reason =
                (error as? SQLiteFailure)?.message ?? (error as? EventLogError)?.message
                ?? "\((error as NSError).localizedDescription)"
            throw LegacySourceError(
                .backupFailed, path: path,
                "It cannot be backed up to \(folder) (\(reason)). Name another folder, or go without a backup.")
        }
    }

    /// Names that are tried for the copy.
    private static let attempts = 1_000

    private func copyWhole(to stem: String, besides protected: ProtectedFiles) throws -> String {
        let part = try PartFile(of: stem + ".sqlite", rights: .ofOwner)
        try copyPages(to: part.path)
        part.give(FileRights(ofCopied: path))
        try part.sync()
        for attempt in 1...Self.attempts {
            let target = attempt == 1 ? stem + ".sqlite" : "\(stem)-\(attempt).sqlite"
            // What is left beside a name would be taken for the copy's.
            if ["-wal", "-shm", "-journal"].contains(where: { FileManager.default.fileExists(atPath: target + $0) }) {
                continue
            }
            try protected.check(target)
            do {
                try part.place(at: target, replacing: false)
                return target
            } catch let error as EventLogError where error.code == .fileExists {
                // Another file's name, or that of the same copy, which another process has just made.
                guard try AtomicFile.haveSameBytes(part.path, target) else { continue }
                // It may not have synced the folder yet.
                try AtomicFile.syncFolder(of: target)
                return target
            }
        }
        throw POSIXError(.EEXIST)
    }

    private func copyPages(to partial: String) throws {
        var opened: OpaquePointer?
        defer { sqlite3_close_v2(opened) }
        let code = sqlite3_open_v2(partial, &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nil)
        guard let target = opened else { throw POSIXError(.ENOMEM) }
        guard code == SQLITE_OK else { throw SQLiteFailure(target, during: "open") }
        // A broken-off copy is never used, so it needs no journal; the syncing happens once, at the end.
        sqlite3_exec(target, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF", nil, nil, nil)
        guard let backup = sqlite3_backup_init(target, "main", connection.handle, "main") else {
            throw SQLiteFailure(target, during: "backup")
        }
        var step = SQLITE_OK
        while step == SQLITE_OK, !Task.isCancelled {
            step = sqlite3_backup_step(backup, Int32(clamping: limits.backupPagesPerStep))
        }
        let finished = sqlite3_backup_finish(backup)
        try Task.checkCancellation()
        guard finished == SQLITE_OK, step == SQLITE_DONE else {
            throw SQLiteFailure(target, during: "backup")
        }
    }
}
