import EventLog
import Synchronization

/// A clock that stands where the test sets it: 2026-01-01T00:00:00Z at first.
final class TestClock: TimeSource {
    static let start: Int64 = 1_767_225_600_000

    private let milliseconds: Mutex<Int64>

    init(_ milliseconds: Int64 = TestClock.start) { self.milliseconds = Mutex(milliseconds) }

    func now() -> Timestamp { milliseconds.withLock { Timestamp(milliseconds: $0) } }

    func set(_ value: Int64) { milliseconds.withLock { $0 = value } }

    func advance(by value: Int64) { milliseconds.withLock { $0 += value } }
}
