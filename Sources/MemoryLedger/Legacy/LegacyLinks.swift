import EventLog
import LedgerStorage

/// The `memory_links` table of kv-memory-2, where a memory's links are rows.
struct LegacyLinks {
    private let table: String
    private let memories: String
    private let columns: [String]
    private let place: LegacyRowPlace
    private let order: String
    /// The memories have links in a column, too, and the rows have terms.
    private let isMerged: Bool

    /// Nil where the format keeps links elsewhere or the table is missing.
    init?(_ source: LegacySource) {
        guard source.format == .kvMemory2, let links = source.schema.table(named: "memory_links"), links.has("from_key")
        else { return nil }
        table = links.name.sqlIdentifier
        memories = source.table.sqlIdentifier
        columns = links.columns.filter { $0.lowercased() != "from_key" }
        place = LegacyRowPlace(source.tableSchema)
        order = links.rowOrder("l")
        isMerged = source.tableSchema.has("links") && links.has("term")
    }

    private var selected: String { columns.map { "l.\($0.sqlIdentifier)" }.joined(separator: ", ") }

    /// The links of the memory whose place is bound.
    var ofMemorySQL: String {
        "SELECT \(selected) FROM \(memories) m JOIN \(table) l ON l.from_key = m.key WHERE \(place.isBound("m")) "
            + "ORDER BY \(order)"
    }

    /// The links that start from the key ?1.
    var ofOrphanSQL: String { "SELECT \(selected) FROM \(table) l WHERE l.from_key IS ?1 ORDER BY \(order)" }

    /// Every key from which links start but which no memory has.
    var orphansSQL: String {
        "SELECT l.from_key FROM \(table) l WHERE NOT EXISTS (SELECT 1 FROM \(memories) m WHERE m.key = l.from_key) "
            + "GROUP BY l.from_key ORDER BY min(\(order))"
    }

    /// The keys in the column `links` of the memory whose place is bound that no memory has; nil if that column and
    /// these rows need not be merged (`LegacyLinkMerge`).
    var missingTargetsSQL: String? {
        guard isMerged else { return nil }
        return "SELECT DISTINCT n.atom FROM \(memories) m, "
            + "json_each(iif(typeof(m.links) = 'text' AND json_valid(m.links), m.links, '[]')) e, "
            + "json_each(iif(e.type = 'object', e.value, '{}')) n WHERE \(place.isBound("m")) "
            + "AND n.key = 'key' AND n.type = 'text' "
            + "AND NOT EXISTS (SELECT 1 FROM \(memories) t WHERE t.key = n.atom)"
    }

    /// Reads the rows of `ofMemorySQL` or `ofOrphanSQL`, which has its parameters. Nil if they are more than `limit`
    /// bytes.
    func read(_ statement: SQLiteStatement, isUTF16: Bool, limit: Int) throws -> [[LegacyColumn]]? {
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

extension [LegacyCell] {
    var byteCount: Int { reduce(0) { $0 + $1.byteCount } }
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
