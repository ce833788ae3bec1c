public import EventLog

/// An event that a projection does without.
public struct DeadLetter: Hashable, Sendable {
    /// What is to become of the event.
    public enum State: String, Hashable, Sendable {
        /// It was set aside when the projector refused it, and may be retried.
        case waiting
        /// Somebody said that the projection does without it, for good: rebuilds pass over it too.
        case skipped
    }

    public var projection: String
    public var position: Position
    public var state: State
    /// Why the projector refused it, cut to `DeadLetters.maximumReasonBytes`.
    public var reason: String
    /// How many times it was tried.
    public var attempts: Int
    public var firstFailedAt: Timestamp
    public var lastFailedAt: Timestamp
}

extension [DeadLetter] {
    /// The events, each once: those that one projection does without, others of its projector do without, too.
    public var positions: [Position] {
        var seen: Set<Position> = []
        return map(\.position).filter { seen.insert($0).inserted }
    }
}
