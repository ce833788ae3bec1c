public import EventLog
import MemoryLedger

/// Which events to undo: these, or those that fulfil everything that is set.
///
///     let imported = EventsToUndo(actor: "importer", since: MomentReference("2026-01-23"))
public struct EventsToUndo: Hashable, Sendable {
    /// If there are any, nothing else selects.
    public var ids: [EventID]
    public var actor: String?
    public var correlationID: String?
    /// What came from then on, an event that it names included; a date means its beginning.
    public var since: MomentReference?
    /// What had come by then, an event that it names included; a date means its end.
    public var until: MomentReference?
    /// Only events of memories in this namespace. Ids of other ones are refused.
    public var namespace: String?

    public init(
        _ ids: [EventID] = [], actor: String? = nil, correlationID: String? = nil, since: MomentReference? = nil,
        until: MomentReference? = nil, namespace: String? = nil
    ) {
        self.ids = ids
        self.actor = actor
        self.correlationID = correlationID
        self.since = since
        self.until = until
        self.namespace = namespace
    }

    private static let maximumIDs = UndoPlan.maximumEvents
    private static let ids = Parameter(
        "events", ArgumentType<EventID>.id.list("a list of event ids", count: 0...maximumIDs), default: [],
        "The events' ids; otherwise they are selected by the arguments that follow.")
    private static let actor = Parameter("actor", optional: .string, "Events of this actor.")
    private static let correlation = Parameter("correlation", optional: .string, "Events of this request.")
    private static let since = Parameter(
        "since", optional: .moment, "Events from then on. " + MomentReference.wordsOfFirst)
    private static let until = Parameter(
        "until", optional: .moment, "Events up to then. " + MomentReference.wordsOfLast)
    private static let namespace = Parameter(
        "namespace", optional: .string, "Only events of memories in this namespace.")

    static let parameters: [any OperationParameter] = [ids, actor, correlation, since, until, namespace]

    init(_ arguments: OperationArguments) throws {
        self.init(
            try arguments[Self.ids], actor: try arguments[Self.actor], correlationID: try arguments[Self.correlation],
            since: try arguments[Self.since], until: try arguments[Self.until],
            namespace: try arguments[Self.namespace])
    }

    /// - Throws: `OperationArgumentError` for a contradiction, and if nothing is selected: a namespace or an end alone
    ///   would select everything from the beginning, by mistake more often than not.
    private func check() throws {
        let selects = actor != nil || correlationID != nil || since != nil
        if ids.isEmpty, !selects {
            throw OperationArgumentError(
                Self.ids.name, before: "Nothing is selected; give `", after: "`, `actor`, `correlation` or `since`.")
        }
        if !ids.isEmpty, selects || until != nil {
            throw OperationArgumentError(
                Self.ids.name, after: " excludes `actor`, `correlation`, `since` and `until`.")
        }
    }

    /// What undoing them would do.
    func plan(in request: OperationRequest) async throws -> UndoPlan {
        try check()
        let ledger = request.ledger
        if since?.isTime == true || until?.isTime == true { try await request.noticeClockLead() }
        let moments = ScopedMoments(request, namespace.map { [$0] })
        var plan: UndoPlan
        if ids.isEmpty {
            plan = try await ledger.planUndo(.matching(filter(in: request, moments)))
        } else {
            if let namespace { try await checkThatIDsAre(in: namespace, ledger.log) }
            plan = try await ledger.planUndo(.events(ids))
        }
        plan.shownPosition = try await moments?.last(through: plan.position)
        return plan
    }

    private func filter(in request: OperationRequest, _ moments: ScopedMoments?) async throws -> UndoFilter {
        var filter = UndoFilter(
            actor: actor, correlationID: correlationID, namespace: namespace,
            until: until?.moment(now: request.ledger.options.clock.now()))
        if let since { filter.since = try await request.boundary(before: since, moments) }
        guard let moments else { return filter }
        if let since = filter.since { filter.since = try await moments.boundary(since) }
        if let until = filter.until { filter.until = try await moments.boundary(until) }
        return filter
    }

    /// Of one that is not there, the same is said as of one that is elsewhere.
    private func checkThatIDsAre(in namespace: String, _ log: any EventLog) async throws {
        for id in ids {
            let stream = try await log.event(id: id)?.stream
            guard stream.flatMap({ StreamFamily.namespace(of: $0) })?.hasSameBytes(as: namespace) == true else {
                throw OperationArgumentError(
                    Self.ids.name, after: " names \(id), which is no event of a memory in namespace \(namespace).")
            }
        }
    }
}

extension ArgumentType where Value == EventID {
    fileprivate static var id: Self { ArgumentType<String>.string.mapping("an event's id") { EventID($0) } }
}
