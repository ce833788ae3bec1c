import EventLog
import LedgerOperations
import Logging
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
    private let ledger: MemoryLedger
    private let logger: Logger

    init(_ ledger: MemoryLedger, _ logger: Logger) {
        self.ledger = ledger
        self.logger = logger
    }

    /// Nil if the token does not hold; the log says why, the caller is not told.
    func holder(_ text: String) async throws -> TokenHolder? {
        switch try await ledger.verifyAccessToken(text, now: ledger.options.clock.now()) {
        case .valid(let token): return TokenHolder(id: token.id, actor: token.actor, grant: AccessGrant(token))
        case .refused(let reason, let id):
            logger.notice(
                "A token was refused", metadata: ["reason": "\(reason.rawValue)", "token": "\(id ?? "unknown")"])
            return nil
        }
    }
}
