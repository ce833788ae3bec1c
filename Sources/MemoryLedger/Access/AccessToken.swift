public import EventLog

/// Lets its holder ask the service: for how much, in which namespaces, and as which actor.
///
///     for token in try await ledger.accessTokens().tokens { print(token.id, token.actor, token.scope) }
///
/// It says nothing of its secret, which is shown once, when the token is made (`NewAccessToken`).
public struct AccessToken: Hashable, Sendable {
    /// Sixteen hexadecimal digits, no secret.
    public var id: String
    /// The actor of what is done with it.
    public var actor: String
    public var scope: AccessScope
    /// Whose memories may be read or changed, compared byte by byte; nil: all, those that come later too. What concerns
    /// the ledger as a whole goes by the scope alone.
    public var namespaces: [String]?
    /// From when on it does not hold; nil: it holds until it is revoked.
    public var expiresAt: Timestamp?
    /// The event that made it.
    public var position: Position
    public var createdAt: Timestamp
    /// Who made it.
    public var createdBy: String?
    /// Nil: it was not revoked.
    public var revocation: Revocation?

    /// When and why a token was revoked.
    public struct Revocation: Hashable, Sendable {
        public var position: Position
        public var at: Timestamp
        public var by: String?
        public var reason: String?
    }

    /// Whether a token holds.
    public enum State: String, Hashable, Sendable, CaseIterable {
        case inForce = "in_force"
        case expired, revoked
    }

    public func state(at now: Timestamp) -> State {
        if revocation != nil { return .revoked }
        return expiresAt.map { $0 <= now } == true ? .expired : .inForce
    }

    /// Of a token.
    public static let maximumNamespaces = 1_000
    /// Of a reason, in bytes of UTF-8.
    public static let maximumReasonBytes = 4_096
    /// How far ahead a token may expire. One that is to hold longer has no expiry.
    public static let maximumLifetimeDays = 3_650
    /// Of a page of a list.
    public static let maximumListed = 1_000

    /// `{"id", "actor", "scope", "namespaces" (null: all), "state", "expires_at", "created_at", "created_by",
    /// "position", "revoked_at", "revoked_by", "reason"}`; times are RFC 3339, what there is none of is null.
    ///
    /// - Parameter now: for the state.
    public func json(at now: Timestamp) -> JSONValue {
        [
            "id": .string(id), "actor": .string(actor), "scope": .string(scope.rawValue),
            "namespaces": namespaces.map { .array($0.map { .string($0) }) } ?? .null,
            "state": .string(state(at: now).rawValue), "expires_at": JSONValue(optional: expiresAt?.rfc3339),
            "created_at": .string(createdAt.rfc3339), "created_by": JSONValue(optional: createdBy),
            "position": JSONValue(position), "revoked_at": JSONValue(optional: revocation?.at.rfc3339),
            "revoked_by": JSONValue(optional: revocation?.by), "reason": JSONValue(optional: revocation?.reason),
        ]
    }
}

/// A part of the list of tokens, in the order in which they were made.
public struct AccessTokenPage: Hashable, Sendable {
    public var tokens: [AccessToken]
    /// The next page begins after this position; nil: there is none.
    public var next: Position?
}

/// A token that has just been made, with its secret.
public struct NewAccessToken: Hashable, Sendable {
    public var token: AccessToken
    /// What its holder shows to the service. The ledger has only a hash of it: it cannot be shown again.
    public var text: AccessTokenText
}
