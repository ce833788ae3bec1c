import EventLog
public import MemoryLedger

/// What undoing events would do. Nothing is written.
///
///     let plan = try await PlanUndo(EventsToUndo(actor: "importer")).run(in: request)
///     for change in plan.changes { print(change.kind, change.memory) }
public struct PlanUndo: LedgerOperation, Hashable {
    public var events: EventsToUndo

    public init(_ events: EventsToUndo) { self.events = events }

    public static let name = "event.plan_undo"
    public static let summary = "Show what undoing events would change, and what stands against it."
    public static let parameters = EventsToUndo.parameters
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.namespace
    public static let errors: [OperationErrorCode] = [.memory(.cannotUndo), .log(.unknownMoment), .log(.erased)]

    public var namespaces: [String]? { events.namespace.map { [$0] } }

    public init(_ arguments: OperationArguments) throws { events = try EventsToUndo(arguments) }

    public func run(in request: OperationRequest) async throws -> UndoPlan { try await events.plan(in: request) }
}

extension UndoPlan: DescribedResult {
    package static let members: [DocumentMember] = [
        .init("position", .integer), .init("events", .integer), .init("reads_left_out", .integer),
        .init("erased", .integer), .init("without_effect", .integer), .init("already_undone", .objects),
        .init("actors", .objects), .init("is_broad", .boolean), .init("compensations", .integer),
        .init("changes", .objects), .init("conflicts", .objects),
    ]

    /// As `json` says.
    public func document() -> JSONValue { json }
}
