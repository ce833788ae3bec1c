import EventLog
import Foundation
import GRDBSQLite
import LedgerStorage
import Projections

/// Gives a finished file the name of a ledger, in the place of one that is there.
///
/// SQLite would take a write-ahead log that is left of the former ledger for the new one's. So the former is made whole
/// without it, and it is gone, before the name changes hands:
///
///     checkpoint the former ─▶ second name for it ─▶ remove -wal, -shm ─▶ rename over it ─▶ move what belongs to it
///
/// The former ledger is whole under its name until the rename, and whole under the other one from the second step on.
struct LedgerReplacement {
    let target: String
    let partial: String
    let keepsFormer: Bool
    let time: Timestamp
    let timeoutMilliseconds: Int
    let atStep: @Sendable (LedgerRestore.Step) -> Void

    private static let journals = ["-wal", "-journal", "-shm"]
    /// Names that are tried for the former ledger.
    private static let attempts = 1_000

    init(
        target: String, partial: String, keepsFormer: Bool, at time: Timestamp, timeoutMilliseconds: Int,
        atStep: @escaping @Sendable (LedgerRestore.Step) -> Void
    ) {
        (self.target, self.partial, self.keepsFormer, self.time) = (target, partial, keepsFormer, time)
        (self.timeoutMilliseconds, self.atStep) = (timeoutMilliseconds, atStep)
    }

    /// Answers where the former ledger is; nil where there was none or it is not kept.
    ///
    /// - Parameter presence: no process has the ledger open for writing.
    /// - Throws: `FileProblem`, or `EventLogError` with `busy` where a reader keeps the former's log in use. Nothing
    ///   was replaced then, unless the error says so.
    func run(_ presence: LedgerPresence) throws -> String? {
        defer { withExtendedLifetime(presence) {} }
        let lock = try WriterLock(of: target)
        try lock.acquire(timeoutMilliseconds: timeoutMilliseconds)
        defer { lock.release() }
        let hasFormer = LedgerPlaces.exists(target)
        if hasFormer { try LedgerNames.settle(target) }
        let isWhole = hasFormer ? try settle() : true
        atStep(.settled)
        let former = hasFormer && keepsFormer ? try keepFormer(withJournals: !isWhole) : nil
        atStep(.formerKept)
        do { try changeName() } catch {
            // One that is not whole without its log has that under the other name only, by now.
            if isWhole, let former { unlink(former) }
            throw error
        }
        do { try finish(former) } catch let problem as FileProblem {
            throw EventLogError(
                .storage,
                "The backup is restored to \(target), but its folder cannot be synced (\(problem.reason)), so that a power "
                    + "cut may undo that; check the disk, then restore again.")
        }
        return former
    }

    /// Makes the new ledger's name durable, and clears away what stood beside the former.
    private func finish(_ former: String?) throws {
        // What belongs to the former ledger must not stay beside the new one, whatever becomes of the sync.
        defer { atStep(.cleared) }
        let synced = Result { try FileDescriptor.syncFolder(of: target) }
        clear(former)
        try synced.get()
        try FileDescriptor.syncFolder(of: target)
    }

    /// Takes the former's file and journals away and puts the new one there, while no process opens either.
    private func changeName() throws {
        let opening = try LedgerPresence.takeAlone(.opening, of: target, timeoutMilliseconds)
        defer { opening.leave() }
        for journal in Self.journals where unlink(target + journal) != 0 {
            // Beside the new ledger it would be taken for the new one's.
            guard errno == ENOENT else { throw FileProblem(target + journal, errno) }
        }
        try FileDescriptor.syncFolder(of: target)
        atStep(.journalsGone)
        guard rename(partial, target) == 0 else { throw FileProblem(target, errno) }
        atStep(.named)
    }

    // MARK: The former ledger

    /// Moves the write-ahead log into the file. False where that cannot be done because the file is damaged.
    private func settle() throws -> Bool {
        var handle: OpaquePointer?
        defer { sqlite3_close(handle) }
        guard sqlite3_open_v2(target, &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nil) == SQLITE_OK else {
            return false
        }
        sqlite3_busy_timeout(handle, Int32(clamping: timeoutMilliseconds))
        // A connection that has read nothing does not know of the log, and a checkpoint by it does nothing.
        switch sqlite3_exec(handle, "SELECT count(*) FROM sqlite_master", nil, nil, nil) {
        case SQLITE_OK: break
        case SQLITE_BUSY: throw busy
        default: return false
        }
        var pages: Int32 = 0
        var copied: Int32 = 0
        switch sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_TRUNCATE, &pages, &copied) {
        case SQLITE_OK: return !LedgerPlaces.hasContent(target + "-wal")
        case SQLITE_BUSY:
            // A reader may keep the log from being emptied, which does not matter, or from being copied, which does.
            if pages >= 0, copied >= pages { return true }
            throw busy
        default: return false
        }
    }

    private var busy: EventLogError {
        EventLogError(
            .busy, "Another process is reading \(target); wait for it or close it, then restore. Nothing was changed.")
    }

    /// Gives the former ledger its other name, beside the one that it has.
    private func keepFormer(withJournals: Bool) throws -> String {
        let stamp = time.rfc3339.prefix { $0 != "." && $0 != "Z" }.filter { $0 != "-" && $0 != ":" } + "Z"
        let name = "\(target).before-restore-\(stamp)"
        for attempt in 1...Self.attempts {
            let former = attempt == 1 ? name : "\(name)-\(attempt)"
            // A second name, not another one: the ledger is never without its own.
            if link(target, former) == 0 {
                do {
                    if withJournals { try keepJournals(former) }
                    try FileDescriptor.syncFolder(of: target)
                } catch {
                    for name in [""] + Self.journals { unlink(former + name) }
                    throw error
                }
                return former
            }
            guard errno == EEXIST else { throw FileProblem(former, errno) }
        }
        throw FileProblem(name, EEXIST)
    }

    private func keepJournals(_ former: String) throws {
        for journal in Self.journals.dropLast() where link(target + journal, former + journal) != 0 {
            guard errno == ENOENT else { throw FileProblem(former + journal, errno) }
        }
    }

    /// What stood beside the former ledger goes with it: snapshots, what a rebuild has left. Killed before, the new
    /// ledger knows of none of it.
    private func clear(_ former: String?) {
        SideDatabase.removeFiles(target + "-rebuild")
        for name in ["-rebuild-differs", "-snapshots", "-head"] where LedgerPlaces.exists(target + name) {
            if let former {
                rename(target + name, former + name)
            } else if name == "-snapshots" {
                removeSnapshots(target + name)
            } else {
                unlink(target + name)
            }
        }
        ViewFolder.clearDead(besideLedger: target)
    }

    /// What else is in the folder is somebody's.
    private func removeSnapshots(_ folder: String) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        where name.wholeMatch(of: /[0-9]+\.sqlite\.(lz4(\.part)?|building)|lock/) != nil {
            unlink("\(folder)/\(name)")
        }
        rmdir(folder)
    }
}
