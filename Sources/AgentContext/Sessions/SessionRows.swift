import EventLog
import LedgerStorage
public import MemoryLedger

/// Reads sessions from the tables.
enum SessionRows {
    private static let columns = """
        s.id, s.namespace, s.username, s.role_name, s.agent, s.budget, s.warn_percent, s.flush_percent, \
        s.eviction_percent, s.created_at, s.updated_at, s.expires_at, s.closed_at, s.messages, s.evicted_through, \
        s.evictions, s.summary_tokens, s.queue_tokens, s.position, \
        (SELECT coalesce(sum(tokens), 0) FROM main_context WHERE session_id = s.id AND context_type = 'system'), \
        (SELECT coalesce(sum(tokens), 0) FROM main_context WHERE session_id = s.id AND context_type = 'working'), \
        s.lifetime_seconds, s.close_reason
        """

    static func find(_ session: MemoryKey, _ tables: SQLiteConnection) throws -> SessionState? {
        let row = try tables.statement("SELECT \(columns) FROM sessions s WHERE s.id = ? AND s.namespace = ?")
        row.bind(1, session.key)
        row.bind(2, session.namespace)
        defer { row.reset() }
        return try row.step() ? state(row) : nil
    }

    /// - Throws: `AgentContextError.noSession`.
    static func get(_ session: MemoryKey, _ tables: SQLiteConnection) throws -> SessionState {
        guard let state = try find(session, tables) else {
            throw AgentContextError.noSession(session.key, session.namespace)
        }
        return state
    }

    /// One that something can be done in.
    ///
    /// - Throws: `AgentContextError` with `noSession` or `sessionEnded`.
    static func open(_ session: MemoryKey, at now: Timestamp, _ tables: SQLiteConnection) throws -> SessionState {
        try open(try get(session, tables), at: now)
    }

    /// - Throws: `AgentContextError.sessionEnded`.
    static func open(_ state: SessionState, at now: Timestamp) throws -> SessionState {
        guard !state.isOpen(at: now) else { return state }
        let (how, when) =
            state.closedAt.map { ("was closed", $0) } ?? ("expired", state.expiresAt ?? state.updatedAt)
        throw AgentContextError(
            .sessionEnded, "The session \(state.id) \(how) at \(when.rfc3339); open another one.",
            ["at": JSONValue(when.milliseconds)])
    }

    /// The oldest first.
    ///
    /// - Parameter after: the position of the event that opened the last one of the page before.
    static func list(
        _ filter: SessionFilter, after: Position, limit: Int, now: Timestamp, _ tables: SQLiteConnection
    ) throws -> [(state: SessionState, position: Position)] {
        var conditions = ["s.namespace = ?1", "s.position > ?2"]
        if filter.user != nil {
            // By the index of users, and not of the namespace, which may have many.
            conditions.append("s.user_id = (SELECT id FROM users WHERE namespace = ?1 AND username = ?3)")
            conditions[0] = "+s.namespace = ?1"
        }
        if filter.role != nil { conditions.append("s.role_name = ?4") }
        if filter.agent != nil { conditions.append("s.agent = ?5") }
        if filter.onlyOpen { conditions.append("s.closed_at IS NULL AND (s.expires_at IS NULL OR s.expires_at > ?6)") }
        let row = try tables.statement(
            """
            SELECT \(columns) FROM sessions s WHERE \(conditions.joined(separator: " AND ")) ORDER BY s.position LIMIT ?7
            """)
        row.bind(1, filter.namespace)
        row.bind(2, after)
        if filter.user != nil { row.bind(3, filter.user) }
        if filter.role != nil { row.bind(4, filter.role) }
        if filter.agent != nil { row.bind(5, filter.agent) }
        if filter.onlyOpen { row.bind(6, now.milliseconds) }
        row.bind(7, limit)
        defer { row.reset() }
        var sessions: [(SessionState, Position)] = []
        while try row.step() { sessions.append((state(row), row.int64(18))) }
        return sessions
    }

    private static func state(_ row: SQLiteStatement) -> SessionState {
        var settings = SessionSettings()
        settings.budget = row.int(5)
        settings.warnPercent = row.int(6)
        settings.flushPercent = row.int(7)
        settings.evictionPercent = row.int(8)
        var tokens = ContextTokens()
        tokens.system = row.int(19)
        tokens.working = row.int(20)
        tokens.summary = row.int(16)
        tokens.queue = row.int(17)
        var state = SessionState(
            id: row.text(0), namespace: row.text(1), user: row.text(2), role: row.text(3), agent: row.optionalText(4),
            settings: settings, openedAt: Timestamp(milliseconds: row.int64(9)),
            updatedAt: Timestamp(milliseconds: row.int64(10)), expiresAt: time(row, 11), closedAt: time(row, 12),
            messages: row.int64(13), evictedThrough: row.int64(14), evictions: row.int(15), tokens: tokens)
        state.lifetimeSeconds = row.int64(21)
        state.closeReason = row.optionalText(22)
        return state
    }

    private static func time(_ row: SQLiteStatement, _ column: Int32) -> Timestamp? {
        row.optionalInt64(column).map { Timestamp(milliseconds: $0) }
    }
}

/// Which sessions are listed.
public struct SessionFilter: Hashable, Sendable {
    public var namespace: String
    public var user: String?
    public var role: String?
    public var agent: String?
    /// Neither closed nor expired.
    public var onlyOpen = false

    public init(namespace: String = MemoryKey.defaultNamespace) { self.namespace = namespace }
}
