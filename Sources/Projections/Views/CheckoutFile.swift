import EventLog
import Foundation
package import LedgerStorage

/// A database that is made of a ledger's contents, under a name that somebody chose.
///
/// It is built beside the target as `.<name>.memledger-partial`, synced and renamed: under the name there is the whole
/// file or nothing. `.<name>.memledger-lock`, which is empty, is locked meanwhile and goes last: what stands beside it
/// is what a killed process left, and is cleared away by the next checkout to that name. What one that lives is making
/// is not, nor is anything else that has these names.
package struct CheckoutFile: Sendable {
    package let target: String
    let isReplacing: Bool
    /// Of the ledger.
    let database: any ProjectionDatabase

    /// - Parameter isReplacing: Replace a file that is there.
    package init(target: String, isReplacing: Bool, beside database: any ProjectionDatabase) {
        self.target = target
        self.isReplacing = isReplacing
        self.database = database
    }

    private var partial: String { LedgerPlaces.hidden(target, "partial") }
    private var lockPath: String { LedgerPlaces.hidden(target, "lock") }

    /// What SQLite keeps beside a database that is in use, or was when its program died.
    private static let journals = ["-journal", "-wal"]
    /// The same with what says nothing by itself.
    private static let companions = journals + ["-shm"]

    /// Who may not read the ledger may not read that either.
    package var rights: FileRights { FileRights(likeLedger: database.path) }

    package var sizeBytes: Int64 {
        var status = stat()
        return stat(target, &status) == 0 ? Int64(status.st_size) : 0
    }

    /// Makes the file.
    ///
    /// - Parameter build: Makes a closed database at the path that it is given, where nothing is.
    /// - Throws: `EventLogError` with `fileExists`, `busy` (another checkout to that file) or `storage`, and what
    ///   `build` throws.
    package func make(_ build: (_ partial: String) async throws -> Void) async throws {
        try checkTarget()
        let isLeftBehind = try isLockLeftBehind()
        let lock: FileLock?
        do { lock = try FileLock.take(lockPath, rights: rights) } catch let problem as FileProblem {
            throw problem.error
        }
        guard let lock else {
            throw EventLogError(
                .busy, "Another checkout to \(target) is under way; wait for it, or name another file.")
        }
        defer { lock.removeFile() }
        try checkPartial(isLeftBehind: isLeftBehind)
        removePartial()
        defer { removePartial() }
        do {
            try await build(partial)
            try FileDescriptor(opening: partial, O_RDONLY).sync()
            try AtomicFile.place(partial, at: target, replacing: isReplacing)
        } catch let problem as FileProblem {
            throw problem.error
        } catch {
            throw SQLiteFailure.translated(error, partial)
        }
    }

    private func removePartial() {
        for suffix in [""] + Self.companions { unlink(partial + suffix) }
    }

    private func checkTarget() throws {
        for path in [target, partial, lockPath] { try database.checkOutput(path) }
        var status = stat()
        guard stat(target, &status) == 0 else { return try LedgerPlaces.checkNothingIsLeft(of: target) }
        try OutputFile.checkIsFile(target)
        guard isReplacing else {
            throw EventLogError(
                .fileExists, "\(target) exists and is not overwritten; name another file, or say to replace it.")
        }
        if ApplicationID.isLedgerOrTables(target) {
            throw EventLogError(.fileExists, "\(target) is a ledger, which is never replaced; name another file.")
        }
        for journal in Self.journals where stat(target + journal, &status) == 0 && status.st_size > 0 {
            throw EventLogError(
                .fileExists, "\(target) is a database in use; close it, or name another file.")
        }
    }

    /// The lock file of a checkout is there: the process that made it lives, or left something behind.
    private func isLockLeftBehind() throws -> Bool {
        var status = stat()
        guard lstat(lockPath, &status) == 0 else { return false }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_size == 0 else { throw Self.inTheWay(lockPath) }
        return true
    }

    /// Refuses what is at the temporary name and was not left there by a checkout.
    private func checkPartial(isLeftBehind: Bool) throws {
        var status = stat()
        for companion in Self.companions where lstat(partial + companion, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFREG, isLeftBehind else { throw Self.inTheWay(partial + companion) }
        }
        guard lstat(partial, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFREG, !ApplicationID.isLedgerOrTables(partial),
            isLeftBehind || status.st_size == 0 || ApplicationID.isOf(partial, ApplicationID.checkout)
        else { throw Self.inTheWay(partial) }
    }

    private static func inTheWay(_ path: String) -> EventLogError {
        EventLogError(.fileExists, "\(path) is in the way and no checkout's; move it, or name another file.")
    }
}
