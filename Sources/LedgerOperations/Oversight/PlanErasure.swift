import EventLog
public import MemoryLedger

/// What an erasure would destroy. Nothing is written.
///
///     let plan = try await PlanErasure(.memory(MemoryKey(key: "tea"))).run(in: request)
///     print(plan.events, plan.left)
public struct PlanErasure: LedgerOperation, Hashable {
    public var selection: ErasureSelection
    /// What was derived from it too.
    public var includesDerived: Bool
    /// What can be erased, if some of it stands in the log unencrypted.
    public var isPartial: Bool

    public init(_ selection: ErasureSelection, includingDerived: Bool = false, isPartial: Bool = false) {
        self.selection = selection
        includesDerived = includingDerived
        self.isPartial = isPartial
    }

    public static let name = "erasure.plan"
    public static let summary = "Show what an erasure would destroy."
    public static let parameters = ErasureParameters.all
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.ledger
    public static let errors: [OperationErrorCode] = [
        .log(.unsupported), .memory(.notFound), .log(.erased), .log(.notEncrypted), .log(.unknownProjection),
    ]

    public var namespaces: [String]? { nil }

    public init(_ arguments: OperationArguments) throws {
        selection = try ErasureParameters.selection(arguments)
        includesDerived = try arguments[ErasureParameters.derived]
        isPartial = try arguments[ErasureParameters.partial]
    }

    public func run(in request: OperationRequest) async throws -> ErasurePlan {
        try await request.ledger.planErasure(selection, includingDerived: includesDerived, partially: isPartial)
    }
}

extension ErasurePlan: DescribedResult {
    package static let members: [DocumentMember] = [
        .init("selection", .string), .init("subjects", .objects), .init("keys", .integers), .init("events", .integer),
        .init("left", .objects),
    ]

    /// As `json` says.
    public func document() -> JSONValue { json }
}
