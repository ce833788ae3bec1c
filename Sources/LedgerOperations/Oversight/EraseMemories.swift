import EventLog
public import MemoryLedger

/// Makes memories unreadable for everybody and for ever, and removes what was made of them. It cannot be undone.
///
///     let receipt = try await EraseMemories(.user("ada"), reason: "asked for").run(in: request)
///     print(receipt.positions, receipt.purgeProblem ?? "purged")
public struct EraseMemories: LedgerOperation, Hashable {
    public var selection: ErasureSelection
    /// What was derived from it too.
    public var includesDerived: Bool
    /// What can be erased, if some of it stands in the log unencrypted.
    public var isPartial: Bool
    /// It stands in the log: 1 to `MemoryLedger.maximumReasonBytes` bytes.
    public var reason: String

    public init(
        _ selection: ErasureSelection, includingDerived: Bool = false, isPartial: Bool = false, reason: String
    ) {
        self.selection = selection
        includesDerived = includingDerived
        self.isPartial = isPartial
        self.reason = reason
    }

    private static let reasonParameter = Parameter("reason", .name, "Why; it stands in the log.")

    public static let name = "erasure.carry_out"
    public static let summary = "Make memories unreadable for everybody and for ever."
    public static let parameters: [any OperationParameter] = ErasureParameters.all + [reasonParameter]
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.ledger
    public static let errors = PlanErasure.errors

    public var namespaces: [String]? { nil }

    public init(_ arguments: OperationArguments) throws {
        selection = try ErasureParameters.selection(arguments)
        includesDerived = try arguments[ErasureParameters.derived]
        isPartial = try arguments[ErasureParameters.partial]
        reason = try arguments[Self.reasonParameter]
    }

    public func run(in request: OperationRequest) async throws -> ErasureReceipt {
        let report = request.report
        return try await request.ledger.erase(
            selection, includingDerived: includesDerived, partially: isPartial, reason: reason,
            by: request.attribution
        ) { report(OperationProgress($0)) }
    }
}

extension ErasureReceipt: DescribedResult {
    package static let members: [DocumentMember] = [
        .init("selection", .string), .init("reason", .string), .init("erased_at", .string), .init("subjects", .objects),
        .init("keys", .integers), .init("events", .integer), .init("positions", .integers), .init("left", .objects),
        .init("dictionaries", .string), .init("out_of_reach", .strings),
    ]

    /// As `json` says.
    public func document() -> JSONValue { json }
}
