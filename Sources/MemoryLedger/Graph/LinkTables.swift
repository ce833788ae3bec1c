import EventLog
import LedgerStorage

/// The links of a namespace in a snapshot of the tables, as far as a reader may see them: those of memories that are
/// quarantined or have expired are left out, and those that point at such a memory point at nothing.
///
/// In its statements `?1` is the time, `?2` the namespace, `?3` the types and `?4` the least weight of the filter.
struct LinkTables {
    let namespace: String
    let sqlite: SQLiteConnection
    private let now: Int64
    private let showsQuarantined: Bool
    /// Nothing expires but what an import brought. If there was none, the rows of memories need not be read to tell.
    private let mayExpire: Bool

    init(_ namespace: String, _ source: MemorySource, _ sqlite: SQLiteConnection) throws {
        self.namespace = namespace
        self.sqlite = sqlite
        now = source.now.milliseconds
        showsQuarantined = source.showsQuarantined
        mayExpire = try sqlite.integer("SELECT 1 FROM import_sources LIMIT 1") != nil
    }

    // MARK: SQL

    /// A row of `memories` is shown.
    func isShown(_ alias: String) -> String {
        var conditions: [String] = []
        if mayExpire { conditions.append("(\(alias).expires_at IS NULL OR \(alias).expires_at > ?1)") }
        if !showsQuarantined {
            conditions.append("NOT EXISTS (SELECT 1 FROM quarantined WHERE quarantined.memory = \(alias).id)")
        }
        return conditions.isEmpty ? "TRUE" : conditions.joined(separator: " AND ")
    }

    /// The memory that a row of `memory_links` is of is shown. Its row is not read if nothing can have expired.
    func isSourceShown(_ alias: String) -> String {
        if mayExpire {
            return "EXISTS (SELECT 1 FROM memories s WHERE s.id = \(alias).id >> 20 AND \(isShown("s")))"
        }
        return showsQuarantined
            ? "TRUE" : "NOT EXISTS (SELECT 1 FROM quarantined WHERE quarantined.memory = \(alias).id >> 20)"
    }

    /// A row of `memory_links` passes the filter, with `AND` in front.
    static func passes(_ filter: LinkFilter, _ alias: String) -> String {
        var text = ""
        // With a plus, since the index over types would lead to links of other memories first.
        if !filter.types.isEmpty { text += " AND +\(alias).link_type IN (SELECT value FROM json_each(?3))" }
        if filter.leastWeight != nil { text += " AND \(alias).weight >= ?4" }
        return text
    }

    /// Further keys that links point at, of memories that are not shown: `key >= ?5`, with `UNION` in front.
    var hiddenTargets: String {
        var text = ""
        let condition = "m.namespace = ?2 AND m.key >= ?5 AND m.in_degree > 0"
        if !showsQuarantined {
            text += " UNION SELECT m.key FROM quarantined q CROSS JOIN memories m ON m.id = q.memory WHERE \(condition)"
        }
        if mayExpire {
            text += " UNION SELECT m.key FROM memories m WHERE \(condition) AND m.expires_at <= ?1"
        }
        return text
    }

    /// What is shown of a row of `memory_links`, in the order that `link` reads.
    static func columns(_ alias: String) -> String {
        """
        \(alias).from_key, \(alias).to_key, substr(\(alias).link_type, 1, \(GraphLimits.characters)), \
        substr(\(alias).term, 1, \(GraphLimits.characters)), \(alias).weight
        """
    }

    static let columnCount: Int32 = 5

    static func link(_ row: SQLiteStatement, from first: Int32 = 0) -> GraphLink {
        GraphLink(
            from: row.text(first), to: row.optionalText(first + 1), type: row.text(first + 2),
            term: row.text(first + 3), weight: row.double(first + 4))
    }

    /// A statement with the first four parameters bound, as far as it has them.
    func statement(_ sql: String, _ filter: LinkFilter = LinkFilter()) throws -> SQLiteStatement {
        let row = try sqlite.statement(sql)
        row.bind(1, now)
        row.bind(2, namespace)
        if !filter.types.isEmpty {
            row.bind(3, JSONValue.array(filter.types.map { .string($0) }).description)
        }
        if let leastWeight = filter.leastWeight { row.bind(4, leastWeight) }
        return row
    }

    // MARK: Memories

    /// The rows of `memory_links` of a memory have these ids.
    static func ids(of memory: Position) -> ClosedRange<Int64> { (memory << 20)...((memory << 20) | 0xfffff) }

    /// What a key means, with the position of the event that made it; nil if nothing is shown of it.
    func memory(_ key: MemoryKey) throws -> (id: Position, key: String)? {
        let key = try key.resolved { try MemoryRows.holds($0, now: Timestamp(milliseconds: now), sqlite) }
        let row = try statement(
            "SELECT m.id FROM memories m WHERE m.namespace = ?2 AND m.key = ?5 AND \(isShown("m"))")
        row.bind(5, key.key)
        defer { row.reset() }
        return try row.step() ? (row.int64(0), key.key) : nil
    }

    /// A memory of the snapshot as it is shown in an answer.
    func outline(_ id: Position) throws -> (key: String, type: String, summary: String) {
        let row = try sqlite.statement(
            """
            SELECT key, substr(type, 1, \(GraphLimits.characters)), substr(summary, 1, \(GraphLimits.characters)) \
            FROM memories WHERE id = ?
            """)
        row.bind(1, id)
        defer { row.reset() }
        return try row.step() ? (row.text(0), row.text(1), row.text(2)) : ("", "", "")
    }
}

extension MemoryReading {
    /// Runs a read of a namespace's links, in one snapshot.
    ///
    /// - Throws: `masterKeyMissing` or `masterKeyWrong` if the namespace is protected and cannot be read here.
    func linkTables<T>(_ namespace: String, _ body: (LinkTables) throws -> T) async throws -> T {
        try await source.readableTables().readSnapshot { sqlite in
            try checkReadable(namespace, sqlite)
            return try body(LinkTables(namespace, source, sqlite))
        }
    }
}
