public import EventLog

/// How far a rebuild is.
public struct RebuildStatus: Sendable {
    public var projections: [String]
    public var position: Position
    public var head: Position
    /// Events applied per second since the beginning.
    public var eventsPerSecond: Double
    /// What is left at that rate, in seconds; nil where nothing can be said yet.
    public var secondsRemaining: Double?

    /// - Parameter elapsed: since the beginning.
    init(projections: [String], position: Position, head: Position, elapsed: Duration) {
        self.projections = projections
        self.position = position
        self.head = head
        let seconds = elapsed / .seconds(1)
        eventsPerSecond = seconds > 0 ? Double(position) / seconds : 0
        secondsRemaining = eventsPerSecond > 0 ? Double(max(0, head - position)) / eventsPerSecond : nil
    }
}

/// Called after each batch of a rebuild.
public typealias RebuildProgress = @Sendable (RebuildStatus) -> Void
