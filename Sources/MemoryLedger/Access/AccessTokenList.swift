import EventLog
import LedgerStorage
import Projections

/// Pages of the tokens.
struct AccessTokenList {
    let parts: LedgerParts

    /// - Throws: as `MemoryLedger.accessTokens`.
    func page(all: Bool, after position: Position, limit: Int) throws -> AccessTokenPage {
        guard (1...AccessToken.maximumListed).contains(limit) else {
            throw MemoryLedgerError(
                .invalidArgument,
                "A page has 1 to \(AccessToken.maximumListed) tokens (AccessToken.maximumListed), not \(limit).")
        }
        let now = all ? nil : parts.now
        // One more tells whether there is a next page.
        let found = try parts.tables.read {
            try AccessTokenRows.list(after: position, limit: limit + 1, inForceAt: now, $0)
        }
        let tokens = Array(found.prefix(limit))
        return AccessTokenPage(tokens: tokens, next: found.count > limit ? tokens.last?.position : nil)
    }
}
