import CLedgerShims
import EventLog
import Foundation
import Synchronization

/// Keeps a ledger's file from being replaced under those who have it open, by locks on its lock file that the kernel
/// drops when a process dies.
///
/// A process that replaces the file has both alone; all others share them.
package final class LedgerPresence: Sendable {
    /// What is locked: a byte of `<ledger>-lock`. The first four are `WriterLock`'s.
    package enum Kind: Int {
        /// As long as the ledger is open for writing.
        case writing = 4
        /// While a connection for reading is opened: the file and what SQLite keeps beside it must belong together.
        case opening = 5
    }

    private let descriptor: Mutex<Int32?>

    private static let firstPauseMicroseconds: UInt32 = 20
    private static let longestPauseMicroseconds: UInt32 = 2_000

    private init(descriptor: Int32) { self.descriptor = Mutex(descriptor) }

    deinit { leave() }

    /// Gives it up. Idempotent.
    package func leave() {
        descriptor.withLock { descriptor in
            if let open = descriptor { close(open) }
            descriptor = nil
        }
    }

    /// Shares it with others. Nil for a reader where there is no lock file that it could open: then no process can have
    /// the ledger open for writing who would replace it.
    ///
    /// - Throws: `busy` where somebody replaces the file for longer than the timeout; `storage`.
    package static func share(_ kind: Kind, of ledger: String, _ timeoutMilliseconds: Int) throws -> LedgerPresence? {
        let path = ledger + "-lock"
        let descriptor: Int32
        if kind == .opening {
            // One that is no lock file is none for writers either.
            guard let found = try? SideFile.open(path, O_RDONLY, allowsOtherNames: true) else { return nil }
            descriptor = found
        } else {
            descriptor = try open(ledger)
        }
        let busy = EventLogError(
            .busy,
            "\(ledger) is being replaced by a backup; waited \(timeoutMilliseconds) ms. Try again when that is done.")
        return try wait(descriptor, path, timeoutMilliseconds, busy) {
            memledger_try_shared_lock(descriptor, kind.rawValue)
        }
    }

    /// Takes it alone.
    ///
    /// - Throws: `busy` where others have it for longer than the timeout; `storage`.
    package static func takeAlone(_ kind: Kind, of ledger: String, _ timeoutMilliseconds: Int) throws -> LedgerPresence
    {
        let path = ledger + "-lock"
        let descriptor = try open(ledger)
        let who = kind == .writing ? "has \(ledger) open for writing" : "is opening \(ledger)"
        let busy = EventLogError(.busy, "Another process \(who); close it there, then restore. Nothing was changed.")
        return try wait(descriptor, path, timeoutMilliseconds, busy) {
            memledger_try_lock(descriptor, kind.rawValue)
        }
    }

    private static func open(_ ledger: String) throws -> Int32 {
        do { return try SideFile.openLock(of: ledger) } catch let problem as FileProblem { throw problem.error }
    }

    private static func wait(
        _ descriptor: Int32, _ path: String, _ timeoutMilliseconds: Int, _ busy: EventLogError, _ lock: () -> Int32
    ) throws -> LedgerPresence {
        let presence = LedgerPresence(descriptor: descriptor)
        let deadline = ContinuousClock.now + .milliseconds(timeoutMilliseconds)
        var pause = firstPauseMicroseconds
        while lock() != 0 {
            guard errno == EAGAIN || errno == EACCES || errno == EINTR else { throw FileProblem(path, errno).error }
            guard ContinuousClock.now < deadline else { throw busy }
            usleep(pause)
            pause = min(pause * 2, longestPauseMicroseconds)
        }
        return presence
    }
}
