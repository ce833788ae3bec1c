import CLedgerShims
import EventLog
import Foundation
import LedgerStorage

/// A database file, open to take SQLite's own locks on it: what "File Locking And Concurrency" calls SHARED.
///
/// It goes through SQLite's file layer (`RegularFile`), so this process's own connections keep theirs.
final class LegacyFileLock {
    private let path: String
    private let file: RegularFile

    init(path: String) throws(LegacySourceError) {
        self.path = path
        do { file = try RegularFile(reading: path) } catch { throw LegacySourceError.from(error, path: path) }
    }

    /// Holds off changes of a database in rollback mode, until this object goes.
    func share(waitingMilliseconds: Int) throws(LegacySourceError) {
        try LegacySourceError.waiting(waitingMilliseconds, for: path) { try file.tryShare() }
    }

    /// A program died in a transaction and left what undoes it. The journal of one that is at work is none: its
    /// program has the reserved lock.
    func hasHotJournal(_ journal: String) throws(LegacySourceError) -> Bool {
        guard LegacyFile.identity(journal)?.size ?? 0 > 0 else { return false }
        do { if try file.isReserved { return false } } catch { throw LegacySourceError.from(error, path: path) }
        // A journal that is done with and kept begins with zeros.
        return try LegacyFile.beginning(journal, 1).first ?? 0 != 0
    }
}

/// The shared memory of a write-ahead log, locked so that no program checkpoints: the database changes at the end of
/// its log only. The lock belongs to the open file, and goes with this object.
final class LegacyCheckpointLock {
    private let descriptor: Int32
    /// A byte of the shared memory.
    private static let place = 121

    init(sharedMemory path: String, waitingMilliseconds: Int) throws(LegacySourceError) {
        descriptor = try LegacyFile.open(path)
        let descriptor = descriptor
        try LegacySourceError.waiting(waitingMilliseconds, for: path) {
            if memledger_try_shared_lock(descriptor, Self.place) == 0 { return true }
            guard errno == EAGAIN || errno == EACCES else { throw LegacySourceError.system(path, "locked") }
            return false
        }
    }

    deinit { close(descriptor) }
}

extension LegacySourceError {
    private static let pauseMicroseconds: UInt32 = 5_000

    /// Tries for so long.
    fileprivate static func waiting(
        _ milliseconds: Int, for path: String, _ lock: () throws -> Bool
    ) throws(LegacySourceError) {
        let end = ContinuousClock.now + .milliseconds(milliseconds)
        do {
            while try !lock() {
                guard ContinuousClock.now < end else { throw locked(path) }
                usleep(pauseMicroseconds)
            }
        } catch {
            throw from(error, path: path)
        }
    }
}
