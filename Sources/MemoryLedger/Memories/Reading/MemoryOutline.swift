import EventLog
import LedgerStorage

/// What a list needs to show of a memory for a reader to choose it. Its text is not even read.
///
///     let page = try await ledger.outlines(MemoryQuery(namespace: "mem"))
///     for memory in page.memories { print(memory.id.key, memory.summary) }
public struct MemoryOutline: Hashable, Sendable, Identifiable {
    public var id: MemoryKey
    /// These three are cut after `maximumCharacters` characters.
    public var domain: String
    public var type: String
    public var summary: String
    /// None if they are longer than that as JSON.
    public var keywords: [String]

    public static let maximumCharacters = 1_000

    /// In the order that `init(_:)` reads.
    static let columns = """
        namespace, key, substr(domain, 1, \(maximumCharacters)), substr(summary, 1, \(maximumCharacters)), \
        substr(type, 1, \(maximumCharacters)), \
        CASE WHEN length(keywords) <= \(maximumCharacters) THEN keywords ELSE '[]' END
        """

    /// The present row of a SELECT of `columns`.
    init(_ row: SQLiteStatement) throws {
        id = MemoryKey(namespace: row.text(0), key: row.text(1))
        (domain, summary, type) = (row.text(2), row.text(3), row.text(4))
        keywords = try MemoryColumns.keywords(json: row.bytes(5))
    }

    /// About how long it is when it is shown.
    var bytes: Int {
        [id.namespace, id.key, domain, summary, type].reduce(0) { $0 + $1.utf8.count }
            + keywords.reduce(0) { $0 + $1.utf8.count }
    }
}

/// A page of outlines, and the cursor of the next page where there is one.
public struct MemoryOutlinePage: Hashable, Sendable {
    public var memories: [MemoryOutline]
    public var next: String?
    /// Namespaces that were left out because the ledger was opened without its master key.
    public var locked: [String] = []

    /// Bytes after which a page ends.
    public static let maximumBytes = 1 << 20
}
