extension EventLog {
    /// How far the log's time is ahead of the clock; nil where it is not.
    public func clockLead(now: Timestamp) async throws -> ClockLead? {
        guard let last = try await event(at: head()), last.recordedAt > now else { return nil }
        return ClockLead(logTime: last.recordedAt, now: now)
    }

    /// The last position that the log had at a time, as `ClockLead` says; 0 where it had none.
    package func lastPosition(at time: Timestamp, now: Timestamp) async throws -> Position {
        let recorded = try await lastRecorded(through: time)
        guard try await clockLead(now: now) != nil, try await lastRecorded(through: now) == recorded else {
            return recorded
        }
        var position = recorded
        for try await event in events(from: recorded) where event.occurredAt <= now {
            if event.occurredAt > time { break }
            position = event.position
        }
        return position
    }

    private func lastRecorded(through time: Timestamp) async throws -> Position {
        let query = EventQuery(EventFilter(recordedThrough: time), direction: .backwards, limit: 1)
        return try await read(query).events.first?.position ?? 0
    }
}
