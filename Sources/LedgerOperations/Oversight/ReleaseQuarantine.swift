import EventLog
public import MemoryLedger

/// Ends a quarantine: what it held back is shown again, unless another one holds it.
///
///     let report = try await ReleaseQuarantine(.actor("mallory")).run(in: request)
public struct ReleaseQuarantine: LedgerOperation, Hashable {
    public var contributor: Contributor
    /// For the log, at most `Quarantine.maximumReasonBytes` bytes.
    public var reason: String?

    public init(_ contributor: Contributor, reason: String? = nil) {
        self.contributor = contributor
        self.reason = reason
    }

    public static let name = "quarantine.release"
    public static let summary = "End a quarantine: what it held back is shown again."
    public static let parameters: [any OperationParameter] = ContributorParameters.all + [ContributorParameters.reason]
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.ledger
    public static let errors: [OperationErrorCode] = [.memory(.notQuarantined)]

    public var namespaces: [String]? { nil }

    public init(_ arguments: OperationArguments) throws {
        contributor = try ContributorParameters.contributor(arguments)
        reason = try arguments[ContributorParameters.reason]
    }

    public func run(in request: OperationRequest) async throws -> QuarantineReport {
        try await request.ledger.release(contributor, reason: reason, by: request.attribution)
    }
}
