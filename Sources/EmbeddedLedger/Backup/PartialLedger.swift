import CLedgerShims
import EventLog
import Foundation
import GRDBSQLite
import LedgerStorage

/// A ledger's file while it is being made, beside its name: `.<name>.memledger-<purpose>-partial`.
///
/// `.<name>.memledger-<purpose>-lock`, which is empty, is locked meanwhile and goes last: what stands beside one that
/// no process has locked is what a killed one left, and is cleared away by the next one. Anything else that has these
/// names stays.
struct PartialLedger {
    enum Purpose: String {
        case backup, restore
    }

    let target: String
    let purpose: Purpose

    var path: String { LedgerPlaces.hidden(target, purpose.rawValue + "-partial") }
    var lockPath: String { LedgerPlaces.hidden(target, purpose.rawValue + "-lock") }

    private static let companions = [
        "", "-wal", "-shm", "-journal", "-lock", "-head", "-rebuild", "-rebuild-journal",
    ]

    /// Takes the name, and clears away what a killed process left, also one of another who may use the ledger.
    ///
    /// - Throws: `EventLogError` with `busy` where another process makes it, `fileExists` where something else is in
    ///   the way, or `storage`.
    func claim(_ rights: FileRights) throws -> FileLock {
        let folder = LedgerPlaces.folder(of: target)
        guard LedgerPlaces.isFolder(folder) else {
            throw EventLogError(.storage, "The folder \(folder) does not exist; make it, or name another file.")
        }
        let isLeftBehind = try isLockLeftBehind()
        let lock: FileLock?
        do { lock = try FileLock.take(lockPath, rights: rights) } catch let problem as FileProblem {
            throw problem.error
        }
        guard let lock else {
            throw EventLogError(.busy, "Another \(purpose.rawValue) to \(target) is under way; wait for it.")
        }
        if !isLeftBehind, let other = Self.companions.first(where: { LedgerPlaces.exists(path + $0) }) {
            lock.removeFile()
            throw inTheWay(path + other)
        }
        remove()
        return lock
    }

    private func isLockLeftBehind() throws -> Bool {
        var status = stat()
        guard lstat(lockPath, &status) == 0 else { return false }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_size == 0 else { throw inTheWay(lockPath) }
        return true
    }

    private func inTheWay(_ path: String) -> EventLogError {
        EventLogError(.fileExists, "\(path) is in the way and no \(purpose.rawValue)'s; move it, or name another file.")
    }

    /// Removes the file and everything beside it.
    func remove() {
        for companion in Self.companions { unlink(path + companion) }
        SideDatabase.removeUnnamed(beside: path)
    }

    /// Removes what was beside the file while it was open.
    ///
    /// - Throws: `storage` where the file is not whole without it.
    func removeCompanions() throws {
        guard !LedgerPlaces.hasContent(path + "-wal"), !LedgerPlaces.hasContent(path + "-journal") else {
            throw EventLogError(.storage, "\(path) could not be finished; try again.")
        }
        for companion in Self.companions.dropFirst() { unlink(path + companion) }
    }

    func sync() throws {
        do { try FileDescriptor(opening: path, O_RDONLY).sync() } catch let problem as FileProblem {
            throw problem.error
        }
    }
}
