public import EventLog
import LedgerCapabilities
public import MemoryLedger

/// A page of the access tokens, in the order in which they were made. Neither a secret nor its hash is among it.
///
///     let listed = try await ListTokens().run(in: request)
///     for token in listed.tokens { print(token.id, token.actor, token.scope) }
public struct ListTokens: LedgerOperation, Hashable {
    /// Those too that have expired or were revoked.
    public var all: Bool
    /// 1 to `AccessToken.maximumListed`.
    public var limit: Int
    /// Where the page before ended; 0: the first page.
    public var after: Position

    public init(all: Bool = false, limit: Int = Self.standardLimit, after: Position = 0) {
        self.all = all
        self.limit = limit
        self.after = after
    }

    public static let standardLimit = 100

    private static let allParameter = Parameter(
        "all", .boolean, default: false, "Those too that have expired or were revoked.")
    private static let limitParameter = Parameter(
        "limit", .integer(1...AccessToken.maximumListed), default: standardLimit, "Tokens of a page.")
    private static let afterParameter = Parameter("after", .version, default: 0, "`next` of the page before.")

    public static let name = "token.list"
    public static let summary = "List the access tokens, without their secrets."
    public static let parameters: [any OperationParameter] = [allParameter, limitParameter, afterParameter]
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.ledger
    public static let errors: [OperationErrorCode] = []

    public var namespaces: [String]? { nil }

    public init(_ arguments: OperationArguments) throws {
        all = try arguments[Self.allParameter]
        limit = try arguments[Self.limitParameter]
        after = try arguments[Self.afterParameter]
    }

    /// A page of the list.
    public struct Result: Hashable, Sendable, DescribedResult {
        package static let members: [DocumentMember] = [.init("tokens", .objects)]

        public var tokens: [AccessToken]
        /// What the next page begins after; nil: there is none.
        public var next: Position?
        /// When it was asked, for the states.
        public var now: Timestamp

        /// `{"tokens": [{"id", "actor", "scope", "namespaces", "state", "expires_at", "created_at", "created_by",
        /// "position", "revoked_at", "revoked_by", "reason"}], "next"}`.
        public func document() -> JSONValue {
            [
                "tokens": .array(tokens.map { $0.json(at: now) }),
                "next": next.map { JSONValue($0) } ?? .null,
            ]
        }
    }

    public func run(in request: OperationRequest) async throws -> Result {
        let page = try await request.ledger.accessTokens(all: all, after: after, limit: limit)
        return Result(tokens: page.tokens, next: page.next, now: request.ledger.options.clock.now())
    }
}
