public import EventLog
import Synchronization

/// A clock that moves only when it is told to, so that every time in a test is known beforehand.
///
///     let clock = FixedClock()
///     let log = InMemoryEventLog(clock: clock)
///     clock.advance(by: .seconds(60))
public final class FixedClock: TimeSource {
    /// Where the clock stands unless it is told: 2026-01-01T00:00:00.000Z.
    public static let start = Timestamp(milliseconds: 1_767_225_600_000)

    private let time: Mutex<Timestamp>

    /// A clock that stands at a time.
    public init(_ time: Timestamp = FixedClock.start) { self.time = Mutex(time) }

    public func now() -> Timestamp { time.withLock { $0 } }

    /// Moves the clock, forwards or backwards; fractions of a millisecond are cut off.
    public func advance(by duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let milliseconds = seconds * 1_000 + attoseconds / 1_000_000_000_000_000
        time.withLock { $0.milliseconds += milliseconds }
    }

    /// Puts the clock to a time.
    public func set(_ time: Timestamp) { self.time.withLock { $0 = time } }
}
