import EmbeddedLedger
import EventLog
public import LedgerCapabilities
public import MemoryLedger
import SQLiteEventLog

/// The checkpoints that the ledger keeps, the newest first.
///
///     let newest = try await ListCheckpoints(limit: 1).run(in: request).checkpoints.first
public struct ListCheckpoints: LedgerOperation, Hashable {
    /// 1 to `SQLiteEventLog.maximumCheckpoints`.
    public var limit: Int

    public init(limit: Int = 100) { self.limit = limit }

    /// Checkpoints, the newest first.
    public struct Result: Hashable, Sendable, DescribedResult {
        package static let members: [DocumentMember] = [.init("checkpoints", .objects)]

        public var checkpoints: [StoredCheckpoint]

        /// `{"checkpoints": [{"number", "origin", "size", "root", "made_at", "signers", "note"}]}`.
        public func document() -> JSONValue {
            ["checkpoints": .array(checkpoints.map { .object(JSONObject($0.members)) })]
        }
    }

    private static let limitParameter = Parameter<Int>(
        "limit", .integer(1...SQLiteEventLog.maximumCheckpoints), default: 100, "Checkpoints at the most.")

    public static let name = "checkpoint.list"
    public static let summary = "List the checkpoints that the ledger keeps, the newest first."
    public static let parameters: [any OperationParameter] = [limitParameter]
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.ledger
    public static let errors: [OperationErrorCode] = [.log(.unsupported)]

    public var namespaces: [String]? { nil }

    public init(_ arguments: OperationArguments) throws { limit = try arguments[Self.limitParameter] }

    public func run(in request: OperationRequest) async throws -> Result {
        Result(checkpoints: try request.ledger.log.inFile.checkpoints(limit: limit))
    }
}
