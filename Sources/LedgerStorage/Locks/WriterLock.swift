import CLedgerShims
import EventLog
import Foundation

/// The lock that makes one process at a time the writer, beside the ledger as `<ledger>-lock`.
///
/// Invariant 7 of the architecture: without it nothing commits and no WAL checkpoint happens: SQLite before 3.51.3 may
/// lose a commit that overlaps one. Its first byte is the holder's. The next is a turnstile: a writer that
/// waits holds it, and a writer passes it before each turn, so that a busy writer cannot keep others out. The kernel
/// releases both when a process dies. The file's text names the holder for error messages only.
///
/// Used by one thread at a time, the writer's queue.
package final class WriterLock {
    /// What the lock is for: the first of its two bytes. A rebuild takes one of its own for its whole duration, and the
    /// writer's for each of its transactions.
    package enum Turn: Int {
        case write = 0
        case rebuild = 2
    }

    private let path: String
    private let descriptor: Int32
    private let turn: Turn

    private var ownByte: Int { turn.rawValue }
    private var turnstileByte: Int { turn.rawValue + 1 }
    private var holderOffset: off_t { off_t(8 + turn.rawValue * 16) }
    private static let holderBytes = 24
    private static let firstPauseMicroseconds: UInt32 = 20
    private static let longestPauseMicroseconds: UInt32 = 1_000

    /// - Throws: `EventLogError` with `unsafeSideFile` or `storage`.
    package init(of ledger: String, turn: Turn = .write) throws {
        path = ledger + "-lock"
        self.turn = turn
        do {
            descriptor = try SideFile.openLock(of: ledger)
        } catch let problem as FileProblem {
            throw EventLogError(
                .storage, "Cannot open the lock file \(path): \(problem.reason); check the folder.")
        }
    }

    deinit { close(descriptor) }

    /// Waits for the lock up to the timeout.
    ///
    /// - Throws: `EventLogError` with `busy` and the holder's process id, or `ledgerMoved` where the file was deleted
    ///   or replaced, so that others may lock another one.
    package func acquire(timeoutMilliseconds: Int) throws {
        let deadline = Self.now() + UInt64(max(0, timeoutMilliseconds)) * 1_000_000
        try wait(for: turnstileByte, until: deadline, timeoutMilliseconds)
        defer { _ = memledger_unlock(descriptor, turnstileByte) }
        try wait(for: ownByte, until: deadline, timeoutMilliseconds)
        guard SideFile.isAtItsPath(descriptor, path) else {
            release()
            throw OpenLedger.moved(path, "was deleted or replaced")
        }
        writeHolder()
    }

    package func release() {
        _ = memledger_unlock(descriptor, ownByte)
    }

    private func wait(for byte: Int, until deadline: UInt64, _ timeoutMilliseconds: Int) throws {
        var pause = Self.firstPauseMicroseconds
        while memledger_try_lock(descriptor, byte) != 0 {
            guard errno == EAGAIN || errno == EACCES || errno == EINTR else {
                throw EventLogError(.storage, "Cannot lock the ledger: \(String(cString: strerror(errno))).")
            }
            guard Self.now() < deadline else {
                throw EventLogError.busy(holder: readHolder(), waitedMilliseconds: timeoutMilliseconds)
            }
            usleep(pause)
            pause = min(pause * 2, Self.longestPauseMicroseconds)
        }
    }

    private static func now() -> UInt64 { DispatchTime.now().uptimeNanoseconds }

    private static let ownText: [UInt8] = {
        let text = Array("\(getpid())\n".utf8)
        return text + [UInt8](repeating: UInt8(ascii: " "), count: holderBytes - text.count)
    }()

    private func writeHolder() {
        _ = Self.ownText.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, holderOffset) }
    }

    private func readHolder() -> Int32? {
        var text = [UInt8](repeating: 0, count: Self.holderBytes)
        let count = text.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, holderOffset) }
        guard count > 0 else { return nil }
        let digits = text.prefix(count).prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        return Int32(String(decoding: digits, as: UTF8.self))
    }
}
