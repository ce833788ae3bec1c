import EventLog
import LedgerCapabilities
public import MemoryLedger

/// Ends an access token for good: it is refused from now on, in every process.
///
///     let revoked = try await RevokeToken(id, reason: "its laptop was stolen").run(in: request)
public struct RevokeToken: LedgerOperation, Hashable {
    /// The token's id, not the token.
    public var id: String
    /// For the log, at most `AccessToken.maximumReasonBytes` bytes.
    public var reason: String?

    public init(_ id: String, reason: String? = nil) {
        self.id = id
        self.reason = reason
    }

    private static let idParameter = Parameter("id", .string, "The token's id, as the list shows it; not the token.")
    private static let reasonParameter = Parameter("reason", optional: .string, "Why, for the log.")

    public static let name = "token.revoke"
    public static let summary = "End an access token for good."
    public static let parameters: [any OperationParameter] = [idParameter, reasonParameter]
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.ledger
    public static let errors: [OperationErrorCode] = [.memory(.unknownToken), .memory(.tokenRevoked)]

    public var namespaces: [String]? { nil }

    public init(_ arguments: OperationArguments) throws {
        id = try arguments[Self.idParameter]
        reason = try arguments[Self.reasonParameter]
    }

    /// The token with its revocation.
    public struct Result: Hashable, Sendable, DescribedResult {
        package static let members: [DocumentMember] = [
            .init("id", .string), .init("actor", .string), .init("scope", .string), .init("state", .string),
            .init("created_at", .string), .init("position", .integer),
        ]

        public var token: AccessToken
        var now: Timestamp

        /// As a member of the list of `token.list`.
        public func document() -> JSONValue { token.json(at: now) }
    }

    @discardableResult
    public func run(in request: OperationRequest) async throws -> Result {
        let token = try await request.ledger.revokeAccessToken(id, reason: reason, by: request.attribution)
        return Result(token: token, now: request.ledger.options.clock.now())
    }
}
