import EventLog
import LedgerCapabilities
public import MemoryLedger

/// Makes a token by which others ask the service. Its secret is in the answer, once.
///
///     let month = AccessTokenRequest(.write, namespaces: ["research"], expiry: AccessTokenExpiry("30d"))
///     let made = try await CreateToken(month).run(in: request)
///     print(made.token.id, made.text.revealed)
public struct CreateToken: LedgerOperation, Hashable {
    public var token: AccessTokenRequest

    public init(_ token: AccessTokenRequest) { self.token = token }

    private static let actor = Parameter(
        "actor", optional: .name, "The actor of what is done with the token; without it, token- and its id.")
    private static let scopeParameter = Parameter(
        "scope", .accessScope, default: .read,
        "How much its holder may do: read, write (and read), or admin (and what concerns the ledger as a whole).")
    private static let namespacesParameter = Parameter(
        "namespaces",
        optional: ArgumentType<String>.name.list("a list of names", count: 1...AccessToken.maximumNamespaces),
        "The namespaces whose memories may be read or changed.")
    private static let allNamespaces = Parameter(
        "all_namespaces", .boolean, default: false, "All namespaces, those that come later too.")
    private static let expires = Parameter(
        "expires", optional: ArgumentType<String>.string.mapping(AccessTokenExpiry.words) { AccessTokenExpiry($0) },
        "From when on it does not hold: \(AccessTokenExpiry.words). Without it, it holds until it is revoked.")

    public static let name = "token.create"
    public static let summary = "Make an access token; its secret is answered once."
    public static let parameters: [any OperationParameter] = [
        actor, scopeParameter, namespacesParameter, allNamespaces, expires,
    ]
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.ledger
    public static let errors: [OperationErrorCode] = []

    public var namespaces: [String]? { nil }

    public init(_ arguments: OperationArguments) throws {
        let named = try arguments[Self.namespacesParameter]
        switch (named, try arguments[Self.allNamespaces]) {
        case (nil, false):
            throw OperationArgumentError(
                Self.namespacesParameter.name, after: " is missing; give some, or `all_namespaces`.")
        case (_?, true):
            throw OperationArgumentError(Self.namespacesParameter.name, after: " excludes `all_namespaces`.")
        case (_?, false), (nil, true): break
        }
        token = AccessTokenRequest(
            try arguments[Self.scopeParameter], namespaces: named, actor: try arguments[Self.actor],
            expiry: try arguments[Self.expires])
    }

    /// A token, and its secret.
    public struct Result: Hashable, Sendable, DescribedResult {
        package static let members: [DocumentMember] = [
            .init("token", .string), .init("id", .string), .init("actor", .string), .init("scope", .string),
            .init("state", .string), .init("created_at", .string), .init("position", .integer),
        ]

        public var token: AccessToken
        public var text: AccessTokenText
        /// For the state.
        var now: Timestamp

        /// `{"token": "mlt_…", …}`: the token with its secret, and what `token.list` says of it.
        public func document() -> JSONValue {
            let members = [JSONObject.Member(name: "token", value: .string(text.revealed))]
            return .object(JSONObject(members + (token.json(at: now).object?.members ?? [])))
        }
    }

    public func run(in request: OperationRequest) async throws -> Result {
        let made = try await request.ledger.createAccessToken(token, by: request.attribution)
        return Result(token: made.token, text: made.text, now: request.ledger.options.clock.now())
    }
}

extension ArgumentType where Value == AccessScope {
    /// How much a token lets its holder do.
    static var accessScope: Self {
        let names = AccessScope.allCases.map(\.rawValue)
        return ArgumentType<String>.string.mapping("one of \(names.joined(separator: ", "))", as: .choice(names)) {
            AccessScope(rawValue: $0)
        }
    }
}
