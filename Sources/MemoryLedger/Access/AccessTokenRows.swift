import EventLog
import LedgerStorage

/// Reads `access_tokens`.
enum AccessTokenRows {
    private static let columns = """
        id, actor, scope, namespaces, expires_at, created_position, created_at, created_by, revoked_position,
        revoked_at, revoked_by, revoked_reason, sha256
        """

    /// A token by its id, with the hash of its secret. None if there is no such table yet: a ledger that is only read
    /// may lack it as long as it has no tokens.
    static func find(_ id: String, _ sqlite: SQLiteConnection) throws -> (token: AccessToken, secretSHA256: [UInt8])? {
        let row: SQLiteStatement
        do {
            row = try sqlite.statement("SELECT \(columns) FROM access_tokens WHERE id = ?")
        } catch let error as SQLiteFailure {
            guard try sqlite.hasTable("access_tokens") else { return nil }
            throw error
        }
        row.bind(1, id)
        defer { row.reset() }
        return try row.step() ? (try token(row), Array(row.bytes(12))) : nil
    }

    /// Tokens in the order in which they were made.
    ///
    /// - Parameter now: leaves out what is not in force then; nil: nothing is left out.
    static func list(
        after position: Position, limit: Int, inForceAt now: Timestamp?, _ sqlite: SQLiteConnection
    ) throws -> [AccessToken] {
        guard try sqlite.hasTable("access_tokens") else { return [] }
        let rows = try sqlite.statement(
            """
            SELECT \(columns) FROM access_tokens
            WHERE created_position > ?1
                AND (?3 IS NULL OR revoked_position IS NULL AND (expires_at IS NULL OR expires_at > ?3))
            ORDER BY created_position LIMIT ?2
            """)
        rows.bind(1, position)
        rows.bind(2, limit)
        rows.bind(3, now?.milliseconds)
        defer { rows.reset() }
        var found: [AccessToken] = []
        while try rows.step() { found.append(try token(rows)) }
        return found
    }

    private static func token(_ row: SQLiteStatement) throws -> AccessToken {
        var token = AccessToken(
            id: row.text(0), actor: row.text(1), scope: .read, namespaces: nil,
            expiresAt: row.optionalInt64(4).map { Timestamp(milliseconds: $0) }, position: row.int64(5),
            createdAt: Timestamp(milliseconds: row.int64(6)), createdBy: row.optionalText(7), revocation: nil)
        guard let scope = AccessScope(rawValue: row.text(2)) else { throw damage(token.id) }
        token.scope = scope
        if let text = row.optionalText(3) { token.namespaces = try namespaces(text, token.id) }
        if let position = row.optionalInt64(8) {
            token.revocation = AccessToken.Revocation(
                position: position, at: Timestamp(milliseconds: row.int64(9)), by: row.optionalText(10),
                reason: row.optionalText(11))
        }
        return token
    }

    private static func namespaces(_ text: String, _ id: String) throws -> [String] {
        guard let list = try? JSONParser.parse(Array(text.utf8)).array else { throw damage(id) }
        return try list.map { value in
            guard let namespace = value.string else { throw damage(id) }
            return namespace
        }
    }

    /// A row that no event has made.
    private static func damage(_ id: String) -> EventLogError {
        EventLogError(
            .storage, "The row of the token \(id) is damaged; rebuild it with `memledger rebuild access_tokens`.")
    }
}
