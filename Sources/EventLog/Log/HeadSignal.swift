import Dispatch
import Synchronization

/// Wakes those who wait for the log to grow: what a backend makes its `waitForEvent` of.
///
///     public func waitForEvent(after position: Position) async throws {
///         while try await head() <= position {
///             try Task.checkCancellation()
///             await signal.wait(after: position, milliseconds: nil)
///         }
///     }
///
/// An append calls `advance` after its events can be read, `close` calls `wakeAll`. If other processes append, too,
/// pass `milliseconds` and look again.
public final class HeadSignal: Sendable {
    private struct State {
        var head: Position = 0
        var nextID = 0
        var waiting: [Int: (after: Position, continuation: CheckedContinuation<Void, Never>)] = [:]
        var cancelled: Set<Int> = []
        var hasEnded = false
    }

    private let state = Mutex(State())

    public init() {}

    /// How many are waiting; 0 when all subscribers have gone.
    public var waitingCount: Int { state.withLock { $0.waiting.count } }

    /// The position up to which it was advanced; 0 at first.
    package var reached: Position { state.withLock { $0.head } }

    /// Nothing is kept for any wait, past or present.
    var isEmpty: Bool { state.withLock { $0.waiting.isEmpty && $0.cancelled.isEmpty } }

    /// Says that the log has events up to this position.
    public func advance(to head: Position) {
        let ready = state.withLock { state in
            state.head = max(state.head, head)
            let ready = state.waiting.filter { $0.value.after < state.head }
            for id in ready.keys { state.waiting[id] = nil }
            return ready.values.map(\.continuation)
        }
        for continuation in ready { continuation.resume() }
    }

    /// Wakes everybody, now and from now on: the log has been closed.
    public func wakeAll() {
        let all = state.withLock { state in
            state.hasEnded = true
            defer { state.waiting = [:] }
            return state.waiting.values.map(\.continuation)
        }
        for continuation in all { continuation.resume() }
    }

    /// Returns when the head is beyond the position, when the time is up, when the task is cancelled, or at the end.
    public func wait(after position: Position, milliseconds: Int?) async {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if state.cancelled.remove(id) != nil || state.hasEnded || state.head > position { return true }
                    state.waiting[id] = (position, continuation)
                    return false
                }
                if isReady { return continuation.resume() }
                if let milliseconds {
                    DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(milliseconds)) { [weak self] in
                        self?.wake(id)
                    }
                }
            }
        } onCancel: {
            let continuation = state.withLock { state in
                let waiting = state.waiting.removeValue(forKey: id)
                // The handler may run before the wait is entered.
                if waiting == nil { state.cancelled.insert(id) }
                return waiting?.continuation
            }
            continuation?.resume()
        }
        _ = state.withLock { $0.cancelled.remove(id) }
    }

    private func wake(_ id: Int) {
        state.withLock { $0.waiting.removeValue(forKey: id) }?.continuation.resume()
    }
}
