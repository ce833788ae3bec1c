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
    /// Recorded then or later, an event that it names included; a date means its beginning.
    public var since: MomentReference?
    /// Recorded then or earlier, an event that it names included; a date means its end.
    public var until: MomentReference?
    /// Only events after this position, or if the newest come first, before it.
    public var after: Position?
    /// If there are more than `limit`, the last of them, in the order in which they came.
    public var isTail = false
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
        try checkOrder()
        let (log, direction) = (request.ledger.log, isReversed || isTail ? ReadDirection.backwards : .forwards)
        let selection = try await selection(in: request)
        try await noticeStream(selection, in: request)
        var page = try await selection.page(log, direction: direction, from: after, limit: limit)
        if request.grant.namespaces != nil, let next = page.next {
            // That there are further events of others is not told.
            let more = try await selection.page(log, direction: direction, from: next, limit: 1)
            if more.events.isEmpty { page.next = nil }
        }
        guard isTail else { return ListedEvents(page: page, catalogue: request.ledger.events) }
        let earlier = page.next
        page = EventPage(events: page.events.reversed(), next: nil, readThrough: page.readThrough)
        return ListedEvents(page: page, earlier: earlier, catalogue: request.ledger.events)
    }

    private func checkOrder() throws {
        guard isTail, isReversed || after != nil else { return }
        throw OperationArgumentError(Self.tail.name, after: " excludes `reverse` and `after`.")
    }

    /// Says what a stream's name means, if the events are not all that the one who asks may be looking for.
    private func noticeStream(_ selection: EventSelection, in request: OperationRequest) async throws {
        guard let name = stream, !name.isEmpty, !name.hasSuffix("*") else { return }
        let log: any EventLog = request.ledger.log
        guard let stream = selection.stream else {
            let any = try await log.read(EventQuery(EventFilter(streamPrefix: name), limit: 1))
            if any.events.isEmpty { request.notify(.noStream(name)) }
            return
        }
        let last = try await log.readStream(stream, from: nil, direction: .backwards, limit: 1).events.first
        let first = try await log.readStream(stream, from: nil, direction: .forwards, limit: 1).events.first
        guard last?.type == MemoryEvent.Name.renamed || first?.type == MemoryEvent.Name.nameTaken else { return }
        if let key = MemoryStream.memory(stream) { request.notify(.renamedMemory(key)) }
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
            if since?.isTime == true || until?.isTime == true { try await request.noticeClockLead() }
            try await selection.goByOccurredTimes(ledger.log, now: lead.now)
        }
        let moments = ScopedMoments(request, namespaces)
        let span = try await request.positions(from: since, through: until, moments)
        if span != 1..<Position.max { selection.span = selection.span.map { $0.clamped(to: span) } ?? span }
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
            types: wanted, actor: actor, correlationID: correlationID, recordedFrom: since?.time?.first,
            recordedThrough: until?.time?.last)
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
    private static let sinceParameter = Parameter(
        "since", optional: .moment, "Events from then on. " + MomentReference.wordsOfFirst)
    private static let untilParameter = Parameter(
        "until", optional: .moment, "Events up to then. " + MomentReference.wordsOfLast)
    private static let afterParameter = Parameter(
        "after", optional: .version, "Only events after this position; with `reverse`, before it.")
    private static let limitParameter = Parameter<Int>(
        "limit", .integer(1...maximumLimit), default: defaultLimit, "Events at the most.")
    private static let reads = Parameter("reads", .boolean, default: false, "Only what was read: by whom, and what.")
    private static let reverse = Parameter("reverse", .boolean, default: false, "The newest first.")
    private static let tail = Parameter(
        "tail", .boolean, default: false, "The last ones of more than `limit`, in the order in which they came.")

    public static let parameters: [any OperationParameter] =
        [
            streamParameter, namespaceParameter, typesParameter, actorParameter, correlation, sinceParameter,
            untilParameter, afterParameter, limitParameter, reads, reverse, tail,
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
        isTail = try arguments[Self.tail]
    }
}

/// A page of events, and what is known of their types.
public struct ListedEvents: DescribedResult {
    public var page: EventPage
    /// There are earlier ones, before this position, if the last ones were asked for.
    public var earlier: Position?
    public var catalogue: EventCatalogue

    package static let members: [DocumentMember] = [.init("events", .objects)]

    /// `{"events", "next", "earlier"}`; `next` is the next page's `after`, or null; so is `earlier`, with `reverse`.
    public func document() throws -> JSONValue {
        [
            "events": .array(try page.events.map { try catalogue.json(of: $0) }),
            "next": page.next.map { JSONValue($0) } ?? .null, "earlier": earlier.map { JSONValue($0) } ?? .null,
        ]
    }
}
