import EventLog
public import MemoryLedger

/// The quarantines in force, in the order in which they were put.
///
///     for quarantine in try await ListQuarantines().run(in: request).quarantines { print(quarantine.contributor) }
public struct ListQuarantines: LedgerOperation, Hashable {
    public init() {}

    /// The quarantines in force.
    public struct Result: Hashable, Sendable, DescribedResult {
        package static let members: [DocumentMember] = [.init("quarantines", .objects)]

        public var quarantines: [Quarantine]

        /// `{"quarantines": [{"origin", "position", "since", "actor", "reason", "memories"}]}`.
        public func document() -> JSONValue { ["quarantines": .array(quarantines.map(\.json))] }
    }

    public static let name = "quarantine.list"
    public static let summary = "List the quarantines in force."
    public static let parameters: [any OperationParameter] = []
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.ledger
    public static let errors: [OperationErrorCode] = []

    public var namespaces: [String]? { nil }

    public init(_ arguments: OperationArguments) {}

    public func run(in request: OperationRequest) async throws -> Result {
        Result(quarantines: try await request.ledger.quarantines())
    }
}
