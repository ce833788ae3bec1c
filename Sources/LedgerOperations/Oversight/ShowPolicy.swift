public import MemoryLedger

/// What the ledger demands of everybody.
///
///     let policy = try await ShowPolicy().run(in: request)
///     print(policy.requiresActor, policy.auditsReads)
public struct ShowPolicy: LedgerOperation, Hashable {
    public init() {}

    public static let name = "policy.show"
    public static let summary = "Show what the ledger demands of everybody."
    public static let parameters: [any OperationParameter] = []
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.ledger
    public static let errors: [OperationErrorCode] = []

    public var namespaces: [String]? { nil }

    public init(_ arguments: OperationArguments) {}

    public func run(in request: OperationRequest) async throws -> LedgerPolicy { try request.ledger.policy() }
}

extension LedgerPolicy: DescribedResult {
    package static let members: [DocumentMember] = [.init("require_actor", .boolean), .init("audit_reads", .boolean)]

    /// As `json` says.
    public func document() -> JSONValue { json }
}
