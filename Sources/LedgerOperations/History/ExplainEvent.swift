import EventLog
public import MemoryLedger
public import Projections

/// What an event says, and which rows it touched, before and after, projector by projector.
///
///     let explained = try await ExplainEvent(.position(1_000)).run(in: request)
///     for projection in explained.explanation.projections { print(projection.name, projection.tables.map(\.name)) }
public struct ExplainEvent: LedgerOperation, Hashable {
    /// A position or an id.
    public var event: MomentReference

    public init(_ event: MomentReference) { self.event = event }

    private static let eventParameter = Parameter("event", .moment, "The event's id or position.")

    public static let name = "event.explain"
    public static let summary = "Show what an event says, and which rows it touched."
    public static let parameters: [any OperationParameter] = [eventParameter]
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.ledger
    public static let errors: [OperationErrorCode] = [.log(.unknownMoment)]

    public var namespaces: [String]? { nil }

    public init(_ arguments: OperationArguments) throws { event = try arguments[Self.eventParameter] }

    public func run(in request: OperationRequest) async throws -> ExplainedEvent {
        if event.isTime { try await request.noticeClockLead() }
        let ledger = request.ledger
        let explanation = try await ledger.explain(event.moment(now: ledger.options.clock.now()))
        return ExplainedEvent(explanation: explanation, catalogue: ledger.events)
    }
}

/// What an event did, and what is known of its type.
public struct ExplainedEvent: DescribedResult {
    package static let members: [DocumentMember] = [.init("event", .object), .init("projections", .objects)]

    public var explanation: EventExplanation
    public var catalogue: EventCatalogue

    /// As `EventExplanation.json(of:)` says.
    public func document() throws -> JSONValue { try explanation.json(of: catalogue) }
}
