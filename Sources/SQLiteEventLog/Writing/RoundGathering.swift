import Dispatch
import Synchronization

/// When a round of appends begins: at once, or a little later if those who appended a moment ago are about to come
/// again. Each round that they miss costs one more sync.
///
///     ended(answered: 24, waiting: 16) ── wanted ─▶ 40 ── joined, 40 are waiting ─▶ the round begins
///                                                     └── patience is over ──────▶ the round begins
///
/// Invariants:
/// 1. Who was alone in the last round does not wait: what is waited for is as many as append at the same time.
/// 2. A round begins no later than the last one took, and `longest`, after that one's end.
/// 3. If waiting was in vain, more and more rounds pass before the next attempt.
struct RoundGathering {
    /// Who appended in the last round, or was waiting when it ended.
    private var callers = 0
    private var endedAt: ContinuousClock.Instant?
    private var patience = Duration.zero
    /// The round that is about to begin waits for so many appends.
    private var wanted: Int?
    /// Rounds that begin at once.
    private var toSkip = 0
    private var skips = 0

    /// However slow the disk is.
    private static let longest = Duration.milliseconds(1)
    /// What is left of a wait is too short to be worth a change of threads.
    private static let shortest = Duration.microseconds(10)
    private static let maximumSkips = 64

    /// A round is over.
    ///
    /// - Parameters:
    ///   - answered: the appends that were in it.
    ///   - waiting: those that came meanwhile.
    ///   - duration: how long it took.
    mutating func ended(answered: Int, waiting: Int, after duration: Duration, at now: ContinuousClock.Instant) {
        callers = answered + waiting
        patience = min(duration, Self.longest)
        endedAt = now
    }

    /// How long the next round waits; nil: not at all.
    mutating func begin(waiting: Int, at now: ContinuousClock.Instant) -> Duration? {
        guard callers > 1, waiting < callers, let endedAt else { return nil }
        let rest = patience - (now - endedAt)
        guard rest > Self.shortest else { return nil }
        if toSkip > 0 {
            toSkip -= 1
            return nil
        }
        wanted = callers
        return rest
    }

    /// One more is waiting. Answers whether the round begins by that.
    mutating func joined(waiting: Int) -> Bool {
        guard let wanted, waiting >= wanted else { return false }
        self.wanted = nil
        return true
    }

    /// The wait is over.
    ///
    /// - Returns: whether it ended by itself, not by `joined`.
    mutating func end(waiting: Int) -> Bool {
        guard wanted != nil else {
            skips = 0
            return false
        }
        wanted = nil
        // Most of them have come: the others have gone, or are slow.
        skips = waiting * 2 >= callers ? 0 : min(max(1, skips * 2), Self.maximumSkips)
        toSkip = skips
        return true
    }
}
