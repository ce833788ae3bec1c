import EventLog
public import MemoryLedger

/// Takes everything that came from an actor or a source out of the results, and what was derived from it.
///
///     let web = Origin.source(.init(.tool, "web-search"))
///     let report = try await PutQuarantine(web, reason: "poisoned page").run(in: request)
public struct PutQuarantine: LedgerOperation, Hashable {
    public var origin: Origin
    /// For the log, at most `Quarantine.maximumReasonBytes` bytes.
    public var reason: String?

    public init(_ origin: Origin, reason: String? = nil) {
        self.origin = origin
        self.reason = reason
    }

    public static let name = "quarantine.put"
    public static let summary = "Take everything that came from an actor or a source out of the results."
    public static let parameters: [any OperationParameter] = OriginParameters.all + [OriginParameters.reason]
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.ledger
    public static let errors: [OperationErrorCode] = [.memory(.alreadyQuarantined)]

    public var namespaces: [String]? { nil }

    public init(_ arguments: OperationArguments) throws {
        origin = try OriginParameters.origin(arguments)
        reason = try arguments[OriginParameters.reason]
    }

    public func run(in request: OperationRequest) async throws -> QuarantineReport {
        try await request.ledger.quarantine(origin, reason: reason, by: request.attribution)
    }
}
