import Synchronization

/// Tells which of several is the last, whatever their order.
final class Countdown: Sendable {
    private let left: Atomic<Int>

    init(_ count: Int) { left = Atomic(count) }

    /// One of them is there.
    func isLast() -> Bool { left.subtract(1, ordering: .relaxed).newValue == 0 }
}
