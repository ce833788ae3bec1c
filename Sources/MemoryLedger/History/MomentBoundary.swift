import EventLog

extension EventLog {
    /// Finds a moment that something is compared with or counted from: one before the first event is the empty store,
    /// position 0.
    ///
    /// - Throws: as `resolve`.
    func resolveBoundary(_ moment: Moment, now: Timestamp) async throws -> LogMoment {
        guard let first = try await event(at: 1) else { return try await resolve(moment, now: now) }
        switch moment {
        case .position(0): return LogMoment(position: 0, time: min(first.recordedAt, now))
        case .time(let time) where time <= now:
            return LogMoment(position: try await lastPosition(at: time, now: now), time: time)
        default: return try await resolve(moment, now: now)
        }
    }
}
