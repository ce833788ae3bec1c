import EventLog
import LedgerStorage
import Projections

/// Makes a token, or revokes one.
struct AccessTokenChange {
    private let parts: LedgerParts

    init(_ parts: LedgerParts) { self.parts = parts }

    // MARK: Making

    /// - Throws: as `MemoryLedger.createAccessToken`.
    func create(
        _ request: AccessTokenRequest, _ randomness: any RandomSource, by attribution: Attribution
    ) async throws -> NewAccessToken {
        let text = try AccessTokenText(randomness)
        let creation = AccessTokenCreation(
            id: text.id, actor: try actor(request.actor ?? "token-\(text.id)"), scope: request.scope,
            namespaces: try request.namespaces.map { try namespaces($0) }, secretSHA256: text.secretSHA256,
            expiresAt: try request.expiry?.time(now: parts.now))
        try await CommandRunner(parts).commit(to: AccessTokenEvent.stream, by: attribution) { sqlite in
            guard try AccessTokenRows.find(text.id, sqlite) == nil else {
                throw MemoryLedgerError(
                    .invalidArgument, "The source of randomness has answered the same bytes before; use another one.")
            }
            return [AccessTokenEvent.created(creation)]
        }
        return NewAccessToken(token: try token(text.id), text: text)
    }

    private func actor(_ name: String) throws -> String {
        try parts.log.limits.check(Attribution(actor: name))
        return name
    }

    /// Each once.
    private func namespaces(_ given: [String]) throws -> [String] {
        guard (1...AccessToken.maximumNamespaces).contains(given.count) else {
            throw MemoryLedgerError(
                .invalidArgument,
                "A token is for 1 to \(AccessToken.maximumNamespaces) namespaces (AccessToken.maximumNamespaces), not "
                    + "\(given.count); name some, or say that it is for all.")
        }
        var known: Set<ByteText> = []
        return try given.filter { namespace in
            try parts.options.limits.check(MemoryKey(namespace: namespace, key: "k"))
            return known.insert(ByteText(namespace)).inserted
        }
    }

    // MARK: Revoking

    /// - Throws: as `MemoryLedger.revokeAccessToken`.
    func revoke(_ id: String, _ reason: String?, by attribution: Attribution) async throws -> AccessToken {
        guard AccessTokenText.isID(id) else {
            throw MemoryLedgerError(
                .unknownToken,
                "That is no id of a token, which has sixteen hexadecimal digits; `token list` shows them.")
        }
        guard reason?.utf8.count ?? 0 <= AccessToken.maximumReasonBytes else {
            throw MemoryLedgerError(
                .invalidArgument,
                "The reason is longer than \(AccessToken.maximumReasonBytes) bytes (AccessToken.maximumReasonBytes); "
                    + "shorten it.")
        }
        try await CommandRunner(parts).commit(to: AccessTokenEvent.stream, by: attribution) { sqlite in
            guard let found = try AccessTokenRows.find(id, sqlite)?.token else { throw Self.unknown(id) }
            if let revocation = found.revocation {
                throw MemoryLedgerError(
                    .tokenRevoked, "The token \(id) was revoked already, at \(revocation.at); nothing is left to do.")
            }
            return [AccessTokenEvent.revoked(id: id, reason: reason, isCarriedOver: false)]
        }
        return try token(id)
    }

    private static func unknown(_ id: String) -> MemoryLedgerError {
        MemoryLedgerError(.unknownToken, "There is no token \(id); `token list` shows those that there are.")
    }

    /// As it is now.
    private func token(_ id: String) throws -> AccessToken {
        guard let found = try parts.tables.read({ try AccessTokenRows.find(id, $0) }) else { throw Self.unknown(id) }
        return found.token
    }
}
