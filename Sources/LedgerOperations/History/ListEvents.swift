public import EventLog
public import MemoryLedger

/// Shows events of the log, a page at a time, or each new one as it comes.
///
///     var list = ListEvents()
///     list.actor = "assistant"
///     let listed = try await list.run(in: request)
///     list.after = listed.page.next
public struct ListEvents: LedgerOperation, Hashable {
    /// Only this stream; if there is none of that name, or it ends with `*`, those whose names begin so.
    public var stream: String?
    /// Only events of memories in this namespace.
    public var namespace: String?
    /// Only events of these types.
    public var types: [EventType] = []
    /// Only events of this actor.
    public var actor: String?
    /// Only events of this request.
    public var correlationID: String?
    /// Recorded then or later; a date means its beginning.
    public var since: TimeReference?
    /// Recorded then or earlier; a date means its end.
    public var until: TimeReference?
    /// Only events after this position, or if the newest come first, before it.
    public var after: Position?
    /// 1 to `maximumLimit`.
    public var limit = ListEvents.defaultLimit
    public var moment = ReadMoment.now
    /// Only what was read: audited reads, counted reads and what was put into contexts.
    public var showsReads = false
    /// The newest first.
    public var isReversed = false

    public static let defaultLimit = 50
    public static let maximumLimit = EventLogLimits().pageEvents

    public init() {}

    public static let name = "event.list"
    public static let summary = "Show events of the log: who did what, and when."
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.namespace
    public static let errors: [OperationErrorCode] = [.log(.unknownMoment)]

    public var namespaces: [String]? { namespace.map { [$0] } }

    public func run(in request: OperationRequest) async throws -> ListedEvents {
        let (log, direction) = (request.ledger.log, isReversed ? ReadDirection.backwards : .forwards)
        let selection = try await selection(in: request)
        var page = try await selection.page(log, direction: direction, from: after, limit: limit)
        if request.grant.namespaces != nil, let next = page.next {
            // That there are further events of others is not told.
            let more = try await selection.page(log, direction: direction, from: next, limit: 1)
            if more.events.isEmpty { page.next = nil }
        }
        return ListedEvents(page: page, catalogue: request.ledger.events)
    }

    /// Hands over the last `limit` events, or those after `after`, then each new one as it comes, until the task is
    /// cancelled. The body holds up no writer.
    public func follow(in request: OperationRequest, _ body: (RecordedEvent) async throws -> Void) async throws {
        let log: any EventLog = request.ledger.log
        let selection = try await selection(in: request)
        var position = after ?? 0
        if after == nil {
            // The head first: nothing is shown twice, and nothing that comes meanwhile is left out.
            let head = try await log.head()
            let page = try await selection.page(log, direction: .backwards, from: nil, limit: limit)
            for event in page.events.reversed() { try await body(event) }
            position = max(head, page.events.first?.position ?? 0)
        }
        do {
            for try await event in log.subscribe(selection.subscription, after: position)
            where selection.matches(event) {
                try await body(event)
            }
        } catch is CancellationError {
            return
        }
    }

    private func selection(in request: OperationRequest) async throws -> EventSelection {
        let ledger = request.ledger
        var selection = try await selection(of: ledger)
        if let moment = try await request.moment(moment, of: namespaces) {
            selection.moment = try await ledger.asOf(moment).moment
        }
        if let lead = try await ledger.clockLead() {
            if since != nil || until != nil { try await request.noticeClockLead() }
            try await selection.goByOccurredTimes(ledger.log, now: lead.now)
        }
        return selection
    }

    private func selection(of ledger: MemoryLedger) async throws -> EventSelection {
        let log = ledger.log
        var wanted = types.isEmpty ? nil : Set(types)
        if showsReads {
            guard types.isEmpty else { throw OperationArgumentError("reads", after: " excludes `types`.") }
            wanted = ledger.events.types(of: .record).union(ledger.events.types(of: .countedRead))
        }
        let filter = EventFilter(
            types: wanted, actor: actor, correlationID: correlationID, recordedFrom: since?.first,
            recordedThrough: until?.last)
        // Somebody who names types or a stream gets what is named.
        let leavesOut = wanted == nil && stream?.isEmpty != false ? ledger.events.types(of: .record) : []
        var selection = EventSelection(filter: filter, leavesOut: leavesOut)
        if let namespace {
            guard stream == nil else { throw OperationArgumentError("stream", after: " excludes `namespace`.") }
            // Other modules have the namespace's subjects in streams of other names.
            if ledger.options.modules.isEmpty {
                selection.filter.streamPrefix = MemoryStream.name(MemoryKey(namespace: namespace, key: "")).rawValue
            } else {
                selection.filter.namespace = namespace
            }
        }
        guard let stream, !stream.isEmpty else { return selection }
        if try await log.version(of: StreamName(stream)) > 0 {
            selection.stream = StreamName(stream)
        } else {
            selection.filter.streamPrefix = stream.hasSuffix("*") ? String(stream.dropLast()) : stream
        }
        return selection
    }
}

extension ListEvents {
    private static let streamParameter = Parameter(
        "stream", optional: .string, "Only this stream (NAMESPACE/KEY), or streams that begin so.")
    private static let namespaceParameter = Parameter(
        "namespace", optional: .string, "Only events of memories in this namespace.")
    private static let typesParameter = Parameter(
        "types", ArgumentType.string.list("a list of event types"), default: [], "Only events of these types.")
    private static let actorParameter = Parameter("actor", optional: .string, "Only events of this actor.")
    private static let correlation = Parameter("correlation", optional: .string, "Only events of this request.")
    private static let sinceParameter = Parameter("since", optional: .time, "Recorded then or later.")
    private static let untilParameter = Parameter("until", optional: .time, "Recorded then or earlier.")
    private static let afterParameter = Parameter(
        "after", optional: .version, "Only events after this position; with `reverse`, before it.")
    private static let limitParameter = Parameter<Int>(
        "limit", .integer(1...maximumLimit), default: defaultLimit, "Events at the most.")
    private static let reads = Parameter("reads", .boolean, default: false, "Only what was read: by whom, and what.")
    private static let reverse = Parameter("reverse", .boolean, default: false, "The newest first.")

    public static let parameters: [any OperationParameter] =
        [
            streamParameter, namespaceParameter, typesParameter, actorParameter, correlation, sinceParameter,
            untilParameter, afterParameter, limitParameter, reads, reverse,
        ] + ReadMoment.parameters

    public init(_ arguments: OperationArguments) throws {
        stream = try arguments[Self.streamParameter]
        namespace = try arguments[Self.namespaceParameter]
        types = try arguments[Self.typesParameter].map { EventType($0) }
        actor = try arguments[Self.actorParameter]
        correlationID = try arguments[Self.correlation]
        since = try arguments[Self.sinceParameter]
        until = try arguments[Self.untilParameter]
        after = try arguments[Self.afterParameter]
        limit = try arguments[Self.limitParameter]
        moment = try ReadMoment(arguments)
        showsReads = try arguments[Self.reads]
        isReversed = try arguments[Self.reverse]
    }
}

/// A page of events, and what is known of their types.
public struct ListedEvents: DescribedResult {
    public var page: EventPage
    public var catalogue: EventCatalogue

    package static let members: [DocumentMember] = [.init("events", .objects)]

    /// `{"events", "next"}`; `next` is the next page's `after`, or null.
    public func document() throws -> JSONValue {
        [
            "events": .array(try page.events.map { try catalogue.json(of: $0) }),
            "next": page.next.map { JSONValue($0) } ?? .null,
        ]
    }
}
