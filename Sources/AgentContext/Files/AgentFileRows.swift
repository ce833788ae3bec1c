import EventLog
import LedgerStorage
import MemoryLedger

/// Reads what an agent's file has from the tables, row by row.
enum AgentFileRows {
    /// Those of an agent, the oldest first.
    static func sessions(_ agent: String, _ namespace: String, _ tables: SQLiteConnection) throws -> [SessionState] {
        var filter = SessionFilter(namespace: namespace)
        filter.agent = agent
        var sessions: [SessionState] = []
        var after: Position? = 0
        while let last = after {
            let page = try SessionRows.list(
                filter, after: last, limit: ContextLimits.pageEntries, now: Timestamp(milliseconds: 0), tables)
            sessions += page.map(\.state)
            after = page.count < ContextLimits.pageEntries ? nil : page.last?.position
        }
        return sessions
    }

    static func messages(
        of session: SessionState, _ tables: SQLiteConnection, _ body: (FiledMessage) throws -> Void
    ) throws {
        let row = try tables.statement(
            """
            SELECT number, role, content, metadata, created_at FROM external_memory
            WHERE session_id = ? AND memory_type = 'recall' ORDER BY number
            """)
        row.bind(1, session.id)
        defer { row.reset() }
        while try row.step() {
            var message = SessionMessage(SessionMessage.Role(rawValue: row.text(1)) ?? .system, row.text(2))
            try message.read(EventData(JSONObject(parsing: row.text(3))))
            try body(
                FiledMessage(
                    number: row.int64(0), message, at: Timestamp(milliseconds: row.int64(4)),
                    isInContext: row.int64(0) > session.evictedThrough))
        }
    }

    static func evictions(
        of session: String, _ tables: SQLiteConnection, _ body: (FiledEviction) throws -> Void
    ) throws {
        let row = try tables.statement(
            """
            SELECT content, tokens, first_message, last_message, evicted_tokens, messages, metadata, created_at
            FROM session_summaries WHERE session_id = ? ORDER BY number
            """)
        row.bind(1, session)
        defer { row.reset() }
        while try row.step() {
            let metadata = EventData(try JSONObject(parsing: row.text(6)))
            let (first, last) = (row.int64(2), row.int64(3))
            let eviction = Eviction(
                messages: min(first, last)...last, count: 0, tokens: row.int(4),
                summary: CountedText(row.text(0), tokens: row.int(1), isEstimated: metadata.flag("estimated")),
                tokensBefore: try metadata.tokens("tokens_before"), tokensAfter: try metadata.tokens("tokens_after"),
                settings: try SessionSettings(metadata.data("settings")))
            try body(FiledEviction(eviction, after: row.int64(5), at: Timestamp(milliseconds: row.int64(7))))
        }
    }

    /// The blocks in a context, by the position since which each is there.
    static func blocks(
        of holder: BlockHolder, _ namespace: String, _ tables: SQLiteConnection
    ) throws -> [(position: Position, block: String)] {
        let row = try tables.statement(
            "SELECT position, block FROM block_holders WHERE namespace = ? AND kind = ? AND holder = ?")
        row.bind(1, namespace)
        row.bind(2, holder.kind.rawValue)
        row.bind(3, holder.name)
        defer { row.reset() }
        var blocks: [(Position, String)] = []
        while try row.step() { blocks.append((row.int64(0), row.text(1))) }
        return blocks
    }

    /// The oldest first.
    static func versions(
        of block: BlockState, _ tables: SQLiteConnection, _ body: (FiledVersion) throws -> Void
    ) throws {
        let row = try tables.statement(
            """
            SELECT number, kind, content, parent, value, tokens, is_estimated, actor, created_at FROM block_versions
            WHERE namespace = ? AND block = ? ORDER BY number
            """)
        row.bind(1, block.namespace)
        row.bind(2, block.id)
        defer { row.reset() }
        while try row.step() {
            let text = row.optionalText(4).map {
                CountedText($0, tokens: row.int(5), isEstimated: row.int(6) != 0)
            }
            try body(
                FiledVersion(
                    number: row.int64(0), kind: kind(row.text(1), number: row.int64(0), isSaid: text != nil),
                    text.map { .said($0, parent: row.int64(3)) } ?? .repeated(row.int64(2)),
                    actor: row.optionalText(7), at: Timestamp(milliseconds: row.int64(8))))
        }
    }

    /// As a file says it: the first version is what made the block, whatever was its place, and what an erasure left
    /// says what stood before.
    private static func kind(_ kind: String, number: Int64, isSaid: Bool) -> String {
        if number == 1 { return FiledVersion.creation }
        guard kind == ContextWriter.erasedKind else { return kind }
        return isSaid ? BlockEdit.Kind.set.rawValue : BlockReversion.Kind.restore.rawValue
    }

    /// The archives that something was put into in a session.
    static func archives(of session: String, _ tables: SQLiteConnection) throws -> [String] {
        let row = try tables.statement(
            "SELECT archive FROM external_memory WHERE session_id = ? AND memory_type = 'archival'")
        row.bind(1, session)
        defer { row.reset() }
        var archives: [String] = []
        while try row.step() { archives.append(row.text(0)) }
        return archives
    }
}
