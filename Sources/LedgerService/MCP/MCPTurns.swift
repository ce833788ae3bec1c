import Synchronization

/// Lets work take effect in the order in which it came, however it is run: a client that sends a write and then a read
/// without waiting reads what it wrote.
final class MCPTurns: Sendable {
    private struct State {
        /// Turns that were given.
        var given = 0
        /// Whose turn it is.
        var present = 0
        /// What ended before its turn came, because it was never run.
        var over: Set<Int> = []
        var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
    }

    private let state = Mutex(State())

    /// The turn behind all that were given before. Those after it wait until it has ended or nothing holds it any more.
    func next() -> MCPTurn {
        MCPTurn(
            self,
            state.withLock { state in
                defer { state.given += 1 }
                return state.given
            })
    }

    fileprivate func wait(_ number: Int) async {
        await withCheckedContinuation { continuation in
            let isPresent = state.withLock { state in
                if number > state.present { state.waiting[number] = continuation }
                return number <= state.present
            }
            if isPresent { continuation.resume() }
        }
    }

    fileprivate func end(_ number: Int) {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard number >= state.present else { return nil }
            state.over.insert(number)
            while state.over.remove(state.present) != nil { state.present += 1 }
            return state.waiting.removeValue(forKey: state.present)
        }
        next?.resume()
    }
}

/// A place in an order.
final class MCPTurn: Sendable {
    private let turns: MCPTurns
    private let number: Int

    fileprivate init(_ turns: MCPTurns, _ number: Int) { (self.turns, self.number) = (turns, number) }

    deinit { turns.end(number) }

    /// Returns when all turns before it have ended. To be called once.
    func comes() async { await turns.wait(number) }

    func end() { turns.end(number) }
}
