import EventLog
import LedgerStorage

/// A page of a namespace's components: sets of memories that links join, whichever way they point. The largest first,
/// then by their first key.
public struct ComponentPage: Hashable, Sendable {
    /// One of them.
    public struct Component: Hashable, Sendable {
        /// How many memories it has.
        public var size: Int
        /// The first of its keys, at most `GraphLimits.componentKeys`.
        public var keys: [String]
    }

    public var namespace: String
    public var components: [Component]
    /// All that are large enough, on this page and on others.
    public var total: Int
    public var next: String?
}

extension MemoryReading {
    /// The components of a namespace, a page at a time. They are found for each page again, in memory.
    ///
    /// - Parameters:
    ///   - filter: which links join; their direction does not matter.
    ///   - leastSize: memories of a component at least.
    ///   - limit: components of a page, of `GraphLimits.pageSize`.
    ///   - cursor: the former page's `next`.
    /// - Throws: `MemoryLedgerError.invalidArgument`; `MemoryLimitError` if the namespace has more than
    ///   `GraphLimits.componentMemories` memories; `EventLogError` as `get`.
    public func components(
        in namespace: String = MemoryKey.defaultNamespace, _ filter: LinkFilter = LinkFilter(), leastSize: Int = 2,
        limit: Int = 20, after cursor: String? = nil
    ) async throws -> ComponentPage {
        try await audited(.graph, namespace) {
            try filter.check()
            try GraphLimits.check(limit, GraphLimits.pageSize, "limit")
            let after = try cursor.map { cursor in
                try GraphCursor.read(cursor) { parts -> (size: Int64, key: String)? in
                    guard parts.count == 2, let size = parts[0].number?.int64, let key = parts[1].string else {
                        return nil
                    }
                    return (size, key)
                }
            }
            return try await linkTables(namespace) { tables in
                try ComponentSearch(tables, filter).page(leastSize: leastSize, limit: limit, after: after)
            }
        } describe: { page in
            var asked = filter.json
            asked.append("components", true)
            asked.append("least_size", JSONValue(leastSize))
            asked.append("limit", JSONValue(limit))
            return (asked, page.components.flatMap(\.keys))
        }
    }
}

/// Joins memories, which it knows by their places in the order of their keys (union-find).
private struct ComponentSearch {
    private let tables: LinkTables
    private var ids: [Position] = []
    /// The place of a memory's set; its own: it is the first of its set.
    private var sets: [Int32] = []
    /// Of sets, by their places.
    private var sizes: [Int32] = []

    init(_ tables: LinkTables, _ filter: LinkFilter) throws {
        self.tables = tables
        let memories = try tables.statement(
            "SELECT m.id FROM memories m WHERE m.namespace = ?2 AND \(tables.isShown("m")) ORDER BY m.key")
        defer { memories.reset() }
        var places: [Position: Int32] = [:]
        while try memories.step() {
            guard ids.count < GraphLimits.componentMemories else {
                throw MemoryLimitError(
                    limit: .graphMemories, field: "namespace", allowed: 0...GraphLimits.componentMemories,
                    found: GraphLimits.componentMemories + 1)
            }
            if ids.count % 4_096 == 0 { try Task.checkCancellation() }
            places[memories.int64(0)] = Int32(ids.count)
            ids.append(memories.int64(0))
        }
        sets = (0..<Int32(ids.count)).map { $0 }
        sizes = Array(repeating: 1, count: ids.count)
        let links = try tables.statement(
            """
            SELECT t.id, l.id >> 20 FROM memories t \
            CROSS JOIN memory_links l ON l.namespace = t.namespace AND l.to_key = t.key\
            \(LinkTables.passes(filter, "l")) WHERE t.namespace = ?2 AND \(tables.isShown("t"))
            """, filter)
        defer { links.reset() }
        var looked = 0
        while try links.step() {
            if looked % 4_096 == 0 { try Task.checkCancellation() }
            looked += 1
            if let target = places[links.int64(0)], let source = places[links.int64(1)] { join(target, source) }
        }
    }

    private mutating func set(of place: Int32) -> Int32 {
        var place = place
        while sets[Int(place)] != place {
            // Shortens the way for those who come after.
            sets[Int(place)] = sets[Int(sets[Int(place)])]
            place = sets[Int(place)]
        }
        return place
    }

    /// The first memory of both keeps the set, so that a set's place is that of its first key.
    private mutating func join(_ one: Int32, _ other: Int32) {
        let (left, right) = (set(of: one), set(of: other))
        guard left != right else { return }
        let (first, second) = (min(left, right), max(left, right))
        sets[Int(second)] = first
        sizes[Int(first)] += sizes[Int(second)]
    }

    func page(leastSize: Int, limit: Int, after: (size: Int64, key: String)?) throws -> ComponentPage {
        var search = self
        let all = ids.indices.filter { sets[$0] == Int32($0) && Int(sizes[$0]) >= leastSize }
        let total = all.count
        let sorted = all.sorted { (sizes[$1], $0) < (sizes[$0], $1) }
        var rest = sorted[...]
        if let after {
            let place = try search.places(through: after.key)
            rest = rest.drop { Int64(sizes[$0]) > after.size || (Int64(sizes[$0]) == after.size && $0 < place) }
        }
        let shown = rest.prefix(limit)
        var keys: [Int32: [String]] = [:]
        let wanted = Set(shown.map { Int32($0) })
        for place in ids.indices {
            let set = search.set(of: Int32(place))
            guard wanted.contains(set), keys[set]?.count ?? 0 < GraphLimits.componentKeys else { continue }
            keys[set, default: []].append(try tables.outline(ids[place]).key)
        }
        let last = rest.count > limit ? shown.last : nil
        return ComponentPage(
            namespace: tables.namespace,
            components: shown.map { .init(size: Int(sizes[$0]), keys: keys[Int32($0)] ?? []) }, total: total,
            next: last.map { GraphCursor.text(JSONValue(Int64(sizes[$0])), .string(keys[Int32($0)]?.first ?? "")) })
    }

    /// How many memories have this key or one before it.
    private func places(through key: String) throws -> Int {
        let row = try tables.statement(
            """
            SELECT count(*) FROM memories m WHERE m.namespace = ?2 AND m.key <= ?5 AND \(tables.isShown("m"))
            """)
        row.bind(5, key)
        defer { row.reset() }
        return try row.step() ? row.int(0) : 0
    }
}
