public import EventLog
public import MemoryLedger

/// Takes events back by events that compensate them. Nothing is deleted, and what others changed since is never
/// overwritten: then nothing is undone, unless the rest is asked for.
///
///     let undone = try await UndoEvents(EventsToUndo(correlationID: "request-7")).run(in: request)
///     print(undone.positions, undone.plan.conflicts)
public struct UndoEvents: LedgerOperation, Hashable {
    public var events: EventsToUndo
    /// Undoes what can be, if something cannot.
    public var isPartial: Bool
    /// Undoes events of more than one actor, or more than `UndoPlan.maximumEventsUnasked`, too.
    public var isBroad: Bool

    public init(_ events: EventsToUndo, isPartial: Bool = false, isBroad: Bool = false) {
        self.events = events
        self.isPartial = isPartial
        self.isBroad = isBroad
    }

    /// What was planned, and what was done of it.
    public struct Result: Sendable, DescribedResult {
        public var plan: UndoPlan
        /// Those of the compensating events; none if nothing was undone.
        public var positions: [Position]

        public init(_ plan: UndoPlan, positions: [Position] = []) {
            self.plan = plan
            self.positions = positions
        }

        package static let members: [DocumentMember] = UndoPlan.members + [.init("positions", .integers)]

        /// The plan's members, and `"positions"`.
        public func document() -> JSONValue {
            var document = plan.json.object ?? [:]
            document.append("positions", .array(positions.map { JSONValue($0) }))
            return .object(document)
        }
    }

    private static let partial = Parameter(
        "partial", .boolean, default: false, "Undo what can be, if something cannot.")
    private static let all = Parameter(
        broadArgument, .boolean, default: false,
        "Undo all that is selected, even if it is of more than one actor or more than \(UndoPlan.maximumEventsUnasked) "
            + "events.")

    /// The argument that a broad plan wants.
    package static let broadArgument = "all"

    /// What is said of a broad plan that was not to be carried out.
    package static func refusal(of plan: UndoPlan) -> String {
        let words = plan.breadth.map(\.description).joined(separator: "; and ")
        return "Nothing was undone, because it would undo \(words)."
    }

    public static let name = "event.undo"
    public static let summary = "Take events back by events that compensate them."
    public static let parameters: [any OperationParameter] = EventsToUndo.parameters + [partial, all]
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.namespace
    public static let errors = PlanUndo.errors + [.memory(.planOutdated)]

    public var namespaces: [String]? { events.namespace.map { [$0] } }

    public init(_ arguments: OperationArguments) throws {
        events = try EventsToUndo(arguments)
        isPartial = try arguments[Self.partial]
        isBroad = try arguments[Self.all]
    }

    public func run(in request: OperationRequest) async throws -> Result {
        let plan = try await events.plan(in: request)
        guard isWanted(plan) else { return Result(plan) }
        guard isBroad || plan.breadth.isEmpty else {
            throw OperationArgumentError(
                Self.all.name, before: "\(Self.refusal(of: plan)) Give `",
                after: "` to undo that too, or select less by `actor`, `since` or ids.")
        }
        return try await carryOut(plan, in: request)
    }

    /// False if the plan changes nothing, or must not be carried out because of its conflicts.
    package func isWanted(_ plan: UndoPlan) -> Bool {
        plan.compensations > 0 && (plan.conflicts.isEmpty || isPartial)
    }

    /// Carries out a plan that was shown before.
    package func carryOut(_ plan: UndoPlan, in request: OperationRequest) async throws -> Result {
        let report = try await request.ledger.undo(plan, isPartial: isPartial, by: request.attribution)
        return Result(plan, positions: report.positions)
    }
}
