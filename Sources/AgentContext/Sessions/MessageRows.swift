import EventLog
import LedgerStorage
import MemoryLedger

/// A message as it was said.
public struct RecalledMessage: Hashable, Sendable {
    public var id: String
    public var session: String
    public var number: Int64
    /// Its tokens are there.
    public var message: SessionMessage
    public var at: Int64
    /// Of the event.
    public var position: Int64
    /// It is still in the queue.
    public var isInContext: Bool
}

/// Reads messages from the tables.
enum MessageRows {
    /// What an eviction looks at, the oldest first.
    static func queue(_ session: String, _ tables: SQLiteConnection) throws -> [QueuedMessage] {
        let row = try tables.statement(
            """
            SELECT position, name, tokens, metadata, instr(metadata, '"tool_call') FROM main_context
            WHERE session_id = ? AND context_type = 'queue' AND position > 0 ORDER BY position
            """)
        row.bind(1, session)
        defer { row.reset() }
        var queue: [QueuedMessage] = []
        while try row.step() {
            // Most messages have no calls, and SQLite looks through a text quicker than it is read.
            let metadata = row.int(4) > 0 ? try JSONObject(parsing: row.text(3)) : [:]
            queue.append(
                try QueuedMessage(
                    number: row.int64(0), role: SessionMessage.Role(rawValue: row.text(1)) ?? .system,
                    tokens: row.int(2), metadata: metadata))
        }
        return queue
    }

    private static let columns =
        "m.id, m.session_id, m.number, m.role, m.content, m.metadata, m.created_at, m.position, "
        + "m.number > (SELECT evicted_through FROM sessions WHERE id = m.session_id)"

    /// The newest first, or the oldest.
    static func list(_ query: RecallQuery, _ tables: SQLiteConnection) throws -> [RecalledMessage] {
        var (conditions, values) = conditions(query)
        if let after = query.after {
            conditions.append(query.isOldestFirst ? "m.position > ?" : "m.position < ?")
            values.append(.integer(after))
        }
        let order = query.isOldestFirst ? "" : " DESC"
        // A session's messages are in the order of its numbers, which is that of the positions.
        let by = query.session == nil ? "m.position" : "m.number"
        let row = try tables.statement(
            """
            SELECT \(columns) FROM external_memory m WHERE \(conditions.joined(separator: " AND ")) \
            ORDER BY \(by)\(order) LIMIT ?
            """)
        values.append(.integer(Int64(query.limit)))
        row.bind(values)
        defer { row.reset() }
        var messages: [RecalledMessage] = []
        while try row.step() { messages.append(try message(row)) }
        return messages
    }

    /// How many there are on all pages.
    static func count(_ query: RecallQuery, _ tables: SQLiteConnection) throws -> Int64 {
        guard !query.roles.isEmpty || query.from != nil || query.to != nil else { return try said(query, tables) }
        let (conditions, values) = conditions(query)
        let row = try tables.statement(
            "SELECT count(*) FROM external_memory m WHERE \(conditions.joined(separator: " AND "))")
        row.bind(values)
        defer { row.reset() }
        return try row.step() ? row.int64(0) : 0
    }

    /// How many messages the session or the user has, whatever else is asked of them.
    static func said(_ query: RecallQuery, _ tables: SQLiteConnection) throws -> Int64 {
        if let session = query.session {
            return try tables.integer(of: "SELECT messages FROM sessions WHERE id = ?", session) ?? 0
        }
        let row = try tables.statement(
            """
            SELECT coalesce(sum(messages), 0) FROM sessions
            WHERE user_id = (SELECT id FROM users WHERE namespace = ? AND username = ?)
            """)
        row.bind(1, query.namespace)
        row.bind(2, query.user)
        defer { row.reset() }
        return try row.step() ? row.int64(0) : 0
    }

    /// Whether a message stands in the tables and is wanted.
    static func isWanted(_ position: Position, _ query: RecallQuery, _ tables: SQLiteConnection) throws -> Bool {
        let row = try tables.statement("SELECT created_at FROM external_memory WHERE position = ?")
        row.bind(1, position)
        defer { row.reset() }
        guard try row.step() else { return false }
        let at = row.int64(0)
        return (query.from.map { at >= $0.milliseconds } ?? true) && (query.to.map { at <= $0.milliseconds } ?? true)
    }

    static func find(position: Position, _ tables: SQLiteConnection) throws -> RecalledMessage? {
        try find("m.position = ?", [.integer(position)], tables)
    }

    static func find(number: Int64, of session: String, _ tables: SQLiteConnection) throws -> RecalledMessage? {
        try find(
            "m.session_id = ? AND m.memory_type = 'recall' AND m.number = ?", [.text(session), .integer(number)], tables
        )
    }

    private static func find(
        _ condition: String, _ values: [RowValue], _ tables: SQLiteConnection
    ) throws -> RecalledMessage? {
        let row = try tables.statement("SELECT \(columns) FROM external_memory m WHERE \(condition)")
        row.bind(values)
        defer { row.reset() }
        return try row.step() ? message(row) : nil
    }

    private static func conditions(_ query: RecallQuery) -> ([String], [RowValue]) {
        var conditions: [String] = []
        var values: [RowValue] = []
        if let session = query.session {
            conditions += ["m.session_id = ?", "m.memory_type = 'recall'"]
            values.append(.text(session))
        } else {
            conditions.append("m.user_id = (SELECT id FROM users WHERE namespace = ? AND username = ?)")
            values += [.text(query.namespace), .text(query.user ?? "")]
        }
        if !query.roles.isEmpty {
            conditions.append("m.role IN (\(query.roles.map { "'\($0.rawValue)'" }.joined(separator: ", ")))")
        }
        if let from = query.from {
            conditions.append("m.created_at >= ?")
            values.append(.integer(from.milliseconds))
        }
        if let to = query.to {
            conditions.append("m.created_at <= ?")
            values.append(.integer(to.milliseconds))
        }
        return (conditions, values)
    }

    private static func message(_ row: SQLiteStatement) throws -> RecalledMessage {
        var message = SessionMessage(SessionMessage.Role(rawValue: row.text(3)) ?? .system, row.text(4))
        try message.read(EventData(JSONObject(parsing: row.text(5))))
        return RecalledMessage(
            id: row.text(0), session: row.text(1), number: row.int64(2), message: message, at: row.int64(6),
            position: row.int64(7), isInContext: row.int(8) != 0)
    }
}

extension QueuedMessage {
    /// - Parameter metadata: of `main_context`; empty if there are no calls in it.
    init(number: Int64, role: SessionMessage.Role, tokens: Int, metadata: JSONObject) throws {
        self.init(number: number, role: role, tokens: tokens)
        guard !metadata.isEmpty else { return }
        var message = SessionMessage(role, "")
        try message.read(EventData(metadata))
        (calls, result) = (message.toolCalls.map { $0.object?["id"]?.string ?? "" }, message.toolCallID)
    }
}
