/// How far a log's time runs ahead of the clock, because the clock was ahead once.
///
/// Recorded times never go back, so everything that is appended until the clock has caught up is recorded at one time
/// that is still to come. Those events keep the clock's time as the time at which they occurred, and moments that are
/// given as a time go by that: such a moment is right after the last of them that had occurred by then, and before the
/// first of them that had not. Events that say that they occurred in what is still to come, as those do that were
/// written while the clock was ahead, belong to the next one that does not.
public struct ClockLead: Hashable, Sendable {
    /// Of the log's last event.
    public var logTime: Timestamp
    /// What the clock says.
    public var now: Timestamp

    /// A lead beyond this is worth a warning: a day.
    public static let maximumMilliseconds: Int64 = 86_400_000

    /// More than 0.
    public var milliseconds: Int64 {
        let (lead, overflow) = logTime.milliseconds.subtractingReportingOverflow(now.milliseconds)
        return overflow ? .max : lead
    }

    /// It is longer than small corrections of a clock make it.
    public var isLong: Bool { milliseconds > Self.maximumMilliseconds }
}

extension RecordedEvent {
    /// What the clock said when it was recorded, as far as can be told: no time that is still to come.
    func time(now: Timestamp) -> Timestamp { recordedAt <= now ? recordedAt : min(occurredAt, now) }
}
