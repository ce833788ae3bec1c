import Dispatch
import Synchronization

/// Writes whole lines to standard output, from any task. A reader that does not read holds up no other work.
final class LineWriter: Sendable {
    private let queue = DispatchQueue(label: "memledger.output")
    private let failure = Mutex<(any Error)?>(nil)

    /// - Throws: why an earlier line could not be written.
    func check() throws {
        if let error = failure.withLock({ $0 }) { throw error }
    }

    /// - Throws: `OutputClosed` where no process reads any more, `FileFailure`; `CancellationError` after a signal if
    ///   the reader does not read.
    func write(_ line: [UInt8]) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            queue.async { [self] in
                continuation.resume(
                    with: Result {
                        // Half a line may be written.
                        try check()
                        do {
                            try (line + [UInt8(ascii: "\n")]).withUnsafeBytes {
                                try System.write(1, $0, checking: Interruption.check)
                            }
                        } catch {
                            failure.withLock { $0 = $0 ?? error }
                            throw error
                        }
                    })
            }
        }
    }
}
