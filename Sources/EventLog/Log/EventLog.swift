/// An append-only log of events, the truth that everything else is built from.
///
///     let placed = NewEvent(id: ids.next(at: clock.now()), type: "OrderPlaced", payload: [])
///     let result = try await log.append(to: "order/7", .mustNotExist, [placed])
///     let page = try await log.readStream("order/7")
///
/// Invariants that every implementation keeps, and the conformance suite checks by name:
/// 1. Positions start at 1, have no gaps and are never reused.
/// 2. An append writes all of its events or none, and only where every condition holds.
/// 3. When an append returns, its events are as durable as the implementation promises, and visible to any read.
/// 4. Appending the same event ids again writes nothing and answers the first append's positions.
/// 5. `recordedAt` never goes back from one position to the next.
/// 6. What was read once is read the same for ever.
public protocol EventLog: Sendable {
    var limits: EventLogLimits { get }

    /// Checks every condition, then writes all events or none. Positions follow the order of the call.
    ///
    /// - Throws: `EventLogError` with `conflict`, `busy`, `eventIDReused`, `limitExceeded`, `invalidArgument`,
    ///   `actorRequired`, `readOnly`, `closed` or `storage`. Nothing has been written then.
    func append(_ appends: [StreamAppend]) async throws -> AppendResult

    /// The last position; 0 where the log is empty.
    func head() async throws -> Position

    /// The version of a stream; 0 where it does not exist.
    func version(of stream: StreamName) async throws -> StreamVersion

    /// The version that a stream had right after a position; 0 where it did not exist then.
    func version(of stream: StreamName, at position: Position) async throws -> StreamVersion

    /// The types of all events, in the order of their names' bytes.
    func types() async throws -> [EventType]

    /// How many events there are of each wanted type and schema version, in their order.
    ///
    /// - Parameter skipped: positions that are not counted.
    func kinds(
        besides skipped: Set<Position>, where isWanted: @Sendable (EventType, Int) -> Bool
    ) async throws -> [EventKind]

    /// One page of the log.
    func read(_ query: EventQuery) async throws -> EventPage

    /// One page of a stream.
    ///
    /// - Parameters:
    ///   - from: The first version to answer, inclusive; nil begins at the end that the direction begins at.
    ///   - limit: 1 to `EventLogLimits.pageEvents`.
    func readStream(
        _ stream: StreamName, from: StreamVersion?, direction: ReadDirection, limit: Int
    ) async throws -> EventPage

    /// The event with that id, or nil.
    func event(id: EventID) async throws -> RecordedEvent?

    /// All events after a position, for who reads the whole log.
    ///
    /// - Throws: `EventLogError` with `closed` or `storage`.
    func makeFeed(after position: Position) throws -> any EventFeed

    /// Ends it once the appends under way are done: every later call gets `closed`. Idempotent.
    func close() async

    /// Returns when the log has an event after the position, of any process, or when the task is cancelled.
    func waitForEvent(after position: Position) async throws
}

extension EventLog {
    /// Appends to one stream, where the condition holds.
    public func append(
        to stream: StreamName, _ condition: StreamCondition, _ events: [NewEvent]
    ) async throws -> AppendResult {
        try await append([StreamAppend(stream, condition, events: events)])
    }

    /// Appends to one stream, whatever it holds.
    public func append(to stream: StreamName, _ events: [NewEvent]) async throws -> AppendResult {
        try await append([StreamAppend(stream, events: events)])
    }

    /// How many events there are of each wanted type and schema version, in their order.
    public func kinds(where isWanted: @Sendable (EventType, Int) -> Bool) async throws -> [EventKind] {
        try await kinds(besides: [], where: isWanted)
    }

    /// The first page of a stream, from the end that the direction begins at.
    public func readStream(
        _ stream: StreamName, direction: ReadDirection = .forwards, limit: Int = 256
    ) async throws -> EventPage {
        try await readStream(stream, from: nil, direction: direction, limit: limit)
    }

    /// All matching events from a position, page by page; ends at the log's end.
    public func events(
        _ filter: EventFilter = .all, direction: ReadDirection = .forwards, from: Position? = nil, pageSize: Int = 256
    ) -> EventSequence {
        EventSequence(log: self, query: EventQuery(filter, direction: direction, from: from, limit: pageSize))
    }

    /// All matching events after a position, then each new one as it comes, until the task is cancelled.
    ///
    /// The consumer pulls: nothing is read ahead beyond one page, so a slow consumer holds up no writer.
    public func subscribe(
        _ filter: EventFilter = .all, after position: Position = 0, pageSize: Int = 256
    ) -> EventSubscription {
        EventSubscription(log: self, query: EventQuery(filter, from: position, limit: pageSize))
    }
}
