import Crypto
public import EventLog
import LedgerStorage
public import MemoryLedger

/// Which passages of an archive are listed or searched.
public struct PassageQuery: Hashable, Sendable {
    public var namespace: String
    public var archive: String
    /// At least one of these; empty: whatever their tags.
    public var anyTags: [String] = []
    /// All of these.
    public var allTags: [String] = []
    /// When they were inserted; both ends count.
    public var from: Timestamp?
    public var to: Timestamp?
    /// 1 to `ContextLimits.pageEntries`.
    public var limit = 20
    /// The position of the last passage of the page before.
    public var after: Position?

    public init(_ archive: String, in namespace: String = MemoryKey.defaultNamespace) {
        (self.archive, self.namespace) = (archive, namespace)
    }
}

/// Reads passages from the tables.
enum PassageRows {
    /// The id of a passage's stream: one for all that say the same in one archive.
    static func streamID(_ content: String, _ archive: String) -> String {
        let hash = SHA256.hash(data: Array(content.utf8))
        return "\(archive)/" + hash.map { String(UInt16($0) | 0x100, radix: 16).dropFirst() }.joined()
    }

    private static let columns =
        "m.id, m.namespace, m.archive, m.content, m.tokens, m.metadata, m.session_id, m.position, m.created_at, "
        + "m.embedding"

    static func find(streamID: String, _ namespace: String, _ tables: SQLiteConnection) throws -> StoredPassage? {
        let row = try tables.statement(
            """
            SELECT \(columns) FROM passages p JOIN external_memory m ON m.position = p.position
            WHERE p.namespace = ? AND p.id = ?
            """)
        row.bind(1, namespace)
        row.bind(2, streamID)
        defer { row.reset() }
        return try row.step() ? passage(row) : nil
    }

    static func find(
        id: String, _ archive: String, _ namespace: String, _ tables: SQLiteConnection
    ) throws -> StoredPassage? {
        let row = try tables.statement(
            "SELECT \(columns) FROM external_memory m WHERE m.id = ? AND m.archive = ? AND m.namespace = ?")
        row.bind(1, id)
        row.bind(2, archive)
        row.bind(3, namespace)
        defer { row.reset() }
        return try row.step() ? passage(row) : nil
    }

    static func find(position: Position, _ tables: SQLiteConnection) throws -> StoredPassage? {
        let row = try tables.statement("SELECT \(columns) FROM external_memory m WHERE m.position = ?")
        row.bind(1, position)
        defer { row.reset() }
        return try row.step() ? passage(row) : nil
    }

    /// A page, the newest first; and how many there are on all pages.
    ///
    /// What was put in in a span is found by when, in an index, and listed by its place, as messages are.
    ///
    /// - Parameter limit: of the page.
    static func page(
        _ query: PassageQuery, limit: Int, _ tables: SQLiteConnection
    ) throws -> (passages: [StoredPassage], total: Int64) {
        guard query.from != nil || query.to != nil else {
            return (try list(query, limit: limit, tables), try count(query, tables))
        }
        let (total, bounds) = try span(query, tables)
        guard let bounds else { return ([], 0) }
        return (try list(query, within: bounds, limit: limit, tables), total)
    }

    /// How many passages a span has, and the positions of its first and its last.
    private static func span(
        _ query: PassageQuery, _ tables: SQLiteConnection
    ) throws -> (passages: Int64, bounds: ClosedRange<Position>?) {
        let (conditions, values) = conditions(query, "p", time: "p.created_at")
        let row = try tables.statement(
            """
            SELECT count(*), min(p.position), max(p.position) FROM passages p \
            WHERE \(conditions.joined(separator: " AND "))
            """)
        row.bind(values)
        defer { row.reset() }
        guard try row.step(), row.int64(0) > 0 else { return (0, nil) }
        return (row.int64(0), row.int64(1)...max(row.int64(1), row.int64(2)))
    }

    private static func list(
        _ query: PassageQuery, within bounds: ClosedRange<Position>? = nil, limit: Int, _ tables: SQLiteConnection
    ) throws -> [StoredPassage] {
        // The order of the places is wanted, and not that of the times.
        var (conditions, values) = conditions(query, "m", time: "+m.created_at")
        conditions.append("m.position < ?")
        values.append(.integer(query.after ?? .max))
        if let bounds {
            conditions.append("m.position BETWEEN ? AND ?")
            values += [.integer(bounds.lowerBound), .integer(bounds.upperBound)]
        }
        values.append(.integer(Int64(limit)))
        let row = try tables.statement(
            """
            SELECT \(columns) FROM external_memory m WHERE \(conditions.joined(separator: " AND ")) \
            ORDER BY m.position DESC LIMIT ?
            """)
        row.bind(values)
        defer { row.reset() }
        var passages: [StoredPassage] = []
        while try row.step() { passages.append(try passage(row)) }
        return passages
    }

    /// All of an archive, in the order in which they were put in.
    static func each(
        of archive: String, _ namespace: String, _ tables: SQLiteConnection, _ body: (StoredPassage) throws -> Void
    ) throws {
        let row = try tables.statement(
            "SELECT \(columns) FROM external_memory m WHERE m.namespace = ? AND m.archive = ? ORDER BY m.position")
        row.bind(1, namespace)
        row.bind(2, archive)
        defer { row.reset() }
        while try row.step() { try body(passage(row)) }
    }

    /// How many there are on all pages of a query without a span.
    private static func count(_ query: PassageQuery, _ tables: SQLiteConnection) throws -> Int64 {
        guard !query.anyTags.isEmpty || !query.allTags.isEmpty else {
            return try passages(of: query.archive, query.namespace, tables)
        }
        let (conditions, values) = conditions(query, "m", time: "m.created_at")
        let row = try tables.statement(
            "SELECT count(*) FROM external_memory m WHERE \(conditions.joined(separator: " AND "))")
        row.bind(values)
        defer { row.reset() }
        return try row.step() ? row.int64(0) : 0
    }

    /// Whether a passage stands in the tables and is wanted.
    static func isWanted(_ position: Position, _ query: PassageQuery, _ tables: SQLiteConnection) throws -> Bool {
        let row = try tables.statement("SELECT created_at FROM external_memory WHERE position = ?")
        row.bind(1, position)
        defer { row.reset() }
        guard try row.step() else { return false }
        let at = row.int64(0)
        return (query.from.map { at >= $0.milliseconds } ?? true) && (query.to.map { at <= $0.milliseconds } ?? true)
    }

    static func passages(of archive: String, _ namespace: String, _ tables: SQLiteConnection) throws -> Int64 {
        let row = try tables.statement("SELECT passages FROM archives WHERE namespace = ? AND name = ?")
        row.bind(1, namespace)
        row.bind(2, archive)
        defer { row.reset() }
        return try row.step() ? row.int64(0) : 0
    }

    /// In the order of their names.
    static func archives(
        _ namespace: String, from name: String, limit: Int, _ tables: SQLiteConnection
    ) throws -> [ArchiveSummary] {
        let row = try tables.statement(
            "SELECT name, passages FROM archives WHERE namespace = ? AND name >= ? ORDER BY name LIMIT ?")
        row.bind(1, namespace)
        row.bind(2, name)
        row.bind(3, limit)
        defer { row.reset() }
        var archives: [ArchiveSummary] = []
        while try row.step() {
            archives.append(ArchiveSummary(namespace: namespace, name: row.text(0), passages: row.int64(1)))
        }
        return archives
    }

    /// - Parameter table: what the table is called that has the passages.
    private static func conditions(_ query: PassageQuery, _ table: String, time: String) -> ([String], [RowValue]) {
        var conditions = ["\(table).namespace = ?", "\(table).archive = ?"]
        var values: [RowValue] = [.text(query.namespace), .text(query.archive)]
        func tagged(_ tags: [String]) {
            let marks = Array(repeating: "?", count: tags.count).joined(separator: ", ")
            conditions.append(
                """
                \(table).position IN (SELECT position FROM passage_tags WHERE namespace = ? AND archive = ? \
                AND tag IN (\(marks)))
                """)
            values += [.text(query.namespace), .text(query.archive)] + tags.map { .text($0) }
        }
        if !query.anyTags.isEmpty { tagged(query.anyTags) }
        for tag in query.allTags { tagged([tag]) }
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

    private static func passage(_ row: SQLiteStatement) throws -> StoredPassage {
        var passage = Passage(row.text(3), archive: row.text(2), tokens: row.int(4))
        try passage.read(rowMetadata: row.text(5))
        passage.session = row.optionalText(6)
        if !row.isNull(9) { passage.embedding = [UInt8](row.bytes(9)) }
        return StoredPassage(
            id: row.text(0), namespace: row.text(1), passage: passage, position: row.int64(7),
            createdAt: Timestamp(milliseconds: row.int64(8)))
    }
}
