public import EventLog
import LedgerCapabilities

/// Tokens by which others ask the service. Each is an event when it is made and when it is revoked; of its secret the
/// ledger keeps a hash alone.
extension MemoryLedger {
    /// Makes a token. Its secret is in the answer, and nowhere else.
    ///
    /// - Parameter randomness: draws id and secret; nil: that of the options.
    /// - Throws: `MemoryLedgerError.invalidArgument`, `MemoryLimitError` for a namespace, `EventLogError`.
    public func createAccessToken(
        _ request: AccessTokenRequest, by attribution: Attribution = Attribution(),
        randomness: (any RandomSource)? = nil
    ) async throws -> NewAccessToken {
        let randomness = randomness ?? options.file.randomness
        return try await AccessTokenChange(parts).create(request, randomness, by: attribution)
    }

    /// Ends a token for good, expired or not: from now on it is refused, in every process.
    ///
    /// - Parameters:
    ///   - id: The token's id, not the token.
    ///   - reason: At most `AccessToken.maximumReasonBytes` bytes.
    /// - Returns: the token with its revocation.
    /// - Throws: `MemoryLedgerError` with `unknownToken`, `tokenRevoked` or `invalidArgument`; `EventLogError`.
    @discardableResult
    public func revokeAccessToken(
        _ id: String, reason: String? = nil, by attribution: Attribution = Attribution()
    ) async throws -> AccessToken {
        try await AccessTokenChange(parts).revoke(id, reason, by: attribution)
    }

    /// A page of the tokens, in the order in which they were made.
    ///
    /// - Parameters:
    ///   - all: those too that have expired or were revoked.
    ///   - position: where the page before ended; 0: the first page.
    ///   - limit: 1 to `AccessToken.maximumListed`.
    /// - Throws: `MemoryLedgerError.invalidArgument`, `EventLogError`.
    public func accessTokens(
        all: Bool = false, after position: Position = 0, limit: Int = AccessToken.maximumListed
    ) async throws -> AccessTokenPage {
        try AccessTokenList(parts: parts).page(all: all, after: position, limit: limit)
    }

    /// The token that a text is, if it holds; nil otherwise, whatever the reason.
    ///
    /// It asks the present tables, with one indexed read, and writes nothing: what another process has revoked is
    /// refused at once. Tables that follow a log elsewhere are brought to its end first, so those must not be opened
    /// for reading only.
    ///
    /// - Throws: `EventLogError`. A service that cannot ask refuses the caller.
    public func accessToken(for text: String, now: Timestamp) async throws -> AccessToken? {
        guard case .valid(let token) = try await verifyAccessToken(text, now: now) else { return nil }
        return token
    }

    /// The same, and why a text is refused, for the service's own log. Nothing of the secret is in it.
    public func verifyAccessToken(_ text: String, now: Timestamp) async throws -> AccessTokenVerdict {
        try await AccessTokenCheck(parts: parts).verdict(on: text, now: now)
    }
}
