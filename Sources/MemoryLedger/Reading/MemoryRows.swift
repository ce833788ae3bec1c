import EventLog

/// Reads memories from the projection.
enum MemoryRows {
    static let columns = """
        namespace, key, domain, summary, text, type, keywords, links, extra, created_at, last_accessed_at, \
        last_linked_at, in_degree, out_degree, access_count, traverse_count, status, content_version
        """

    /// The memory of the present row of a SELECT of `columns`.
    static func memory(_ row: SQLiteStatement) throws -> Memory {
        let key = row.text(1)
        let content = MemoryContent(
            domain: row.text(2), summary: row.text(3), text: row.text(4), type: row.text(5),
            keywords: try MemoryColumns.keywords(json: row.bytes(6)),
            links: try MemoryColumns.links(json: row.bytes(7)),
            extra: row.isNull(8) ? [:] : try JSONParser.parse(row.bytes(8)).object ?? [:])
        let meta = MemoryMeta(
            id: key, createdAt: Timestamp(milliseconds: row.int64(9)),
            lastAccessedAt: Timestamp(milliseconds: row.int64(10)),
            lastLinkedAt: Timestamp(milliseconds: row.int64(11)),
            inDegree: row.int(12), outDegree: row.int(13), accessCount: row.int(14), traverseCount: row.int(15),
            status: MemoryStatus(rawValue: row.text(16)) ?? .active)
        return Memory(
            id: MemoryKey(namespace: row.text(0), key: key), content: content, meta: meta, version: row.int64(17))
    }

    /// One memory; nil where there is none or it has expired.
    static func find(_ memory: MemoryKey, now: Timestamp, _ sqlite: SQLiteConnection) throws -> Memory? {
        let row = try sqlite.statement(findSQL)
        row.bind(1, memory.namespace)
        row.bind(2, memory.key)
        row.bind(3, now.milliseconds)
        defer { row.reset() }
        return try row.step() ? self.memory(row) : nil
    }

    private static let findSQL = """
        SELECT \(columns) FROM memories
        WHERE namespace = ? AND key = ? AND (expires_at IS NULL OR expires_at > ?)
        """

    /// The summaries of the keys that hold a memory.
    static func summaries(
        of keys: [String], namespace: String, now: Timestamp, _ sqlite: SQLiteConnection
    ) throws -> [ByteText: String] {
        var summaries: [ByteText: String] = [:]
        let row = try sqlite.statement(summarySQL)
        for key in keys where summaries[ByteText(key)] == nil {
            row.bind(1, namespace)
            row.bind(2, key)
            row.bind(3, now.milliseconds)
            defer { row.reset() }
            if try row.step() { summaries[ByteText(key)] = row.text(0) }
        }
        return summaries
    }

    private static let summarySQL = """
        SELECT summary FROM memories
        WHERE namespace = ? AND key = ? AND (expires_at IS NULL OR expires_at > ?)
        """

    /// Where a key's stream and memory stand.
    struct Head {
        var version: StreamVersion
        var contentVersion: StreamVersion
        var hasExpired: Bool
    }

    static func head(_ memory: MemoryKey, now: Timestamp, _ sqlite: SQLiteConnection) throws -> Head? {
        let row = try sqlite.statement(
            "SELECT version, content_version, expires_at FROM memories WHERE namespace = ? AND key = ?")
        row.bind(1, memory.namespace)
        row.bind(2, memory.key)
        defer { row.reset() }
        guard try row.step() else { return nil }
        let hasExpired = row.optionalInt64(2).map { $0 <= now.milliseconds } ?? false
        return Head(version: row.int64(0), contentVersion: row.int64(1), hasExpired: hasExpired)
    }
}
