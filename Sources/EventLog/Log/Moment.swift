/// A moment of a log, to see the past as it stood then.
///
///     let moment = try await log.resolve(.position(2), now: clock.now())
///     print(moment.position, moment.time)
public enum Moment: Hashable, Sendable, CustomStringConvertible {
    /// Right after the event at this position.
    case position(Position)
    /// After the last event that was recorded at this time or earlier. Events that were recorded in what is still to
    /// come, because the clock was ahead once, count by when they occurred: see `ClockLead`.
    case time(Timestamp)
    /// Right after the event with this id.
    case event(EventID)
    /// What had happened by this time as far as the log knows today: the events that occurred at this time or earlier,
    /// in the order in which the log took them, whenever that was.
    case occurred(Timestamp)

    public var description: String {
        switch self {
        case .position(let position): "position \(position)"
        case .time(let time): time.rfc3339
        case .event(let id): "event \(id)"
        case .occurred(let time): "what had occurred by \(time.rfc3339)"
        }
    }
}

/// A moment that a log has had.
///
///     let moment = try await log.resolve(.position(2), now: clock.now())
///     print(moment.position, moment.time)
public struct LogMoment: Hashable, Sendable {
    /// Events after it are not seen.
    public var position: Position
    /// What a clock says at the moment: what has expired by then is not shown.
    public var time: Timestamp
    /// Events that occurred later are not seen either; nil: whatever they say of that.
    public var occurredThrough: Timestamp?

    public init(position: Position, time: Timestamp, occurredThrough: Timestamp? = nil) {
        self.position = position
        self.time = time
        self.occurredThrough = occurredThrough
    }

    /// True where an event had happened at the moment.
    package func includes(_ event: RecordedEvent) -> Bool {
        event.position <= position && occurredThrough.map { event.occurredAt <= $0 } ?? true
    }
}

/// Events that are read to find one that had occurred by a time.
private let maximumSearchedEvents = 1_000_000

extension EventLog {
    /// Finds a moment in the log.
    ///
    /// - Parameter now: what the clock says, to tell the future from the present.
    /// - Throws: `EventLogError.unknownMoment`, with the valid range in its message, for a position or an event that
    ///   the log does not have, for a time in the future or before the first event, and if none of the first million
    ///   events had occurred by a time.
    public func resolve(_ moment: Moment, now: Timestamp) async throws -> LogMoment {
        try await resolve(moment, now: now, searching: maximumSearchedEvents)
    }

    /// - Parameter maximum: events that are read to find one that had occurred by a time.
    package func resolve(_ moment: Moment, now: Timestamp, searching maximum: Int) async throws -> LogMoment {
        switch moment {
        case .position(let position):
            let head = try await head()
            guard (1...max(1, head)).contains(position), head > 0, let event = try await event(at: position) else {
                throw try await unknown("The log has no position \(position)")
            }
            return LogMoment(position: position, time: event.time(now: now))
        case .event(let id):
            guard let event = try await event(id: id) else {
                throw try await unknown("The log has no event \(id)")
            }
            return LogMoment(position: event.position, time: event.time(now: now))
        case .time(let time):
            guard time <= now else { throw try await unknown("\(time.rfc3339) is in the future") }
            let position = try await lastPosition(at: time, now: now)
            guard position > 0 else { throw try await unknown("Nothing had been recorded by \(time.rfc3339)") }
            return LogMoment(position: position, time: time)
        case .occurred(let time):
            guard time <= now else { throw try await unknown("\(time.rfc3339) is in the future") }
            let head = try await head()
            guard try await hasOccurred(by: time, within: maximum) else {
                let what = head > Position(maximum) ? "None of the first \(maximum) events had" : "Nothing had"
                throw try await unknown("\(what) occurred by \(time.rfc3339)")
            }
            return LogMoment(position: head, time: time, occurredThrough: time)
        }
    }

    /// Something had happened by the time. There is no order of occurred times, so the log is read until something has,
    /// or until that are too many.
    private func hasOccurred(by time: Timestamp, within maximum: Int) async throws -> Bool {
        for try await event in events(pageSize: min(maximum, 1_024)) {
            if event.occurredAt <= time { return true }
            if event.position >= Position(maximum) { return false }
        }
        return false
    }

    /// The event at a position; nil where the log has none.
    public func event(at position: Position) async throws -> RecordedEvent? {
        guard position > 0 else { return nil }
        return try await read(EventQuery(from: position - 1, limit: 1)).events.first
    }

    private func unknown(_ reason: String) async throws -> EventLogError {
        guard let first = try await event(at: 1), let last = try await event(at: head()) else {
            return EventLogError(.unknownMoment, "The log is empty and has no moments; append something first.")
        }
        return EventLogError(
            .unknownMoment,
            "\(reason); the log has positions 1 to \(last.position), recorded from \(first.recordedAt.rfc3339) to "
                + "\(last.recordedAt.rfc3339).")
    }
}
