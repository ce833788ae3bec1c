import Synchronization

/// Keeps those who show tokens that do not hold from loading the ledger and filling its log.
///
/// Each client may show so many before it has to wait, and nothing is looked up for it meanwhile. One that was refused
/// is refused for a while without being looked up, and does not count again: so a program that tries the same one for
/// ever costs nothing, and keeps out no other at the same address. Nor is one that has held kept out by what others
/// show.
///
/// Invariants: every table has at most `maximumEntries`. No token is kept, only a number that is made of it and of a
/// secret of this process.
final class RefusedTokens: Sendable {
    /// What a client may show at once.
    static let maximumAtOnce = 10
    /// And after that.
    static let maximumPerMinute = 10
    static let maximumEntries = RateLimiter.maximumCallers
    /// How long a token that was refused is not looked up, and how far apart two lines of the log about one client are.
    static let memoryNanoseconds: UInt64 = 60_000_000_000

    /// What to do with a token.
    enum Advice: Equatable {
        case lookUp
        /// It was refused a moment ago, and would be again.
        case refuse
        /// The client has to wait.
        case wait(seconds: Int)
    }

    private struct Tally {
        var unsaid = 0
        var saidAt: UInt64
    }

    private struct State {
        var held: Set<Int> = []
        var refused: [Int: UInt64] = [:]
        var tallies: [String: Tally] = [:]
    }

    private let limiter = RateLimiter(perSecond: Double(maximumPerMinute) / 60, atOnce: maximumAtOnce)
    private let state = Mutex(State())

    /// - Parameters:
    ///   - client: whose measure it is.
    ///   - now: nanoseconds of a clock that never goes back.
    func advice(_ token: String, from client: String, at now: UInt64) -> Advice {
        let number = token.hashValue
        let (hasHeld, wasRefused) = state.withLock { state in
            (state.held.contains(number), state.refused[number].map { now < $0 + Self.memoryNanoseconds } ?? false)
        }
        if wasRefused { return .refuse }
        if hasHeld { return .lookUp }
        return limiter.secondsToWait(client, at: now).map { .wait(seconds: $0) } ?? .lookUp
    }

    func holds(_ token: String) {
        let number = token.hashValue
        state.withLock { state in
            guard !state.held.contains(number) else { return }
            if state.held.count >= Self.maximumEntries { state.held.removeAll() }
            state.held.insert(number)
        }
    }

    func refuse(_ token: String, from client: String, at now: UInt64) {
        _ = limiter.take(client, at: now)
        state.withLock { state in
            state.held.remove(token.hashValue)
            if state.refused.count >= Self.maximumEntries {
                state.refused = state.refused.filter { now < $0.value + Self.memoryNanoseconds }
                if state.refused.count >= Self.maximumEntries { state.refused.removeAll() }
            }
            state.refused[token.hashValue] = now
        }
    }

    // MARK: What is logged

    /// Counts a refusal.
    ///
    /// - Returns: nil if nothing is to be said of it now; else how many others of this client and reason nothing was
    ///   said of.
    func count(_ reason: String, from client: String, at now: UInt64) -> Int? {
        state.withLock { state in
            let key = "\(client) \(reason)"
            if var tally = state.tallies[key] {
                guard now >= tally.saidAt + Self.memoryNanoseconds else {
                    tally.unsaid += 1
                    state.tallies[key] = tally
                    return nil
                }
                state.tallies[key] = Tally(saidAt: now)
                return tally.unsaid
            }
            if state.tallies.count >= Self.maximumEntries {
                state.tallies = state.tallies.filter { now < $0.value.saidAt + Self.memoryNanoseconds }
                if state.tallies.count >= Self.maximumEntries { state.tallies.removeAll() }
            }
            state.tallies[key] = Tally(saidAt: now)
            return 0
        }
    }

    /// How many refusals nothing was said of yet.
    var unsaid: Int { state.withLock { $0.tallies.values.reduce(0) { $0 + $1.unsaid } } }
}
