import MemoryLedger

/// Takes the snapshots that are due, and one of the present.
///
///     let taken = try await TakeSnapshots().run(in: request).snapshots
public struct TakeSnapshots: LedgerOperation, Hashable {
    public init() {}

    public static let name = "snapshot.take"
    public static let summary = "Take the snapshots that are due, and one of the present."
    public static let parameters: [any OperationParameter] = []
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.ledger
    public static let errors: [OperationErrorCode] = []

    public var namespaces: [String]? { nil }

    public init(_ arguments: OperationArguments) {}

    public func run(in request: OperationRequest) async throws -> ListedSnapshots {
        let taken = try await request.ledger.takeDueSnapshots() + request.ledger.takeSnapshot()
        return ListedSnapshots(snapshots: taken.map { ($0, true) })
    }
}
