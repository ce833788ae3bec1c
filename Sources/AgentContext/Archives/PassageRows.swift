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

    /// The newest first.
    static func list(_ query: PassageQuery, _ tables: SQLiteConnection) throws -> [StoredPassage] {
        var (conditions, values) = conditions(query)
        conditions.append("m.position < ?")
        values += [.integer(query.after ?? .max), .integer(Int64(query.limit))]
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

    /// How many there are on all pages.
    static func count(_ query: PassageQuery, _ tables: SQLiteConnection) throws -> Int64 {
        let isFiltered = !query.anyTags.isEmpty || !query.allTags.isEmpty || query.from != nil || query.to != nil
        guard isFiltered else { return try passages(of: query.archive, query.namespace, tables) }
        let (conditions, values) = conditions(query)
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

    private static func conditions(_ query: PassageQuery) -> ([String], [RowValue]) {
        var conditions = ["m.namespace = ?", "m.archive = ?"]
        var values: [RowValue] = [.text(query.namespace), .text(query.archive)]
        func tagged(_ tags: [String]) {
            let marks = Array(repeating: "?", count: tags.count).joined(separator: ", ")
            conditions.append(
                """
                m.position IN (SELECT position FROM passage_tags WHERE namespace = ? AND archive = ? \
                AND tag IN (\(marks)))
                """)
            values += [.text(query.namespace), .text(query.archive)] + tags.map { .text($0) }
        }
        if !query.anyTags.isEmpty { tagged(query.anyTags) }
        for tag in query.allTags { tagged([tag]) }
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
