import EventLog

/// The `memory_links` table of kv-memory-2, where a memory's links are rows.
struct LegacyLinks {
    private let table: String
    private let memories: String
    private let columns: [String]

    /// Nil where the format keeps links elsewhere or the table is missing.
    init?(_ source: LegacySource) {
        guard source.format == .kvMemory2, let links = source.schema.table(named: "memory_links"), links.has("from_key")
        else { return nil }
        table = links.name.sqlIdentifier
        memories = source.table.sqlIdentifier
        columns = links.columns.filter { $0.lowercased() != "from_key" }
    }

    private var selected: String { columns.map { "l.\($0.sqlIdentifier)" }.joined(separator: ", ") }

    /// The links of the memory whose rowid is ?1.
    var ofMemorySQL: String {
        "SELECT \(selected) FROM \(memories) m JOIN \(table) l ON l.from_key = m.key WHERE m.rowid = ?1 ORDER BY l.rowid"
    }

    /// The links that start where the link whose rowid is ?1 does.
    var ofOrphanSQL: String {
        "SELECT \(selected) FROM \(table) l WHERE l.from_key IS (SELECT from_key FROM \(table) WHERE rowid = ?1) "
            + "ORDER BY l.rowid"
    }

    /// A rowid and the key for every key from which links start but which no memory has.
    var orphansSQL: String {
        "SELECT min(l.rowid), l.from_key FROM \(table) l "
            + "WHERE NOT EXISTS (SELECT 1 FROM \(memories) m WHERE m.key = l.from_key) GROUP BY l.from_key ORDER BY 1"
    }

    /// The links of the memory `m` as a JSON array, for the second reading.
    var jsonSQL: String {
        func text(_ column: String) -> String {
            columns.contains(column) ? "iif(typeof(\(column)) = 'text', \(column), NULL)" : "NULL"
        }
        let weight =
            columns.contains("weight")
            ? "iif(typeof(weight) IN ('integer', 'real') AND weight BETWEEN -1e308 AND 1e308, weight, NULL)" : "NULL"
        return "SELECT json_group_array(json_object('type', \(text("link_type")), 'key', \(text("to_key")), "
            + "'term', \(text("term")), 'weight', \(weight))) "
            + "FROM (SELECT * FROM \(table) l WHERE l.from_key = m.key ORDER BY l.rowid)"
    }

    /// Reads the rows of `ofMemorySQL` or `ofOrphanSQL`. Nil where they are more than `limit` bytes.
    func read(_ statement: SQLiteStatement, rowID: Int64, isUTF16: Bool, limit: Int) throws -> [[LegacyColumn]]? {
        statement.bind(1, rowID)
        defer { statement.reset() }
        var links: [[LegacyColumn]] = []
        var bytes = 0
        while try statement.step() {
            let link = columns.enumerated().map { index, name in
                LegacyColumn(name: name, cell: statement.legacyCell(Int32(index), isUTF16: isUTF16))
            }
            bytes += link.reduce(64) { $0 + $1.cell.byteCount }
            guard bytes <= limit else { return nil }
            links.append(link)
        }
        return links
    }
}

extension LegacyCell {
    /// What it takes in memory, roughly.
    var byteCount: Int {
        switch self {
        case .null, .integer, .real: 8
        case .text(let bytes), .blob(let bytes): bytes.count
        }
    }
}
