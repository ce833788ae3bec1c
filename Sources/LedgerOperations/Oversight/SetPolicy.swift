public import EventLog
public import MemoryLedger

/// Sets what the ledger demands of everybody, in every process, from the next append on. It needs an actor.
///
///     try await SetPolicy(LedgerPolicyChange(requiresActor: true)).run(in: request)
public struct SetPolicy: LedgerOperation, Hashable {
    public var change: LedgerPolicyChange

    public init(_ change: LedgerPolicyChange) { self.change = change }

    private static let requireActor = Parameter(
        "require_actor", optional: .boolean, "Whether every event needs an actor.")
    private static let auditReads = Parameter("audit_reads", optional: .boolean, "Whether reads are events.")

    public static let name = "policy.set"
    public static let summary = "Set what the ledger demands of everybody; what is not given stays."
    public static let parameters: [any OperationParameter] = [requireActor, auditReads]
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.ledger
    public static let errors: [OperationErrorCode] = []

    public var namespaces: [String]? { nil }

    public init(_ arguments: OperationArguments) throws {
        change = LedgerPolicyChange(
            requiresActor: try arguments[Self.requireActor], auditsReads: try arguments[Self.auditReads])
    }

    @discardableResult
    public func run(in request: OperationRequest) async throws -> LedgerPolicy {
        try await request.ledger.setPolicy(change, by: request.attribution)
    }
}
