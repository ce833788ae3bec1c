package import EventLog
package import LedgerStorage
package import Projections

/// Builds `access_tokens` from the events of tokens.
///
/// Invariants:
/// 1. A token has one row, of the event that made it: another one with its id changes nothing.
/// 2. What was revoked once stays revoked.
package struct AccessTokenProjector: Projector {
    package let name = "access_tokens"
    package let version = 1
    package let eventTypes: Set<EventType>? = AccessTokenEvent.Name.all
    /// Whether a token holds is asked of the present alone.
    package let hasPast = false
    package var schema: ProjectionSchema { Self.schema }

    private static let schema = ProjectionSchema(
        script: String(decoding: PackageResources.access_tokens_sql, as: UTF8.self))

    package init() {}

    package func makeWriter(_ sqlite: SQLiteConnection, isBeingBuilt: Bool) -> any ProjectionWriter {
        AccessTokenWriter(sqlite)
    }
}

/// Writes each row at once: there are few.
private final class AccessTokenWriter: ProjectionWriter {
    private let sqlite: SQLiteConnection

    init(_ sqlite: SQLiteConnection) { self.sqlite = sqlite }

    func apply(_ event: RecordedEvent) throws {
        switch try AccessTokenEvent.decode(event) {
        case .created(let token): try insert(token, event)
        case .revoked(let id, let reason, _): try revoke(id, reason, event)
        case nil: break
        }
    }

    private func insert(_ token: AccessTokenCreation, _ event: RecordedEvent) throws {
        let insert = try sqlite.statement(
            """
            INSERT INTO access_tokens (id, actor, scope, namespaces, sha256, expires_at, created_position,
                created_at, created_by) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
            ON CONFLICT (id) DO NOTHING
            """)
        insert.bind(1, token.id)
        insert.bind(2, token.actor)
        insert.bind(3, token.scope.rawValue)
        insert.bind(4, token.namespaces.map { JSONValue.array($0.map { .string($0) }).description })
        insert.bind(5, blob: token.secretSHA256)
        insert.bind(6, token.expiresAt?.milliseconds)
        insert.bind(7, event.position)
        insert.bind(8, event.recordedAt.milliseconds)
        insert.bind(9, event.attribution.actor)
        try insert.run()
    }

    private func revoke(_ id: String, _ reason: String?, _ event: RecordedEvent) throws {
        let update = try sqlite.statement(
            """
            UPDATE access_tokens SET revoked_position = ?2, revoked_at = ?3, revoked_by = ?4, revoked_reason = ?5
            WHERE id = ?1 AND revoked_position IS NULL
            """)
        update.bind(1, id)
        update.bind(2, event.position)
        update.bind(3, event.recordedAt.milliseconds)
        update.bind(4, event.attribution.actor)
        update.bind(5, reason)
        try update.run()
    }

    func flush() {}
    func forget() {}
}
