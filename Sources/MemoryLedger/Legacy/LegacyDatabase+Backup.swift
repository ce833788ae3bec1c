import CLedgerShims
package import EventLog
import Foundation

extension LegacyDatabase {
    /// Copies the source as this transaction sees it to `<name>-<first 16 digits of the SHA-256>.sqlite` in a folder,
    /// which is made if it is missing, and answers the copy's path. The copy has the source's mode.
    ///
    /// It is written as `….partial-…`, synced, then renamed, so that a file of the final name is complete. One that is
    /// there already has the same content, as its name says, and is kept; so two processes may do this at once.
    ///
    /// - Parameter protected: What the copy must not be written over, besides the source.
    /// - Throws: `LegacySourceError`; `EventLogError.fileExists`; `CancellationError`.
    package func backUp(
        into folder: String, besides protected: ProtectedFiles = ProtectedFiles()
    ) throws -> String {
        let file = URL(fileURLWithPath: path)
        let name = "\(file.deletingPathExtension().lastPathComponent)-\(sha256Text.prefix(16)).sqlite"
        let target = URL(fileURLWithPath: folder).appendingPathComponent(name).path
        var protected = protected
        protected.add(source: path)
        for path in [folder, target] { try protected.check(path) }
        if (try? LegacyFile(path: target)) != nil { return target }
        let isNewFolder = !FileManager.default.fileExists(atPath: folder)
        do {
            try AtomicFile.makeFolder(folder)
            Self.removeLeftBehind(name, in: folder)
            try copyWhole(to: target)
            try AtomicFile.syncFolder(of: target)
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

    private func copyWhole(to target: String) throws {
        let (partial, descriptor) = try Self.newPartial(target)
        // Closed at the end, because that drops the locks that SQLite has on it.
        defer { Foundation.close(descriptor) }
        do {
            try copyPages(to: partial)
            var status = stat()
            if stat(path, &status) == 0 { fchmod(descriptor, status.st_mode & 0o777) }
            guard fsync(descriptor) == 0, rename(partial, target) == 0 else { throw Self.posixFailure() }
        } catch {
            unlink(partial)
            throw error
        }
    }

    /// How often another process may take a file for what a killed one left, before it is locked.
    private static let attempts = 16

    /// A file of a name that nobody else has, locked: so nobody takes it for what a killed process left.
    private static func newPartial(_ target: String) throws -> (path: String, descriptor: Int32) {
        for _ in 0..<attempts {
            let partial = "\(target).partial-\(UUID().uuidString)"
            let descriptor = Foundation.open(partial, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw posixFailure() }
            if memledger_try_lock(descriptor, 0) == 0, access(partial, F_OK) == 0 { return (partial, descriptor) }
            Foundation.close(descriptor)
        }
        throw POSIXError(.EBUSY)
    }

    /// Removes what a process that was killed left of a copy.
    private static func removeLeftBehind(_ name: String, in folder: String) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        for other in names where other.hasPrefix("\(name).partial-") {
            let path = folder + "/" + other
            let descriptor = Foundation.open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC)
            guard descriptor >= 0 else { continue }
            defer { Foundation.close(descriptor) }
            if memledger_try_lock(descriptor, 0) == 0 { unlink(path) }
        }
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

    private static func posixFailure() -> POSIXError { POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
}
