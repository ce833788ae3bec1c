/// What becomes of a text that a caller shows as a token.
public enum AccessTokenVerdict: Hashable, Sendable {
    case valid(AccessToken)
    /// For the service's own log. The caller is not told: it is refused, whatever the reason.
    ///
    /// - id: of a text that has a token's form; it is no secret.
    case refused(Refusal, id: String?)

    /// Why a token is refused.
    public enum Refusal: String, Hashable, Sendable, CaseIterable {
        /// The text has not the form of a token.
        case malformed
        /// The ledger has no token of the id.
        case unknown
        case wrongSecret = "wrong_secret"
        case expired, revoked
    }
}
