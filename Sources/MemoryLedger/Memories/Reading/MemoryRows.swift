import EventLog
import LedgerStorage

/// Reads memories from the projection.
enum MemoryRows {
    private static let contentColumns = "domain, summary, text, type, keywords, links, extra"
    static let columns = """
        namespace, key, \(contentColumns), created_at, last_accessed_at, \
        last_linked_at, in_degree, out_degree, access_count, traverse_count, status, content_version, \
        CASE WHEN source IS NOT NULL THEN (SELECT kind FROM origins WHERE origins.id = memories.source) END, \
        CASE WHEN source IS NOT NULL THEN (SELECT name FROM origins WHERE origins.id = memories.source) END, \
        trust, derived_from
        """
    /// How many columns that are.
    static let columnCount: Int32 = 22
    static let isQuarantined = "EXISTS (SELECT 1 FROM quarantined WHERE quarantined.memory = memories.id)"

    /// The memory of the present row of a SELECT of `columns`.
    static func memory(_ row: SQLiteStatement) throws -> Memory {
        let key = row.text(1)
        let content = try content(row, from: 2)
        let meta = MemoryMeta(
            id: key, createdAt: Timestamp(milliseconds: row.int64(9)),
            lastAccessedAt: Timestamp(milliseconds: row.int64(10)),
            lastLinkedAt: Timestamp(milliseconds: row.int64(11)),
            inDegree: row.int(12), outDegree: row.int(13), accessCount: row.int(14), traverseCount: row.int(15),
            status: MemoryStatus(rawValue: row.text(16)) ?? .active)
        return Memory(
            id: MemoryKey(namespace: row.text(0), key: key), content: content, meta: meta, version: row.int64(17),
            provenance: try provenance(row))
    }

    /// From `contentColumns`.
    private static func content(_ row: SQLiteStatement, from first: Int32) throws -> MemoryContent {
        MemoryContent(
            domain: row.text(first), summary: row.text(first + 1), text: row.text(first + 2), type: row.text(first + 3),
            keywords: try MemoryColumns.keywords(json: row.bytes(first + 4)),
            links: try MemoryColumns.links(json: row.bytes(first + 5)),
            extra: row.isNull(first + 6) ? [:] : try JSONParser.parse(row.bytes(first + 6)).object ?? [:])
    }

    private static func provenance(_ row: SQLiteStatement) throws -> Provenance? {
        var provenance = Provenance()
        if !row.isNull(18), case .source(let source) = Contributor(kind: row.text(18), name: row.text(19)) {
            provenance.source = source
        }
        if !row.isNull(20) { provenance.trust = row.int(20) }
        if !row.isNull(21) { provenance.derivedFrom = try MemoryKey.list(json: row.bytes(21)) }
        return provenance.isEmpty ? nil : provenance
    }

    /// One memory; nil where there is none or it has expired, or is quarantined unless these are wanted too.
    ///
    /// - Parameter alongside: run on the snapshot that the memory's row is of, if there is one.
    static func find(
        _ memory: MemoryKey, now: Timestamp, showsQuarantined: Bool = false, _ sqlite: SQLiteConnection,
        alongside: (SQLiteConnection) throws -> Void = { _ in }
    ) throws -> Memory? {
        let row = try sqlite.statement(showsQuarantined ? findSQL : findShownSQL)
        row.bind(1, memory.namespace)
        row.bind(2, memory.key)
        row.bind(3, now.milliseconds)
        defer { row.reset() }
        let isThere = try row.step()
        try alongside(sqlite)
        return isThere ? try self.memory(row) : nil
    }

    private static let findSQL = """
        SELECT \(columns) FROM memories
        WHERE namespace = ? AND key = ? AND (expires_at IS NULL OR expires_at > ?)
        """

    private static let findShownSQL = "\(findSQL) AND NOT \(isQuarantined)"

    /// Only what is written in a memory; nil as `find` answers it.
    static func content(of memory: MemoryKey, now: Timestamp, _ sqlite: SQLiteConnection) throws -> MemoryContent? {
        let row = try shown(contentSQL, memory, now: now, sqlite)
        defer { row.reset() }
        return try row.step() ? try content(row, from: 0) : nil
    }

    /// A key holds a memory that `find` answers.
    static func shows(_ memory: MemoryKey, now: Timestamp, _ sqlite: SQLiteConnection) throws -> Bool {
        let row = try shown(showsSQL, memory, now: now, sqlite)
        defer { row.reset() }
        return try row.step()
    }

    private static func shown(
        _ sql: String, _ memory: MemoryKey, now: Timestamp, _ sqlite: SQLiteConnection
    ) throws -> SQLiteStatement {
        let row = try sqlite.statement(sql)
        row.bind(1, memory.namespace)
        row.bind(2, memory.key)
        row.bind(3, now.milliseconds)
        return row
    }

    private static let isShown = """
        namespace = ? AND key = ? AND (expires_at IS NULL OR expires_at > ?) AND NOT \(isQuarantined)
        """
    private static let contentSQL = "SELECT \(contentColumns) FROM memories WHERE \(isShown)"
    private static let showsSQL = "SELECT 1 FROM memories WHERE \(isShown)"

    /// A key holds a memory that has not expired, quarantined or not.
    static func holds(_ memory: MemoryKey, now: Timestamp, _ sqlite: SQLiteConnection) throws -> Bool {
        guard let head = try head(memory, now: now, sqlite) else { return false }
        return !head.hasExpired
    }

    /// A memory that a link points at.
    struct Linked {
        var memory: MemoryKey
        var summary: String
        var meta: MemoryMeta
    }

    /// Of the keys that mean a memory.
    static func linked(
        of keys: [String], namespace: String, now: Timestamp, _ sqlite: SQLiteConnection
    ) throws -> [ByteText: Linked] {
        var found: [ByteText: Linked] = [:]
        let row = try sqlite.statement(linkedSQL)
        for key in keys where found[ByteText(key)] == nil {
            let memory = try MemoryKey(namespace: namespace, key: key).resolved { try holds($0, now: now, sqlite) }
            row.bind(1, memory.namespace)
            row.bind(2, memory.key)
            row.bind(3, now.milliseconds)
            defer { row.reset() }
            guard try row.step() else { continue }
            let meta = MemoryMeta(
                id: memory.key, createdAt: Timestamp(milliseconds: row.int64(1)),
                lastAccessedAt: Timestamp(milliseconds: row.int64(2)),
                lastLinkedAt: Timestamp(milliseconds: row.int64(3)), inDegree: row.int(4), outDegree: row.int(5),
                accessCount: row.int(6), traverseCount: row.int(7))
            found[ByteText(key)] = Linked(memory: memory, summary: row.text(0), meta: meta)
        }
        return found
    }

    private static let linkedSQL = """
        SELECT summary, created_at, last_accessed_at, last_linked_at, in_degree, out_degree, access_count,
            traverse_count FROM memories
        WHERE namespace = ? AND key = ? AND (expires_at IS NULL OR expires_at > ?) AND NOT \(isQuarantined)
        """

    /// Where a key's stream and memory stand.
    struct Head {
        /// The position of the event that made the memory.
        var id: Position
        var version: StreamVersion
        var contentVersion: StreamVersion
        var hasExpired: Bool
        var isQuarantined: Bool
        /// Nil: it was not asked for.
        var content: MemoryContent?
    }

    /// - Parameter withContent: with all that was written, in the same read.
    static func head(
        _ memory: MemoryKey, now: Timestamp, withContent: Bool = false, _ sqlite: SQLiteConnection
    ) throws -> Head? {
        let row = try sqlite.statement(withContent ? headAndContentSQL : headSQL)
        row.bind(1, memory.namespace)
        row.bind(2, memory.key)
        defer { row.reset() }
        guard try row.step() else { return nil }
        let hasExpired = row.optionalInt64(2).map { $0 <= now.milliseconds } ?? false
        return Head(
            id: row.int64(3), version: row.int64(0), contentVersion: row.int64(1), hasExpired: hasExpired,
            isQuarantined: row.int(4) != 0, content: withContent ? try content(row, from: headColumnCount) : nil)
    }

    private static let headColumns = "version, content_version, expires_at, id, \(isQuarantined)"
    private static let headColumnCount: Int32 = 5
    private static let headSQL = "SELECT \(headColumns) FROM memories WHERE namespace = ? AND key = ?"
    private static let headAndContentSQL =
        "SELECT \(headColumns), \(contentColumns) FROM memories WHERE namespace = ? AND key = ?"
}
