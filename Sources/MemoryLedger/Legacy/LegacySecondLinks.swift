import LedgerStorage

/// The links of a kv-memory-2 memory for the second reading: what `LegacyLinkMerge` says, found by SQLite's own JSON
/// functions in the table and the column as they are, without a row of the first reading.
struct LegacySecondLinks {
    private let memories: String
    /// Nil if there is none.
    private let table: LegacySchema.Table?
    private let hasColumn: Bool

    init(_ source: LegacySource) {
        memories = source.table.sqlIdentifier
        let links = source.schema.table(named: "memory_links")
        table = links?.has("from_key") == true ? links : nil
        hasColumn = source.tableSchema.has("links")
    }

    /// The links of the memory `m` as a JSON array, or `null`.
    var jsonSQL: String {
        guard hasColumn else { return table == nil ? "'null'" : rows }
        let isList =
            "CASE WHEN typeof(m.links) = 'text' AND json_valid(m.links) THEN json_type(m.links) END IS 'array'"
        guard let table else { return "iif(\(isList), m.links, 'null')" }
        return "iif(\(isList), \(table.has("term") ? merged : "m.links"), \(rows))"
    }

    private func text(_ column: String) -> String {
        table?.has(column) == true ? "iif(typeof(\(column)) = 'text', \(column), NULL)" : "NULL"
    }

    private var weight: String {
        guard table?.has("weight") == true else { return "NULL" }
        return "iif(typeof(weight) IN ('integer', 'real') AND weight BETWEEN -1e308 AND 1e308, weight, NULL)"
    }

    private var order: String { table?.rowOrder("l") ?? "NULL" }

    private var ownRows: String {
        "SELECT \(order) AS id, \(text("to_key")) AS target, \(text("link_type")) AS type, \(text("term")) AS term, "
            + "\(weight) AS weight FROM \(table?.name.sqlIdentifier ?? "") l WHERE l.from_key = m.key"
    }

    private static let object = "json_object('type', type, 'key', target, 'term', term, 'weight', weight)"

    /// A member of the link `e`. `json_extract` does not find a name that is written with escapes.
    private static func member(_ name: String, _ condition: String) -> String {
        "(SELECT iif(\(condition), n.atom, NULL) FROM json_each(e.value) n WHERE n.key = '\(name)' ORDER BY n.id DESC "
            + "LIMIT 1)"
    }

    private var rows: String {
        "(SELECT json_group_array(\(Self.object)) FROM (\(ownRows) ORDER BY id))"
    }

    /// `j` has the links of the JSON, `r` the rows with the place of the link that each belongs to.
    private var merged: String {
        """
        (WITH j AS (SELECT e.key AS place, e.value AS link, \(Self.member("type", "TRUE")) AS type,
                \(Self.member("key", "n.type = 'text'")) AS target, \(Self.member("term", "TRUE")) AS term,
                \(Self.member("weight", "TRUE")) AS weight
            FROM json_each(m.links) e WHERE e.type = 'object'),
        o AS (\(ownRows)),
        r AS (SELECT o.*, coalesce(
                (SELECT min(j.place) FROM j WHERE j.target = o.target AND j.type = o.type
                    AND coalesce(j.weight, \(MemoryLink.defaultWeight)) = o.weight),
                (SELECT min(j.place) FROM j WHERE j.target = o.target AND j.type = o.type)) AS partner FROM o)
        SELECT json_group_array(json(link)) FROM (
            SELECT 0 AS part, j.place AS place, iif(r.id IS NULL, j.link, json_object('type', j.type, 'key', j.target,
                'term', coalesce(nullif(r.term, ''), j.term), 'weight', coalesce(r.weight, j.weight))) AS link
            FROM j LEFT JOIN r ON r.partner = j.place
            WHERE r.id IS NOT NULL OR j.target IS NULL
                OR NOT EXISTS (SELECT 1 FROM r WHERE partner IS NULL OR term <> '')
                OR NOT EXISTS (SELECT 1 FROM \(memories) t WHERE t.key = j.target)
            UNION ALL
            SELECT 1, id, \(Self.object) FROM r WHERE partner IS NULL
            ORDER BY 1, 2))
        """
    }
}
