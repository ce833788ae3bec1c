import EventLog
import LedgerOperations
import MemoryLedger

/// Who a token belongs to.
struct TokenHolder: Hashable, Sendable {
    /// Of the token; not secret.
    var id: String
    /// Who acts.
    var actor: String
    var grant: AccessGrant
}

/// Asks the ledger who a token belongs to, for every request again: one that was revoked is refused at once.
struct TokenLookup: Sendable {
    enum Answer: Sendable {
        case holder(TokenHolder)
        /// For the log; the caller is told neither. The id is that of the token, if it says one.
        case refused(reason: String, id: String?)
    }

    private let ledger: MemoryLedger

    init(_ ledger: MemoryLedger) { self.ledger = ledger }

    func answer(_ text: String) async throws -> Answer {
        switch try await ledger.verifyAccessToken(text, now: ledger.options.clock.now()) {
        case .valid(let token): .holder(TokenHolder(id: token.id, actor: token.actor, grant: AccessGrant(token)))
        case .refused(let reason, let id): .refused(reason: reason.rawValue, id: id)
        }
    }
}
