public import MemoryLedger

/// Deletes all snapshots. They come back as the ledger grows.
///
///     let dropped = try await DropSnapshots().run(in: request).dropped
public struct DropSnapshots: LedgerOperation, Hashable {
    public init() {}

    /// How many snapshots are gone.
    public struct Result: Hashable, Sendable, DescribedResult {
        package static let members: [DocumentMember] = [.init("dropped", .integer)]

        public var dropped: Int

        /// `{"dropped"}`.
        public func document() -> JSONValue { ["dropped": JSONValue(dropped)] }
    }

    public static let name = "snapshot.drop"
    public static let summary = "Delete all snapshots; they come back as the ledger grows."
    public static let parameters: [any OperationParameter] = []
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.ledger
    public static let errors: [OperationErrorCode] = []

    public var namespaces: [String]? { nil }

    public init(_ arguments: OperationArguments) {}

    public func run(in request: OperationRequest) async throws -> Result {
        Result(dropped: try await request.ledger.dropSnapshots())
    }
}
