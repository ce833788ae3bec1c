import EventLog
import LedgerStorage

/// Reads memories from the projection.
enum MemoryRows {
    private static let contentColumns = "domain, summary, text, type, keywords, links, extra"
    static let columns = "namespace, key, \(columnsWithoutKey)"
    /// What a reader who knows the memory's key does not know.
    private static let columnsWithoutKey = """
        \(contentColumns), created_at, last_accessed_at, \
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
        try memory(MemoryKey(namespace: row.text(0), key: row.text(1)), row, from: 2)
    }

    /// From `columnsWithoutKey`.
    private static func memory(_ id: MemoryKey, _ row: SQLiteStatement, from first: Int32) throws -> Memory {
        let content = try content(row, from: first)
        let meta = MemoryMeta(
            id: id.key, createdAt: Timestamp(milliseconds: row.int64(first + 7)),
            lastAccessedAt: Timestamp(milliseconds: row.int64(first + 8)),
            lastLinkedAt: Timestamp(milliseconds: row.int64(first + 9)),
            inDegree: row.int(first + 10), outDegree: row.int(first + 11), accessCount: row.int(first + 12),
            traverseCount: row.int(first + 13), status: status(row, first + 14))
        return Memory(
            id: id, content: content, meta: meta, version: row.int64(first + 15),
            provenance: try provenance(row, from: first + 16))
    }

    /// Most memories are active, which a comparison of bytes tells without a string.
    private static func status(_ row: SQLiteStatement, _ column: Int32) -> MemoryStatus {
        let (bytes, active): (UnsafeRawBufferPointer, StaticString) = (row.bytes(column), "active")
        if bytes.count == active.utf8CodeUnitCount, bytes.indices.allSatisfy({ bytes[$0] == active.utf8Start[$0] }) {
            return .active
        }
        return MemoryStatus(rawValue: row.text(column)) ?? .active
    }

    /// From `contentColumns`.
    private static func content(_ row: SQLiteStatement, from first: Int32) throws -> MemoryContent {
        MemoryContent(
            domain: row.text(first), summary: row.text(first + 1), text: row.text(first + 2), type: row.text(first + 3),
            keywords: try MemoryColumns.keywords(json: row.bytes(first + 4)),
            links: try MemoryColumns.links(json: row.bytes(first + 5)),
            extra: row.isNull(first + 6) ? [:] : try JSONParser.parse(row.bytes(first + 6)).object ?? [:])
    }

    private static func provenance(_ row: SQLiteStatement, from first: Int32) throws -> Provenance? {
        var provenance: Provenance?
        if !row.isNull(first),
            case .source(let source) = Contributor(kind: row.text(first), name: row.text(first + 1))
        {
            provenance = Provenance()
            provenance?.source = source
        }
        if !row.isNull(first + 2) {
            provenance = provenance ?? Provenance()
            provenance?.trust = row.int(first + 2)
        }
        if !row.isNull(first + 3) {
            provenance = provenance ?? Provenance()
            provenance?.derivedFrom = try MemoryKey.list(json: row.bytes(first + 3))
        }
        return provenance.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// One memory; nil where there is none or it has expired, or is quarantined unless these are wanted too.
    static func find(
        _ memory: MemoryKey, now: Timestamp, showsQuarantined: Bool = false, _ sqlite: SQLiteConnection
    ) throws -> Memory? {
        let row = try bound(showsQuarantined ? findSQL : findShownSQL, memory, now: now, sqlite)
        defer { row.reset() }
        return try row.step() ? try self.memory(memory, row, from: 0) : nil
    }

    /// The same of the serving tables.
    ///
    /// - Parameter alongside: given what is demanded, on the snapshot that the memory's row is of, if there is one.
    static func findServing(
        _ memory: MemoryKey, into found: inout Memory?, now: Timestamp, _ showsQuarantined: Bool,
        _ sqlite: SQLiteConnection, alongside: (LedgerPolicy) throws -> Void
    ) throws {
        found = nil
        try serving(findSQL, findShownSQL, memory, now: now, showsQuarantined, sqlite) { row, policy in
            try alongside(policy)
            if let row { found = try self.memory(memory, row, from: 0) }
        }
    }

    /// Looks a row up. While it stands, other statements see the same snapshot, so a transaction is not begun for them.
    ///
    /// - Parameters:
    ///   - shownSQL: leaves out what is quarantined. That takes a look at another table, which is spared if nothing is.
    ///   - body: given the row, or nil if there is none.
    private static func serving(
        _ sql: String, _ shownSQL: String, _ memory: MemoryKey, now: Timestamp, _ showsQuarantined: Bool,
        _ sqlite: SQLiteConnection, body: (SQLiteStatement?, LedgerPolicy) throws -> Void
    ) throws {
        var isAgain = false
        while true {
            let showsAll = showsQuarantined || (!isAgain && ServingFacts.last(sqlite)?.hasQuarantined == false)
            let row = try bound(showsAll ? sql : shownSQL, memory, now: now, sqlite)
            defer { row.reset() }
            let isThere = try row.step()
            let facts = try ServingFacts.load(sqlite)
            // Something was quarantined since the connection was asked last.
            if isThere, showsAll, !showsQuarantined, facts.hasQuarantined {
                isAgain = true
                continue
            }
            return try body(isThere ? row : nil, facts.policy)
        }
    }

    private static let findSQL = "SELECT \(columnsWithoutKey) FROM memories WHERE \(isThere)"

    private static let findShownSQL = "\(findSQL) AND NOT \(isQuarantined)"

    /// Only what is written in a memory; nil as `find` answers it.
    ///
    /// - Parameter body: run on the snapshot that the content is of, if there is any.
    static func content(
        of memory: MemoryKey, now: Timestamp, _ sqlite: SQLiteConnection,
        body: (MemoryContent?, LedgerPolicy) throws -> Void
    ) throws {
        try serving(contentSQL, shownContentSQL, memory, now: now, false, sqlite) { row, policy in
            try body(try row.map { try content($0, from: 0) }, policy)
        }
    }

    /// A key holds a memory that `find` answers.
    static func shows(_ memory: MemoryKey, now: Timestamp, _ sqlite: SQLiteConnection) throws -> Bool {
        let row = try bound(showsSQL, memory, now: now, sqlite)
        defer { row.reset() }
        return try row.step()
    }

    private static func bound(
        _ sql: String, _ memory: MemoryKey, now: Timestamp, _ sqlite: SQLiteConnection
    ) throws -> SQLiteStatement {
        let row = try sqlite.statement(sql)
        row.bind(1, memory.namespace)
        row.bind(2, memory.key)
        row.bind(3, now.milliseconds)
        return row
    }

    private static let isThere = "namespace = ? AND key = ? AND (expires_at IS NULL OR expires_at > ?)"
    private static let isShown = "\(isThere) AND NOT \(isQuarantined)"
    private static let contentSQL = "SELECT \(contentColumns) FROM memories WHERE \(isThere)"
    private static let shownContentSQL = "SELECT \(contentColumns) FROM memories WHERE \(isShown)"
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
        found.reserveCapacity(keys.count)
        let sql = try ServingFacts.load(sqlite).hasQuarantined ? shownLinkedSQL : linkedSQL
        let row = try sqlite.statement(sql)
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
            traverse_count FROM memories WHERE \(isThere)
        """
    private static let shownLinkedSQL = "\(linkedSQL) AND NOT \(isQuarantined)"

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
