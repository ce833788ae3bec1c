import EventLog
import LedgerStorage

/// One rebuild at a time, across processes.
package final class RebuildLock {
    private let lock: WriterLock

    /// Asks again and again instead of blocking: the rebuild that has the lock may need this thread to go on.
    package init(_ database: any ProjectionDatabase) async throws {
        lock = try WriterLock(of: database.path, turn: .rebuild)
        let timeout = database.settings.busyTimeoutMilliseconds
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

    package func release() { lock.release() }
}
