import EventLog
import LedgerStorage

/// One rebuild at a time, across processes.
final class RebuildLock {
    private let lock: WriterLock

    /// Asks again and again instead of blocking: the rebuild that has the lock may need this thread to go on.
    init(_ file: LedgerFile) async throws {
        lock = try WriterLock(of: file.path, turn: .rebuild)
        let timeout = file.options.busyTimeoutMilliseconds
        let deadline = ContinuousClock.now + .milliseconds(timeout)
        while true {
            do {
                try lock.acquire(timeoutMilliseconds: 0)
                return
            } catch let error as EventLogError where error.code == .busy {
                guard ContinuousClock.now < deadline else {
                    throw EventLogError.busy(holder: error.holderProcessID, waitedMilliseconds: timeout)
                }
            }
            try await Task.sleep(for: .milliseconds(Self.pauseMilliseconds))
        }
    }

    private static let pauseMilliseconds = 5

    func release() { lock.release() }
}
