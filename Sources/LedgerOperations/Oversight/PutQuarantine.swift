import EventLog
public import MemoryLedger

/// Takes everything that came from an actor or a source out of the results, and what was derived from it.
///
///     let web = Contributor.source(.init(.tool, "web-search"))
///     let report = try await PutQuarantine(web, reason: "poisoned page").run(in: request)
public struct PutQuarantine: LedgerOperation, Hashable {
    public var contributor: Contributor
    /// For the log, at most `Quarantine.maximumReasonBytes` bytes.
    public var reason: String?

    public init(_ contributor: Contributor, reason: String? = nil) {
        self.contributor = contributor
        self.reason = reason
    }

    public static let name = "quarantine.put"
    public static let summary = "Take everything that came from an actor or a source out of the results."
    public static let parameters: [any OperationParameter] = ContributorParameters.all + [ContributorParameters.reason]
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.ledger
    public static let errors: [OperationErrorCode] = [.memory(.alreadyQuarantined)]

    public var namespaces: [String]? { nil }

    public init(_ arguments: OperationArguments) throws {
        contributor = try ContributorParameters.contributor(arguments)
        reason = try arguments[ContributorParameters.reason]
    }

    public func run(in request: OperationRequest) async throws -> QuarantineReport {
        try await request.ledger.quarantine(contributor, reason: reason, by: request.attribution)
    }
}
