public import EventLog
import Synchronization

/// An event log in plain Swift arrays: for tests of what is written over `EventLog`, and the example of a backend.
///
///     let clock = FixedClock()
///     let log = InMemoryEventLog(clock: clock)
///     let placed = NewEvent(id: ids.next(at: clock.now()), type: "OrderPlaced", payload: [])
///     let result = try await log.append(to: "order/7", .mustNotExist, [placed])
///     let page = try await log.readStream("order/7")
///
/// It keeps what `EventLog` promises and shares no storage code with any other log. Its events live as long as it does.
/// It keeps them all, so it is bounded by what is appended only.
public final class InMemoryEventLog: EventLog {
    public let limits: EventLogLimits
    private let clock: any TimeSource
    private let signal = HeadSignal()
    private let contents: Mutex<InMemoryContents>

    /// An empty log.
    ///
    /// - Parameters:
    ///   - requireActor: Refuse events without an actor.
    ///   - clock: Says when an event is recorded.
    public init(limits: EventLogLimits = EventLogLimits(), requireActor: Bool = false, clock: any TimeSource) {
        self.limits = limits
        contents = Mutex(InMemoryContents(requireActor: requireActor))
        self.clock = clock
    }

    /// Ends it: a call that waits gets `closed`, and so does every later call. Idempotent.
    public func close() async {
        contents.withLock { $0.isClosed = true }
        signal.wakeAll()
    }

    // MARK: EventLog

    public func append(_ appends: [StreamAppend]) async throws -> AppendResult {
        try limits.check(appends)
        let now = clock.now()
        let (result, head) = try contents.withLock { contents in
            try contents.checkOpen()
            return (try contents.append(appends, at: now), contents.head)
        }
        if !result.isRepetition { signal.advance(to: head) }
        return result
    }

    public func head() async throws -> Position {
        try contentsNow { $0.head }
    }

    public func version(of stream: StreamName) async throws -> StreamVersion {
        try contentsNow { $0.version(of: stream) }
    }

    public func version(of stream: StreamName, at position: Position) async throws -> StreamVersion {
        try contentsNow { $0.version(of: stream, at: position) }
    }

    public func types() async throws -> [EventType] {
        try contentsNow { $0.types.sorted() }
    }

    public func read(_ query: EventQuery) async throws -> EventPage {
        try limits.check(pageLimit: query.limit)
        return try contentsNow { $0.page(query, limits) }
    }

    public func readStream(
        _ stream: StreamName, from: StreamVersion?, direction: ReadDirection, limit: Int
    ) async throws -> EventPage {
        try limits.check(pageLimit: limit)
        return try contentsNow { $0.page(of: stream, from: from, direction, limit: limit, limits) }
    }

    public func event(id: EventID) async throws -> RecordedEvent? {
        try contentsNow { $0.event(id: id) }
    }

    public func waitForEvent(after position: Position) async throws {
        while try await head() <= position {
            try Task.checkCancellation()
            await signal.wait(after: position, milliseconds: nil)
        }
    }

    public func makeFeed(after position: Position) throws -> any EventFeed {
        try contentsNow { _ in }
        return InMemoryEventFeed(self, after: position)
    }

    func contentsNow<T>(_ body: (borrowing InMemoryContents) throws -> T) throws -> T {
        try contents.withLock { contents in
            try contents.checkOpen()
            return try body(contents)
        }
    }

    /// Calls of `waitForEvent` that wait now; 0 when all subscribers have gone.
    public var waitingSubscribers: Int { signal.waitingCount }
}
