import Dispatch
import EventLog
import LedgerCapabilities
import SQLiteEventLog
import Synchronization

/// The command was interrupted in good order: what it had begun was cleared away.
struct Interrupted: Error {
    /// What there is and what there is not, for the person.
    let remains: String

    init(_ remains: String) { self.remains = remains }

    /// Where nothing more was said, what a ledger was opened for says what stays.
    static func describing(_ error: any Error, _ access: LedgerFileOptions.Access) -> any Error {
        guard error is CancellationError else { return error }
        return Interrupted(access == .readOnly ? "nothing was changed" : "what was done until then stays")
    }
}

/// Ctrl-C and the request to end: the work is cancelled, clears away what it has begun, and the command says in one
/// line what stays. Who presses Ctrl-C again does not want to wait for that.
enum Interruption {
    /// Runs a command so that signals cancel it.
    ///
    /// - Throws: `InterruptedBySignal`, or what the body throws. A body that is done all the same is done.
    static func cancelling(_ body: @escaping @Sendable () async throws -> Void) async throws {
        let task = Task { try await body() }
        let signals = Interrupts { signal in
            if !first.take(signal) { System.exitAtOnce(ExitStatus.of(signal: signal)) }
            task.cancel()
        }
        defer { signals.stop() }
        do { try await task.value } catch {
            guard let signal = first.signal else { throw error }
            switch error {
            case let interrupted as Interrupted: throw InterruptedBySignal(signal, interrupted.remains)
            case is CancellationError: throw InterruptedBySignal(signal, "nothing more was done")
            default: throw error
            }
        }
    }

    /// The process's, since it gets them.
    private static let first = FirstSignal()

    /// For work that is waited for outside the command's task, as on the queue of a connection: there the task that was
    /// cancelled is not known.
    ///
    /// - Throws: `CancellationError` after the first signal.
    static func check() throws {
        try Task.checkCancellation()
        if first.signal != nil { throw CancellationError() }
    }

    private final class FirstSignal: Sendable {
        private let number = Mutex<Int32?>(nil)

        var signal: Int32? { number.withLock { $0 } }

        /// False for those that come after it.
        func take(_ signal: Int32) -> Bool {
            number.withLock { number in
                if number != nil { return false }
                number = signal
                return true
            }
        }
    }
}

/// What a command ends with that was interrupted.
struct InterruptedBySignal: Error, CustomStringConvertible {
    let signal: Int32
    let description: String

    init(_ signal: Int32, _ remains: String) {
        self.signal = signal
        description = "Interrupted; \(remains)."
    }
}

/// Says what stays of work that is interrupted.
func interruptible<Result>(
    _ remains: @autoclosure () -> String, _ body: () async throws -> Result
) async throws -> Result {
    do { return try await body() } catch is CancellationError { throw Interrupted(remains()) }
}

/// Calls back when somebody presses Ctrl-C or asks the process to end.
final class Interrupts {
    private let sources: [any DispatchSourceSignal]

    /// - Parameter body: Called with the signal's number.
    init(_ body: @escaping @Sendable (Int32) -> Void) {
        sources = System.interruptSignals.map { signal in
            let source = DispatchSource.makeSignalSource(signal: signal, queue: .global())
            source.setEventHandler { body(signal) }
            // Until it is registered a signal ends the process, as it should. On Linux registering it takes the signal.
            #if canImport(Darwin)
                source.setRegistrationHandler { System.ignore(signal) }
            #endif
            source.resume()
            return source
        }
    }

    func stop() {
        for source in sources { source.cancel() }
    }
}
