import CLedgerShims
import Foundation

/// A database file, open to take SQLite's own locks on it: what "File Locking And Concurrency" calls SHARED, and one
/// that holds off checkpoints.
///
/// The locks belong to the open file, not to the process, and go when this object does.
final class LegacyFileLock {
    private let path: String
    private let descriptor: Int32

    /// Offsets of lock bytes: in a database, and in the shared memory of a write-ahead log.
    private enum Place {
        static let pending = 0x4000_0000
        static let reserved = pending + 1
        static let shared = pending + 2
        static let checkpoint = 121
    }

    init(path: String) throws(LegacySourceError) {
        self.path = path
        descriptor = try LegacyFile.open(path)
    }

    deinit { close(descriptor) }

    /// Holds off changes of a database in rollback mode.
    func share(waitingMilliseconds: Int) throws(LegacySourceError) {
        // Whoever waits to write has the pending lock, and goes first.
        try take(Place.pending, waitingMilliseconds)
        defer { _ = memledger_unlock(descriptor, Place.pending) }
        try take(Place.shared, waitingMilliseconds)
    }

    /// Holds off checkpoints, so that a database in WAL mode changes at the end of its write-ahead log only. The file
    /// is the shared memory.
    func holdOffCheckpoints(waitingMilliseconds: Int) throws(LegacySourceError) {
        try take(Place.checkpoint, waitingMilliseconds)
    }

    /// A program died in a transaction and left what undoes it. The journal of one that is at work is none: its
    /// program has the reserved lock.
    func hasHotJournal(_ journal: String) throws(LegacySourceError) -> Bool {
        guard LegacyFile.identity(journal)?.size ?? 0 > 0 else { return false }
        guard memledger_try_shared_lock(descriptor, Place.reserved) == 0 else { return false }
        _ = memledger_unlock(descriptor, Place.reserved)
        var first: UInt8?
        // A journal that is done with and kept begins with zeros.
        try LegacyFile.read(journal) { (bytes) throws(LegacySourceError) in first = first ?? bytes.first }
        return first ?? 0 != 0
    }

    private static let pauseMicroseconds: UInt32 = 5_000

    private func take(_ place: Int, _ waitingMilliseconds: Int) throws(LegacySourceError) {
        let end = ContinuousClock.now + .milliseconds(waitingMilliseconds)
        while memledger_try_shared_lock(descriptor, place) != 0 {
            guard errno == EAGAIN || errno == EACCES else { throw LegacySourceError.system(path, "locked") }
            guard ContinuousClock.now < end else { throw LegacySourceError.locked(path) }
            usleep(Self.pauseMicroseconds)
        }
    }
}
