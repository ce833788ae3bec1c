/// One stream's part of an append: a condition, and the events to add, which may be none.
///
///     _ = try await log.append([
///         StreamAppend(stream, .atVersion(1), events: [paid]), StreamAppend("stock/3", events: [taken]),
///     ])
public struct StreamAppend: Sendable {
    public var stream: StreamName
    public var condition: StreamCondition
    public var events: [NewEvent]

    public init(_ stream: StreamName, _ condition: StreamCondition = .any, events: [NewEvent] = []) {
        self.stream = stream
        self.condition = condition
        self.events = events
    }
}

/// Where the events of an append stand.
public struct AppendResult: Hashable, Sendable {
    /// A position for each event, in the order of the call.
    public var positions: [Position]
    /// A version for each event, in the order of the call.
    public var versions: [StreamVersion]
    /// True when the log had these event ids already and wrote nothing.
    public var isRepetition: Bool

    public init(positions: [Position], versions: [StreamVersion], isRepetition: Bool) {
        self.positions = positions
        self.versions = versions
        self.isRepetition = isRepetition
    }

    public var lastPosition: Position? { positions.last }
}
