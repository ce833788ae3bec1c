package import EventLog

/// When the projections' tables are kept as of a position, so that the moments behind it open sooner.
///
///     options.snapshots = .off
///
/// Snapshots change nothing but speed. The places at which they are due follow from the rule alone: each is behind the
/// one before it by a number of events and by a part of its position, whichever is more. So every moment has one near
/// it in proportion to what lies behind, and their number grows with the logarithm of the log.
public enum SnapshotRule: Hashable, Sendable {
    /// None are taken. Those that are there are used.
    case off
    /// One is due at the position that lies behind the last one by `events`, and by its position divided by `divisor`.
    /// Both are 1 or more; less counts as 1.
    case growing(events: Int, divisor: Int)

    /// The measured choice: see DESIGN.md.
    public static let automatic = SnapshotRule.growing(events: 65_536, divisor: 12)

    /// Where one is due behind another; nil where none ever is.
    func next(after position: Position) -> Position? {
        guard case .growing(let events, let divisor) = self else { return nil }
        let (next, overflow) = position.addingReportingOverflow(
            max(Position(max(1, events)), position / Position(max(1, divisor))))
        return overflow ? nil : next
    }

    /// Where they are due in a log with so many events, the first one first.
    package func positions(head: Position) -> [Position] {
        var positions: [Position] = []
        var position: Position = 0
        while let next = next(after: position), next <= head {
            positions.append(next)
            position = next
        }
        return positions
    }
}
