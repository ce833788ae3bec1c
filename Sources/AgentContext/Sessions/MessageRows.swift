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

    /// A page, the newest first, or the oldest; and how many there are on all pages.
    ///
    /// What was said in a span is found by when, in an index: so only the messages of the span are looked at, however
    /// many came before and after.
    static func page(
        _ query: RecallQuery, _ tables: SQLiteConnection
    ) throws -> (messages: [RecalledMessage], total: Int64) {
        guard query.from != nil || query.to != nil else {
            return (try list(query, tables), try said(query, of: query.roles, tables))
        }
        let span = try span(query, tables)
        guard let bounds = span.bounds else { return ([], 0) }
        return (try list(query, within: bounds, tables), span.messages)
    }

    /// - Parameter bounds: the places of the first and the last that is wanted.
    static func list(
        _ query: RecallQuery, within bounds: ClosedRange<Int64>? = nil, _ tables: SQLiteConnection
    ) throws -> [RecalledMessage] {
        // A session's messages are in the order of its numbers, which is that of the positions.
        let place = query.session == nil ? "m.position" : "m.number"
        // The order of the places is wanted, and not that of the times.
        var (conditions, values) = conditions(query, time: "+m.created_at")
        if query.session != nil { conditions.append("m.memory_type = 'recall'") }
        if let bounds {
            conditions.append("\(place) >= ? AND \(place) <= ?")
            values += [.integer(bounds.lowerBound), .integer(bounds.upperBound)]
        }
        if let after = query.after {
            let number = try query.session.flatMap { try self.number(at: after, of: $0, tables) }
            let column = number == nil ? "m.position" : "m.number"
            conditions.append("\(column) \(query.isOldestFirst ? ">" : "<") ?")
            values.append(.integer(number ?? after))
        }
        let row = try tables.statement(
            """
            SELECT \(columns) FROM external_memory m WHERE \(conditions.joined(separator: " AND ")) \
            ORDER BY \(place)\(query.isOldestFirst ? "" : " DESC") LIMIT ?
            """)
        values.append(.integer(Int64(query.limit)))
        row.bind(values)
        defer { row.reset() }
        var messages: [RecalledMessage] = []
        while try row.step() { messages.append(try message(row)) }
        return messages
    }

    /// How many messages a span has, and the places of its first and its last.
    private static func span(
        _ query: RecallQuery, _ tables: SQLiteConnection
    ) throws -> (messages: Int64, bounds: ClosedRange<Int64>?) {
        let place = query.session == nil ? "m.position" : "m.number"
        var (conditions, values) = conditions(query, time: "m.created_at")
        conditions.append("m.number IS NOT NULL")
        if let session = query.session {
            conditions.append("m.user_id IS (SELECT user_id FROM sessions WHERE id = ?)")
            values.append(.text(session))
        }
        let row = try tables.statement(
            """
            SELECT count(*), min(\(place)), max(\(place)) FROM external_memory m \
            WHERE \(conditions.joined(separator: " AND "))
            """)
        row.bind(values)
        defer { row.reset() }
        guard try row.step(), row.int64(0) > 0 else { return (0, nil) }
        return (row.int64(0), row.int64(1)...max(row.int64(1), row.int64(2)))
    }

    /// How many messages the session or the user has, whenever they were said.
    ///
    /// - Parameter roles: of these; empty: of all.
    static func said(
        _ query: RecallQuery, of roles: [SessionMessage.Role] = [], _ tables: SQLiteConnection
    ) throws -> Int64 {
        let roles = SessionMessage.Role.allCases.filter(roles.contains)
        let count = roles.isEmpty ? "messages" : roles.map { "\($0.rawValue)_messages" }.joined(separator: " + ")
        if let session = query.session {
            return try tables.integer(of: "SELECT \(count) FROM sessions WHERE id = ?", session) ?? 0
        }
        let row = try tables.statement(
            """
            SELECT coalesce(sum(\(count)), 0) FROM sessions
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

    /// Of a session's message, by which it is found in the order of a page.
    private static func number(at position: Position, of session: String, _ tables: SQLiteConnection) throws -> Int64? {
        let find = try tables.statement(
            "SELECT number FROM external_memory WHERE position = ? AND session_id = ? AND number IS NOT NULL")
        find.bind(1, position)
        find.bind(2, session)
        defer { find.reset() }
        return try find.step() ? find.int64(0) : nil
    }

    /// - Parameter time: the column.
    private static func conditions(_ query: RecallQuery, time: String) -> ([String], [RowValue]) {
        var conditions: [String] = []
        var values: [RowValue] = []
        if let session = query.session {
            conditions.append("m.session_id = ?")
            values.append(.text(session))
        } else {
            conditions.append("m.user_id = (SELECT id FROM users WHERE namespace = ? AND username = ?)")
            values += [.text(query.namespace), .text(query.user ?? "")]
        }
        if !query.roles.isEmpty {
            conditions.append("m.role IN (\(query.roles.map { "'\($0.rawValue)'" }.joined(separator: ", ")))")
        }
        if let from = query.from {
            conditions.append("\(time) >= ?")
            values.append(.integer(from.milliseconds))
        }
        if let to = query.to {
            conditions.append("\(time) <= ?")
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
