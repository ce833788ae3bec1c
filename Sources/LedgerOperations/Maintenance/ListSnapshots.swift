import MemoryLedger

/// The snapshots that let moments of the past open sooner.
///
///     let listed = try await ListSnapshots().run(in: request).snapshots
public struct ListSnapshots: LedgerOperation, Hashable {
    public init() {}

    public static let name = "snapshot.list"
    public static let summary = "List the snapshots that let moments of the past open sooner."
    public static let parameters: [any OperationParameter] = []
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.ledger
    public static let errors: [OperationErrorCode] = []

    public var namespaces: [String]? { nil }

    public init(_ arguments: OperationArguments) {}

    public func run(in request: OperationRequest) async throws -> ListedSnapshots {
        let ledger = request.ledger
        return ListedSnapshots(snapshots: try ledger.snapshots().map { ($0, try ledger.isUsable($0)) })
    }
}
