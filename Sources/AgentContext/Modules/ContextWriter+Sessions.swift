import EventLog
import LedgerStorage
import MemoryLedger

extension ContextWriter {
    func apply(_ body: SessionEvent, _ session: MemoryKey, _ event: RecordedEvent) throws {
        if case .opened(let opening) = body { return try open(session, opening, event) }
        if case .appended(let message) = body { return try append(message, session, event) }
        guard try has(session) else { return }
        switch body {
        case .opened, .appended: break
        case .touched(let time, let seconds):
            try run(
                "UPDATE sessions SET expires_at = ?2, lifetime_seconds = ?3, updated_at = ?4 WHERE id = ?1",
                .text(session.key), time.map { .time($0) }, .integer(seconds), .time(event.occurredAt))
        case .configured(let settings):
            try run(
                """
                UPDATE sessions SET budget = ?2, warn_percent = ?3, flush_percent = ?4, eviction_percent = ?5,
                    updated_at = ?6 WHERE id = ?1
                """, .text(session.key), .integer(settings.budget), .integer(settings.warnPercent),
                .integer(settings.flushPercent), .integer(settings.evictionPercent), .time(event.occurredAt))
        case .closed(let reason):
            try run(
                """
                UPDATE sessions SET closed_at = ?2, close_reason = ?3, updated_at = ?2
                WHERE id = ?1 AND closed_at IS NULL
                """, .text(session.key), .time(event.occurredAt), reason.map { .text($0) })
        case .reopened:
            try run(
                "UPDATE sessions SET closed_at = NULL, close_reason = NULL, updated_at = ?2 WHERE id = ?1",
                .text(session.key), .time(event.occurredAt))
            try fill(session)
        case .evicted(let eviction): try evict(eviction, session, event)
        }
    }

    private func open(_ session: MemoryKey, _ opening: SessionOpening, _ event: RecordedEvent) throws {
        let settings = opening.settings
        try run(
            """
            INSERT INTO sessions (id, user_id, role_name, created_at, updated_at, namespace, username, agent, position,
                budget, warn_percent, flush_percent, eviction_percent, expires_at, closed_at, messages, user_messages,
                assistant_messages, tool_messages, system_messages, evicted_through, evictions, summary_tokens,
                queue_tokens, lifetime_seconds)
            VALUES (?1, (SELECT id FROM users WHERE namespace = ?4 AND username = ?5), ?2, ?3, ?3, ?4, ?5, ?6, ?7, ?8,
                ?9, ?10, ?11, ?12, NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0, ?13)
            ON CONFLICT (id) DO NOTHING
            """, .text(session.key), .text(opening.role), .time(event.occurredAt), .text(session.namespace),
            .text(opening.user), opening.agent.map { .text($0) }, .integer(event.position), .integer(settings.budget),
            .integer(settings.warnPercent), .integer(settings.flushPercent), .integer(settings.evictionPercent),
            opening.expiresAt.map { .time($0) }, .integer(opening.lifetimeSeconds))
        // An import may bring a session of the same id from another namespace.
        guard try has(session) else { return }
        if !opening.user.isEmpty { try note(opening.user, event) }
        try run(
            """
            INSERT OR IGNORE INTO main_context (session_id, context_type, content, position, created_at, name, tokens)
            VALUES (?1, 'system', '', 0, ?2, ?3, 0)
            """, .text(session.key), .time(event.occurredAt), .text(opening.role))
        try fill(session)
    }

    /// The session is there, and is of this namespace.
    func has(_ session: MemoryKey) throws -> Bool {
        var isThere = false
        try read(
            "SELECT 1 FROM sessions WHERE id = ?1 AND namespace = ?2", .text(session.key), .text(session.namespace)
        ) { _ in isThere = true }
        return isThere
    }

    /// Gives a session the instructions of its role and the blocks that it and its agent hold.
    private func fill(_ session: MemoryKey) throws {
        try run(
            """
            UPDATE main_context SET (content, tokens) = (
                SELECT coalesce(max(system_prompt), ''), coalesce(max(tokens), 0) FROM roles JOIN sessions
                    ON roles.namespace = sessions.namespace AND roles.name = sessions.role_name
                WHERE sessions.id = ?1)
            WHERE session_id = ?1 AND context_type = 'system' AND position = 0
            """, .text(session.key))
        try run(
            "DELETE FROM main_context WHERE session_id = ?1 AND context_type = 'working'", .text(session.key))
        var blocks: [String] = []
        try read(
            """
            SELECT h.block FROM sessions s JOIN block_holders h ON h.namespace = s.namespace
                AND (h.kind = 'session' AND h.holder = s.id OR h.kind = 'agent' AND h.holder = s.agent)
            WHERE s.id = ?1
            """, .text(session.key)
        ) { blocks.append($0.text(0)) }
        for block in blocks { try show(MemoryKey(namespace: session.namespace, key: block), in: session.key) }
    }

    private func append(_ message: SessionMessage, _ session: MemoryKey, _ event: RecordedEvent) throws {
        guard var row = try row(of: session) else { return }
        row.messages += 1
        let (id, number): (Value, Value) = (.text(session.key), .integer(row.messages))
        let (role, content): (Value, Value) = (.text(message.role.rawValue), .text(message.content))
        let (tokens, time): (Value, Value) = (.integer(message.tokens ?? 0), .time(event.occurredAt))
        let metadata: Value = .json(message.metadata)
        try run(
            """
            UPDATE sessions SET messages = ?2, \(message.role.rawValue)_messages = \(message.role.rawValue)_messages + 1,
                queue_tokens = queue_tokens + ?3, updated_at = ?4 WHERE id = ?1
            """, id, number, tokens, time)
        try run(
            """
            INSERT INTO main_context (session_id, context_type, content, position, created_at, name, tokens, metadata)
            VALUES (?1, 'queue', ?2, ?3, ?4, ?5, ?6, ?7)
            """, id, content, number, time, role, tokens, metadata)
        try run(
            """
            INSERT INTO external_memory (position, id, session_id, memory_type, content, metadata, created_at, namespace,
                number, role, user_id, tokens)
            VALUES (?1, ?2, ?3, 'recall', ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
            """, .integer(event.position), .text(event.id.description), id, content, metadata, time,
            .text(session.namespace), number, role, row.user.map { .integer($0) }, tokens)
        known[session] = row
    }

    /// What a message's rows need of its session; nil: it is not there, or of another namespace.
    private func row(of session: MemoryKey) throws -> KnownSessions.Row? {
        if let row = known[session] { return row }
        return try sqlite.first(
            "SELECT messages, user_id FROM sessions WHERE id = ?1 AND namespace = ?2",
            [.text(session.key), .text(session.namespace)]
        ) { KnownSessions.Row(messages: $0.int64(0), user: $0.optionalInt64(1)) }
    }

    private func evict(_ eviction: Eviction, _ session: MemoryKey, _ event: RecordedEvent) throws {
        let (id, summary) = (session.key, eviction.summary)
        try run(
            """
            UPDATE sessions SET evicted_through = min(max(?2, evicted_through), messages), evictions = evictions + 1, summary_tokens = ?3, updated_at = ?4,
                queue_tokens = queue_tokens - (SELECT coalesce(sum(tokens), 0) FROM main_context
                    WHERE session_id = ?1 AND context_type = 'queue' AND position > 0 AND position <= ?2)
            WHERE id = ?1
            """, .text(id), .integer(eviction.last), .integer(summary.tokens), .time(event.occurredAt))
        try run(
            "DELETE FROM main_context WHERE session_id = ?1 AND context_type = 'queue' AND position <= ?2", .text(id),
            .integer(eviction.last))
        try run(
            """
            INSERT OR REPLACE INTO main_context (session_id, context_type, content, position, created_at, name, tokens)
            SELECT id, 'queue', ?2, 0, ?3, 'summary', ?4 FROM sessions WHERE id = ?1
            """, .text(id), .text(summary.text), .time(event.occurredAt), .integer(summary.tokens))
        try run(
            """
            INSERT INTO session_summaries (session_id, number, content, tokens, first_message, last_message,
                evicted_tokens, position, created_at, messages, metadata)
            SELECT id, evictions, ?2, ?3, ?4, ?5, ?6, ?7, ?8, messages, ?9 FROM sessions WHERE id = ?1
            """, .text(id), .text(summary.text), .integer(summary.tokens), .integer(eviction.first),
            .integer(eviction.last), .integer(eviction.tokens), .integer(event.position), .time(event.occurredAt),
            .json(eviction.metadata))
    }
}

extension SQLiteConnection {
    /// The first value of a row that is found by a text.
    func integer(of sql: String, _ text: String) throws -> Int64? {
        let find = try statement(sql)
        find.bind(1, text)
        defer { find.reset() }
        return try find.step() ? find.int64(0) : nil
    }
}
