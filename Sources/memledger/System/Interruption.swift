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
        let work = CancellableWork()
        let signals = Interrupts { signal in
            if !first.take(signal) { System.exitAtOnce(ExitStatus.of(signal: signal)) }
            work.cancel()
            Wakening.wake()
        }
        defer { signals.stop() }
        // Until then a signal ends the process at once, which must not be while a file is half written.
        await signals.areTaken()
        do { try await work.run(body) } catch {
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

/// Work that can be cancelled before it begins, too.
private final class CancellableWork: Sendable {
    private struct State {
        var task: Task<Void, any Error>?
        var isCancelled = false
    }

    private let state = Mutex(State())

    func run(_ body: @escaping @Sendable () async throws -> Void) async throws {
        let task = Task { try await body() }
        let isCancelled = state.withLock { state in
            state.task = task
            return state.isCancelled
        }
        if isCancelled { task.cancel() }
        try await task.value
    }

    func cancel() {
        let task = state.withLock { state in
            state.isCancelled = true
            return state.task
        }
        task?.cancel()
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

/// Calls back when a person presses Ctrl-C or another program asks the process to end.
final class Interrupts {
    private let sources: [any DispatchSourceSignal]
    private let registrations = DispatchGroup()

    /// - Parameter body: Called with the signal's number.
    init(_ body: @escaping @Sendable (Int32) -> Void) {
        let registrations = registrations
        sources = System.interruptSignals.map { signal in
            let source = DispatchSource.makeSignalSource(signal: signal, queue: .global())
            source.setEventHandler { body(signal) }
            registrations.enter()
            // Until it is registered a signal ends the process, as it should. On Linux registering it takes the signal.
            source.setRegistrationHandler {
                #if canImport(Darwin)
                    System.ignore(signal)
                #endif
                registrations.leave()
            }
            source.resume()
            return source
        }
    }

    /// Returns when every signal comes to the callback.
    func areTaken() async {
        await withCheckedContinuation { continuation in
            registrations.notify(queue: .global()) { continuation.resume() }
        }
    }

    func stop() {
        for source in sources { source.cancel() }
    }
}
