import EventLog
import LedgerStorage

/// A page of links without a target: first those that name only a term, in the order in which they came, then by the
/// key that they point at.
public struct DanglingPage: Hashable, Sendable {
    public var namespace: String
    public var links: [GraphLink]
    public var next: String?
}

extension MemoryReading {
    /// The links of a namespace that point at no memory that is shown, a page at a time.
    ///
    /// - Parameters:
    ///   - limit: links of a page, of `GraphLimits.pageSize`.
    ///   - cursor: the former page's `next`.
    /// - Throws: `MemoryLedgerError.invalidArgument`; `EventLogError` as `get`.
    public func danglingLinks(
        in namespace: String = MemoryKey.defaultNamespace, limit: Int = 100, after cursor: String? = nil
    ) async throws -> DanglingPage {
        try await audited(.graph, namespace) {
            try GraphLimits.check(limit, GraphLimits.pageSize, "limit")
            let after = try cursor.map { try GraphCursor.read($0) { DanglingPlace($0) } } ?? DanglingPlace()
            return try await linkTables(namespace) { tables in
                var rows = DanglingRows(tables, limit: limit)
                return try rows.page(after: after)
            }
        } describe: { page in
            (["dangling": true, "limit": JSONValue(limit)], page.links.map(\.from))
        }
    }
}

/// The last link of a page.
private struct DanglingPlace {
    /// What it points at.
    var key: String?
    var position: Position = -1
    var id: Int64 = -1

    init() {}

    init(key: String?, position: Position, id: Int64) {
        (self.key, self.position, self.id) = (key, position, id)
    }

    init?(_ parts: [JSONValue]) {
        guard parts.count == 3, let position = parts[1].number?.int64, let id = parts[2].number?.int64,
            parts[0].isNull || parts[0].string != nil
        else { return nil }
        (key, self.position, self.id) = (parts[0].string, position, id)
    }

    var cursor: String { GraphCursor.text(JSONValue(optional: key), JSONValue(position), JSONValue(id)) }
}

private struct DanglingRows {
    private let tables: LinkTables
    private let limit: Int
    private var found: [(link: GraphLink, place: DanglingPlace)] = []

    init(_ tables: LinkTables, limit: Int) {
        self.tables = tables
        self.limit = limit
    }

    private var isFull: Bool { found.count > limit }

    mutating func page(after: DanglingPlace) throws -> DanglingPage {
        var place = after
        if place.key == nil { try add(to: nil, after: place) }
        var isAtEnd = false
        while !isFull, !isAtEnd {
            try Task.checkCancellation()
            let keys = try targets(from: place.key ?? "")
            isAtEnd = keys.count <= limit
            for key in keys where !isFull {
                if let known = place.key, known.hasSameBytes(as: key) {
                    // A page may end within the links to a key.
                    try add(to: key, after: place)
                } else {
                    try add(to: key, after: DanglingPlace())
                }
            }
            // The last one begins the next batch, with nothing left of it.
            if let last = keys.last { place = DanglingPlace(key: last, position: .max, id: .max) }
        }
        let shown = found.prefix(limit)
        return DanglingPage(
            namespace: tables.namespace, links: shown.map(\.link), next: isFull ? shown.last?.place.cursor : nil)
    }

    /// Keys that links point at and that hold no memory that is shown, in their order, from one on.
    private func targets(from key: String) throws -> [String] {
        let row = try tables.statement(
            "SELECT key FROM link_targets WHERE namespace = ?2 AND key >= ?5\(tables.hiddenTargets) ORDER BY key LIMIT ?6"
        )
        row.bind(5, key)
        row.bind(6, limit + 1)
        defer { row.reset() }
        var keys: [String] = []
        while try row.step() { keys.append(row.text(0)) }
        return keys
    }

    private mutating func add(to key: String?, after: DanglingPlace) throws {
        let row = try tables.statement(
            """
            SELECT \(LinkTables.columns("l")), l.position, l.id FROM memory_links l \
            WHERE l.namespace = ?2 AND l.to_key \(key == nil ? "IS NULL" : "= ?5") AND (l.position, l.id) > (?6, ?7) \
            AND \(tables.isSourceShown("l")) ORDER BY l.position, l.id LIMIT ?8
            """)
        if let key { row.bind(5, key) }
        row.bind(6, after.position)
        row.bind(7, after.id)
        row.bind(8, limit + 1 - found.count)
        defer { row.reset() }
        while try row.step() {
            let next = LinkTables.columnCount
            let place = DanglingPlace(key: key, position: row.int64(next), id: row.int64(next + 1))
            found.append((LinkTables.link(row), place))
        }
    }
}
