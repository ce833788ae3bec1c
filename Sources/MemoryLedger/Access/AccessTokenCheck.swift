import EventLog
import LedgerStorage
import Projections

/// Tells whether a token that a caller shows holds.
struct AccessTokenCheck {
    let parts: LedgerParts

    /// - Throws: as `MemoryLedger.verifyAccessToken`.
    func verdict(on text: String, now: Timestamp) async throws -> AccessTokenVerdict {
        guard let shown = AccessTokenText(text) else { return .refused(.malformed, id: nil) }
        // If the tables follow the log, what others have revoked is not in them yet.
        try await parts.store.bringUp()
        guard let (token, hash) = try parts.tables.read({ try AccessTokenRows.find(shown.id, $0) }) else {
            return .refused(.unknown, id: shown.id)
        }
        guard shown.hasSecret(ofSHA256: hash) else { return .refused(.wrongSecret, id: shown.id) }
        switch token.state(at: now) {
        case .inForce: return .valid(token)
        case .expired: return .refused(.expired, id: shown.id)
        case .revoked: return .refused(.revoked, id: shown.id)
        }
    }
}
