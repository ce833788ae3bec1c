/// Which events to answer; every field that is set must match.
///
///     for try await event in log.events(EventFilter(actor: "ada")) {
///         print(event.position, event.stream, event.recordedAt.rfc3339)
///     }
public struct EventFilter: Hashable, Sendable {
    /// Any of these types. Nil: all types.
    public var types: Set<EventType>?
    /// Streams whose name begins with this text.
    public var streamPrefix: String?
    /// Streams of this namespace: `<namespace>/…`, and those of modules, `$<module>:<namespace>/…`.
    public var namespace: String?
    public var actor: String?
    public var correlationID: String?
    /// Recorded at this moment or later.
    public var recordedFrom: Timestamp?
    /// Recorded at this moment or earlier.
    public var recordedThrough: Timestamp?

    public init(
        types: Set<EventType>? = nil, streamPrefix: String? = nil, namespace: String? = nil, actor: String? = nil,
        correlationID: String? = nil, recordedFrom: Timestamp? = nil, recordedThrough: Timestamp? = nil
    ) {
        self.types = types
        self.streamPrefix = streamPrefix
        self.namespace = namespace
        self.actor = actor
        self.correlationID = correlationID
        self.recordedFrom = recordedFrom
        self.recordedThrough = recordedThrough
    }

    /// Everything.
    public static let all = EventFilter()

    /// True where the event fulfils every field.
    public func matches(_ event: RecordedEvent) -> Bool {
        if let types, !types.contains(event.type) { return false }
        if let streamPrefix, !event.stream.rawValue.utf8.starts(with: streamPrefix.utf8) { return false }
        if let namespace, !event.stream.isOf(namespace: namespace) { return false }
        if let actor, event.attribution.actor?.hasSameBytes(as: actor) != true { return false }
        if let correlationID, event.attribution.correlationID?.hasSameBytes(as: correlationID) != true { return false }
        if let recordedFrom, event.recordedAt < recordedFrom { return false }
        if let recordedThrough, event.recordedAt > recordedThrough { return false }
        return true
    }
}

/// The order in which events are answered.
public enum ReadDirection: Hashable, Sendable {
    case forwards
    case backwards
}

/// One page of the log.
///
///     var query = EventQuery(EventFilter(types: ["OrderPlaced", "OrderPaid"]), limit: 1)
///     repeat {
///         let page = try await log.read(query)
///         for event in page.events { print(event.position, event.type) }
///         query.from = page.next
///     } while query.from != nil
public struct EventQuery: Hashable, Sendable {
    public var filter: EventFilter
    public var direction: ReadDirection
    /// Where to begin, exclusive: forwards the events after it, backwards those before it. Nil: from the end that the
    /// direction begins at.
    public var from: Position?
    /// At most this many events, 1 to `EventLogLimits.pageEvents`.
    public var limit: Int

    public init(
        _ filter: EventFilter = .all, direction: ReadDirection = .forwards, from: Position? = nil, limit: Int = 256
    ) {
        self.filter = filter
        self.direction = direction
        self.from = from
        self.limit = limit
    }
}

/// Events in the order that was asked for, and where to go on.
public struct EventPage: Hashable, Sendable {
    public var events: [RecordedEvent]
    /// What to pass as the next query's `from` (or, of a stream, as the next `from` version); nil at the end.
    public var next: Int64?
    /// Every matching event up to this position (backwards: down to it) has been answered.
    public var readThrough: Position

    public init(events: [RecordedEvent], next: Int64?, readThrough: Position) {
        self.events = events
        self.next = next
        self.readThrough = readThrough
    }
}
