import EventLog
public import MemoryLedger

/// Ends a quarantine: what it held back is shown again, unless another one holds it.
///
///     let report = try await ReleaseQuarantine(.actor("mallory")).run(in: request)
public struct ReleaseQuarantine: LedgerOperation, Hashable {
    public var origin: Origin
    /// For the log, at most `Quarantine.maximumReasonBytes` bytes.
    public var reason: String?

    public init(_ origin: Origin, reason: String? = nil) {
        self.origin = origin
        self.reason = reason
    }

    public static let name = "quarantine.release"
    public static let summary = "End a quarantine: what it held back is shown again."
    public static let parameters: [any OperationParameter] = OriginParameters.all + [OriginParameters.reason]
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.ledger
    public static let errors: [OperationErrorCode] = [.memory(.notQuarantined)]

    public var namespaces: [String]? { nil }

    public init(_ arguments: OperationArguments) throws {
        origin = try OriginParameters.origin(arguments)
        reason = try arguments[OriginParameters.reason]
    }

    public func run(in request: OperationRequest) async throws -> QuarantineReport {
        try await request.ledger.release(origin, reason: reason, by: request.attribution)
    }
}
