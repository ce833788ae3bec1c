import EventLog
import LedgerStorage
import TextSearch

/// A text of a memory, as it stood since an event: what a search finds.
struct TextVersion {
    /// The event since which it stood; no two began at the same one.
    var began: Position
    var namespace: String
    var key: String
    var domain: String
    var summary: String
    var text: String
    var type: String
    var keywords: [String]

    var memory: MemoryKey { MemoryKey(namespace: namespace, key: key) }

    /// As an index takes it.
    var indexed: IndexedText {
        var terms = [
            FilterTerm.encode(kind: .namespace, value: namespace), FilterTerm.encode(kind: .domain, value: domain),
            FilterTerm.encode(kind: .type, value: type),
        ]
        terms += keywords.map { FilterTerm.encode(kind: .keyword, value: $0) }
        var indexed = IndexedText(began: began, text: text, scope: terms)
        (indexed.key, indexed.summary) = (key, summary)
        indexed.keywords = keywords.joined(separator: "\n")
        return indexed
    }
}

/// The versions of all memories' texts.
struct MemoryTexts: TextSource {
    let name = ""
    let projection = "memory_texts"

    func read(
        after first: Position, through last: Position, _ sqlite: SQLiteConnection, _ body: (IndexedText) throws -> Bool
    ) throws {
        try TextVersions.read(after: first, through: last, sqlite) { try body($0.indexed) }
    }
}

/// The versions of all memories' texts, from `memories`, `standing_texts` and `ended_texts`.
enum TextVersions {
    /// Hands over those that began after one position and not after another, in their order, until the body answers
    /// false.
    static func read(
        after first: Position, through last: Position, _ sqlite: SQLiteConnection, _ body: (TextVersion) throws -> Bool
    ) throws {
        let row = try sqlite.statement(sql)
        row.bind(1, first)
        row.bind(2, last)
        defer { row.reset() }
        while try row.step() {
            let version = TextVersion(
                began: row.int64(0), namespace: row.text(1), key: row.text(2), domain: row.text(3),
                summary: row.text(4), text: row.text(5), type: row.text(6),
                keywords: try MemoryColumns.keywords(json: row.bytes(7)))
            if try !body(version) { return }
        }
    }

    /// The version that began at a position; nil: there is none.
    static func version(_ began: Position, _ sqlite: SQLiteConnection) throws -> TextVersion? {
        var found: TextVersion?
        try read(after: began - 1, through: began, sqlite) {
            found = $0
            return false
        }
        return found
    }

    /// The key of the memory that a version is the text of, or was.
    ///
    /// - Parameter memory: the position of the event that made it.
    static func key(of began: Position, _ memory: Position, _ sqlite: SQLiteConnection) throws -> MemoryKey? {
        let row = try sqlite.statement(
            """
            SELECT namespace, key FROM ended_texts WHERE began = ?1 \
            UNION ALL SELECT namespace, key FROM memories WHERE id = ?2 LIMIT 1
            """)
        row.bind(1, began)
        row.bind(2, memory)
        defer { row.reset() }
        return try row.step() ? MemoryKey(namespace: row.text(0), key: row.text(1)) : nil
    }

    private static let columns = "namespace, key, domain, summary, text, type, keywords"

    /// Three ranges of tables, merged in the order of positions.
    private static let sql = """
        SELECT id AS began, \(columns) FROM memories WHERE id > ?1 AND id <= ?2 \
        AND NOT EXISTS (SELECT 1 FROM standing_texts WHERE memory = memories.id) \
        UNION ALL SELECT began, \(columns) FROM standing_texts CROSS JOIN memories ON memories.id = memory \
        WHERE began > ?1 AND began <= ?2 \
        UNION ALL SELECT began, \(columns) FROM ended_texts WHERE began > ?1 AND began <= ?2 ORDER BY 1
        """
}
