import CLedgerShims
package import EventLog
import Foundation

extension LegacySource {
    /// Copies the source as this transaction sees it to `<name>-<first 16 digits of the SHA-256>.sqlite` in a folder,
    /// which is made where it is missing, and answers the copy's path.
    ///
    /// The copy is written as `….partial`, synced, then renamed, so that a file of the final name is complete. One that
    /// is there already has the same content, as its name says, and is kept.
    ///
    /// - Parameter protected: What the copy must not be written over, besides the source.
    /// - Throws: `LegacySourceError`; `EventLogError.fileExists`; `CancellationError`.
    package func backUp(
        into folder: String, besides protected: ProtectedFiles = ProtectedFiles()
    ) throws -> String {
        let file = URL(fileURLWithPath: path)
        let name = "\(file.deletingPathExtension().lastPathComponent)-\(sha256Text.prefix(16)).sqlite"
        let target = URL(fileURLWithPath: folder).appendingPathComponent(name).path
        let partial = target + ".partial"
        var protected = protected
        protected.add(source: path)
        for path in [folder, target, partial] { try protected.check(path) }
        if (try? LegacyFile(path: target)) != nil { return target }
        let isNewFolder = !FileManager.default.fileExists(atPath: folder)
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            // The folder's own name, and then the file's in it.
            try AtomicFile.syncFolder(of: folder)
            unlink(partial)
            defer { unlink(partial) }
            try copyPages(to: partial)
            try synchronize(partial)
            guard rename(partial, target) == 0 else { throw Self.posixFailure() }
            do { try AtomicFile.syncFolder(of: target) } catch {
                unlink(target)
                throw error
            }
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
        return target
    }

    private func copyPages(to partial: String) throws {
        var opened: OpaquePointer?
        defer { sqlite3_close_v2(opened) }
        let code = sqlite3_open_v2(partial, &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nil)
        guard let target = opened else { throw CocoaError(.fileWriteUnknown) }
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
        try Task.checkCancellation()
        guard sqlite3_backup_finish(backup) == SQLITE_OK, step == SQLITE_DONE else {
            throw SQLiteFailure(target, during: "backup")
        }
    }

    private func synchronize(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.posixFailure() }
        defer { Foundation.close(descriptor) }
        guard fsync(descriptor) == 0 else { throw Self.posixFailure() }
    }

    private static func posixFailure() -> POSIXError { POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
}
