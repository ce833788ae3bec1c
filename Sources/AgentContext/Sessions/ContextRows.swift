import EventLog
import LedgerStorage
import MemoryLedger

/// What `main_context` has of a session.
struct ContextRows: Sendable {
    var system: [ContextSegment] = []
    var working: [ContextSegment] = []
    var summary: [ContextSegment] = []
    var queue: [QueuedSegment] = []
    /// In memory, about.
    private(set) var bytes = 0

    /// A message as an eviction sees it, and as the model does.
    struct QueuedSegment: Hashable, Sendable {
        var message: QueuedMessage
        var segment: ContextSegment
    }

    func fixed(with memories: [ContextSegment]) -> [ContextSegment] { system + working + memories + summary }

    /// - Parameter known: rows whose summary and messages are still true, and are not read.
    static func read(
        _ session: String, queued known: ContextRows? = nil, _ tables: SQLiteConnection
    ) throws -> ContextRows {
        var rows = ContextRows()
        if let known {
            (rows.summary, rows.queue, rows.bytes) = (known.summary, known.queue, known.bytes)
            let fixed = known.system + known.working
            rows.bytes -= fixed.reduce(0) { $0 + $1.bytes }
        }
        let row = try tables.statement(
            """
            SELECT context_type, position, content, name, tokens, metadata, instr(metadata, '"tool_call')
            FROM main_context WHERE session_id = ?\(known == nil ? "" : " AND context_type IN ('system', 'working')")
            ORDER BY context_type, position
            """)
        row.bind(1, session)
        defer { row.reset() }
        while try row.step() { try rows.add(row) }
        return rows
    }

    private mutating func add(_ row: SQLiteStatement) throws {
        let (position, content, name, tokens) = (row.int64(1), row.text(2), row.text(3), row.int(4))
        switch (row.text(0), position) {
        case ("system", _):
            guard !content.isEmpty else { return }
            append(ContextSegment(.system, name: name, content: content, tokens: tokens), to: \.system)
        case ("working", _):
            var segment = ContextSegment(.working, name: name, content: content, tokens: tokens)
            segment.metadata = try JSONObject(parsing: row.text(5))
            append(segment, to: \.working)
        case (_, 0):
            append(ContextSegment(.summary, content: content, tokens: tokens), to: \.summary)
        default:
            let metadata = row.int(6) > 0 ? try JSONObject(parsing: row.text(5)) : [:]
            try enqueue(position, name, content, tokens, metadata)
        }
    }

    private mutating func append(_ segment: ContextSegment, to segments: WritableKeyPath<Self, [ContextSegment]>) {
        self[keyPath: segments].append(segment)
        bytes += segment.bytes
    }

    /// - Parameter metadata: empty if there are no calls in it.
    private mutating func enqueue(
        _ number: Int64, _ role: String, _ content: String, _ tokens: Int, _ metadata: JSONObject
    ) throws {
        var segment = ContextSegment(.queue, name: String(number), content: content, tokens: tokens)
        (segment.role, segment.metadata) = (role, metadata)
        let message = try QueuedMessage(
            number: number, role: SessionMessage.Role(rawValue: role) ?? .system, tokens: tokens, metadata: metadata)
        queue.append(QueuedSegment(message: message, segment: segment))
        bytes += segment.bytes
    }

    /// Adds a message as it will be read.
    mutating func append(_ message: SessionMessage, number: Int64) throws {
        var metadata = JSONObject()
        if !message.toolCalls.isEmpty || message.toolCallID != nil || message.context != nil {
            let text = JSONValue.object(message.metadata).description
            if text.contains("\"tool_call") { metadata = try JSONObject(parsing: text) }
        }
        try enqueue(number, message.role.rawValue, message.content, message.tokens ?? 0, metadata)
    }
}

extension ContextSegment {
    /// In memory, about.
    fileprivate var bytes: Int { Self.ownBytes + content.utf8.count + JSONValue.object(metadata).bytes }

    private static let ownBytes = 320
}

extension JSONValue {
    /// In memory, about.
    fileprivate var bytes: Int {
        switch self {
        case .string(let text): Self.ownBytes + text.utf8.count
        case .array(let values): values.reduce(Self.ownBytes) { $0 + $1.bytes }
        case .object(let object):
            object.members.reduce(Self.ownBytes) { $0 + Self.ownBytes + $1.name.utf8.count + $1.value.bytes }
        default: Self.ownBytes
        }
    }

    private static let ownBytes = 64
}
