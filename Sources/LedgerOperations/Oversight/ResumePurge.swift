public import EmbeddedLedger
import EventLog
public import MemoryLedger

/// Finishes what is left of an erasure that was interrupted.
///
///     if let purged = try await ResumePurge().run(in: request).report { print(purged.bytesAfter) }
public struct ResumePurge: LedgerOperation, Hashable {
    public init() {}

    /// What was removed; nothing if nothing was due.
    public struct Result: Hashable, Sendable, OperationResult {
        /// Nil: nothing was due.
        public var report: PurgeReport?

        /// `{"purged"}`, null if nothing was due.
        public func document() -> JSONValue { ["purged": report?.json ?? .null] }
    }

    public static let name = "erasure.resume"
    public static let summary = "Finish what is left of an erasure that was interrupted."
    public static let parameters: [any OperationParameter] = []
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.ledger
    public static let errors: [OperationErrorCode] = [.log(.unknownProjection)]

    public var namespaces: [String]? { nil }

    public init(_ arguments: OperationArguments) {}

    public func run(in request: OperationRequest) async throws -> Result {
        let report = request.report
        return Result(report: try await request.ledger.resumePurge { report(OperationProgress($0)) })
    }
}
