import EventLog
import LedgerStorage

/// Which of a memory's links to list.
///
///     var query = NeighbourQuery(LinkFilter(direction: .incoming), limit: 20)
///     let page = try await ledger.neighbours(of: MemoryKey(key: "tea"), query)
///     query.after = page?.next
public struct NeighbourQuery: Hashable, Sendable {
    public var filter: LinkFilter
    /// At most this many, of `GraphLimits.pageSize`.
    public var limit: Int
    /// The former page's `next`.
    public var after: String?

    public init(_ filter: LinkFilter = LinkFilter(), limit: Int = 100, after: String? = nil) {
        self.filter = filter
        self.limit = limit
        self.after = after
    }

    /// The fields that are set.
    var json: JSONObject {
        var object = filter.json
        object.append("limit", JSONValue(limit))
        if let after { object.append("after", .string(after)) }
        return object
    }
}

/// A link of a memory, or one that points at it, with what is at its other end.
public struct Neighbour: Hashable, Sendable {
    public var link: GraphLink
    /// The link is the other one's.
    public var isIncoming: Bool
    /// Of the memory at the other end, cut after `GraphLimits.characters`; nil if there is none that is shown.
    public var summary: String?

    /// At the other end; nil for a link that names only a term.
    public var key: String? { isIncoming ? link.from : link.to }
}

/// A page of a memory's neighbours: its own links first, in their order, then those that point at it, in the order in
/// which they came.
public struct NeighbourPage: Hashable, Sendable {
    /// What the key means.
    public var memory: MemoryKey
    public var neighbours: [Neighbour]
    /// All that pass the filter, on this page and on others.
    public var total: Int
    public var next: String?
}

extension MemoryReading {
    /// The links of a memory and those that point at it, a page at a time. The reader is told nothing of memories that
    /// are quarantined or have expired: their links are left out, and links to them have no summary.
    ///
    /// - Returns: nil if the key means no memory that is shown.
    /// - Throws: `MemoryLedgerError.invalidArgument`; `EventLogError` as `get`.
    public func neighbours(
        of memory: MemoryKey, _ query: NeighbourQuery = NeighbourQuery()
    ) async throws -> NeighbourPage? {
        try await audited(.graph, memory.namespace) {
            try query.filter.check()
            try GraphLimits.check(query.limit, GraphLimits.pageSize, "limit")
            let place = try NeighbourPlace(query.after, query.filter.direction)
            return try await linkTables(memory.namespace) { tables in
                guard let found = try tables.memory(memory) else { return nil }
                return try NeighbourRows(tables, found, query.filter).page(after: place, limit: query.limit)
            }
        } describe: { page in
            var asked = query.json
            asked.append("key", .string(memory.key))
            return (asked, page.map { [$0.memory.key] + $0.neighbours.compactMap(\.key) } ?? [])
        }
    }
}

/// The last link of a page.
private enum NeighbourPlace {
    case outgoing(after: Int64)
    case incoming(after: Position, Int64)

    init(_ cursor: String?, _ direction: LinkDirection) throws {
        guard let cursor else {
            self = direction == .incoming ? .incoming(after: -1, -1) : .outgoing(after: -1)
            return
        }
        self = try GraphCursor.read(cursor) { parts in
            let numbers = parts.compactMap { $0.number?.int64 }
            guard numbers.count == parts.count else { return nil }
            switch numbers.count {
            case 1 where direction != .incoming: return .outgoing(after: numbers[0])
            case 2 where direction != .outgoing: return .incoming(after: numbers[0], numbers[1])
            default: return nil
            }
        }
    }
}

private struct NeighbourRows {
    private let tables: LinkTables
    private let memory: (id: Position, key: String)
    private let filter: LinkFilter

    init(_ tables: LinkTables, _ memory: (id: Position, key: String), _ filter: LinkFilter) {
        self.tables = tables
        self.memory = memory
        self.filter = filter
    }

    func page(after place: NeighbourPlace, limit: Int) throws -> NeighbourPage {
        var found: [(neighbour: Neighbour, cursor: String)] = []
        // One more, which tells that there is a next page.
        let most = limit + 1
        if case .outgoing(let id) = place {
            found = try outgoing(after: id, limit: most)
        }
        if found.count < most, filter.direction != .outgoing {
            var after: (Position, Int64) = (-1, -1)
            if case .incoming(let position, let id) = place { after = (position, id) }
            found += try incoming(after: after, limit: most - found.count)
        }
        let shown = found.prefix(limit)
        return NeighbourPage(
            memory: MemoryKey(namespace: tables.namespace, key: memory.key), neighbours: shown.map(\.neighbour),
            total: try total(), next: found.count > limit ? shown.last?.cursor : nil)
    }

    private func outgoing(after: Int64, limit: Int) throws -> [(Neighbour, String)] {
        let row = try tables.statement(
            """
            SELECT \(LinkTables.columns("l")), l.id, substr(t.summary, 1, \(GraphLimits.characters)) \
            FROM memory_links l LEFT JOIN memories t ON t.namespace = l.namespace AND t.key = l.to_key \
            AND \(tables.isShown("t")) \
            WHERE l.id BETWEEN ?5 AND ?6\(LinkTables.passes(filter, "l")) ORDER BY l.id LIMIT ?7
            """, filter)
        let ids = LinkTables.ids(of: memory.id)
        // What is beyond all ids has nothing behind it.
        row.bind(5, max(ids.lowerBound, after == .max ? after : after + 1))
        row.bind(6, ids.upperBound)
        row.bind(7, limit)
        defer { row.reset() }
        var found: [(Neighbour, String)] = []
        while try row.step() {
            let next = LinkTables.columnCount
            let neighbour = Neighbour(
                link: LinkTables.link(row), isIncoming: false, summary: row.optionalText(next + 1))
            found.append((neighbour, GraphCursor.text(JSONValue(row.int64(next)))))
        }
        return found
    }

    private func incoming(after: (Position, Int64), limit: Int) throws -> [(Neighbour, String)] {
        let row = try tables.statement(
            """
            SELECT \(LinkTables.columns("l")), l.id, substr(f.summary, 1, \(GraphLimits.characters)), l.position \
            FROM memory_links l CROSS JOIN memories f ON f.id = l.id >> 20 \
            WHERE l.namespace = ?2 AND l.to_key = ?5 AND (l.position, l.id) > (?6, ?7)\(others("l"))\
            \(LinkTables.passes(filter, "l")) AND \(tables.isShown("f")) ORDER BY l.position, l.id LIMIT ?8
            """, filter)
        row.bind(5, memory.key)
        row.bind(6, after.0)
        row.bind(7, after.1)
        row.bind(8, limit)
        if filter.direction == .both { row.bind(9, memory.id) }
        defer { row.reset() }
        var found: [(Neighbour, String)] = []
        while try row.step() {
            let next = LinkTables.columnCount
            let neighbour = Neighbour(
                link: LinkTables.link(row), isIncoming: true, summary: row.text(next + 1))
            found.append(
                (neighbour, GraphCursor.text(JSONValue(row.int64(next + 2)), JSONValue(row.int64(next)))))
        }
        return found
    }

    /// A link to the memory itself is listed once.
    private func others(_ alias: String) -> String {
        filter.direction == .both ? " AND \(alias).id >> 20 <> ?9" : ""
    }

    private func total() throws -> Int {
        var total = 0
        if filter.direction != .incoming {
            let row = try tables.statement(
                "SELECT count(*) FROM memory_links l WHERE l.id BETWEEN ?5 AND ?6\(LinkTables.passes(filter, "l"))",
                filter)
            let ids = LinkTables.ids(of: memory.id)
            row.bind(5, ids.lowerBound)
            row.bind(6, ids.upperBound)
            defer { row.reset() }
            if try row.step() { total += row.int(0) }
        }
        if filter.direction != .outgoing {
            let row = try tables.statement(
                """
                SELECT count(*) FROM memory_links l WHERE l.namespace = ?2 AND l.to_key = ?5\(others("l"))\
                \(LinkTables.passes(filter, "l")) AND \(tables.isSourceShown("l"))
                """, filter)
            row.bind(5, memory.key)
            if filter.direction == .both { row.bind(9, memory.id) }
            defer { row.reset() }
            if try row.step() { total += row.int(0) }
        }
        return total
    }
}
