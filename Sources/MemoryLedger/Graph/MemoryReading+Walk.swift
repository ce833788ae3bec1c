import EventLog
import LedgerStorage

/// How to go from a memory along links.
///
///     let walk = LinkWalk(LinkFilter(direction: .outgoing), order: .weight, depth: 3, limit: 50)
///     let reached = try await ledger.walk(from: MemoryKey(key: "tea"), walk)
public struct LinkWalk: Hashable, Sendable {
    public var filter: LinkFilter
    /// Which memories come first, and by which way.
    public var order: WalkOrder
    /// Links one after the other, of `GraphLimits.depth`.
    public var depth: Int
    /// Memories, the first one among them, of `GraphLimits.pageSize`.
    public var limit: Int
    /// Also tells all links between the memories that were reached.
    public var showsLinks: Bool

    public init(
        _ filter: LinkFilter = LinkFilter(), order: WalkOrder = .breadth, depth: Int = 2, limit: Int = 100,
        showsLinks: Bool = false
    ) {
        self.filter = filter
        self.order = order
        self.depth = depth
        self.limit = limit
        self.showsLinks = showsLinks
    }

    /// The fields that are set.
    var json: JSONObject {
        var object = filter.json
        object.append("order", .string(order.rawValue))
        object.append("depth", JSONValue(depth))
        object.append("limit", JSONValue(limit))
        return object
    }
}

/// A memory that was reached, each once.
public struct ReachedMemory: Hashable, Sendable {
    public var key: String
    public var type: String
    /// Cut after `GraphLimits.characters`, as the type is.
    public var summary: String
    /// Links from where it began.
    public var depth: Int
    /// The product of their weights.
    public var weight: Double
    /// The last of these links; nil where it began.
    public var link: GraphLink?
    /// That link is the memory's own, and was followed backwards.
    public var isIncoming: Bool
}

/// What was reached, in the order of the walk.
public struct LinkWalkResult: Hashable, Sendable {
    public var namespace: String
    public var memories: [ReachedMemory]
    /// Between the memories, if they were asked for.
    public var links: [GraphLink]
    /// There is more, beyond the limit or beyond `GraphLimits.links`.
    public var isCut: Bool
}

/// A way from one memory to another.
public struct LinkPath: Hashable, Sendable {
    public var namespace: String
    /// From the first memory to the last one; one alone if they are the same.
    public var memories: [ReachedMemory]

    /// The product of the links' weights.
    public var weight: Double { memories.last?.weight ?? 1 }
}

extension MemoryReading {
    /// The memories that links lead to, each once, with how it was reached. Links without a target end there.
    ///
    /// - Returns: nil if the key means no memory that is shown.
    /// - Throws: `MemoryLedgerError.invalidArgument`; `EventLogError` as `get`.
    public func walk(from memory: MemoryKey, _ walk: LinkWalk = LinkWalk()) async throws -> LinkWalkResult? {
        try await audited(.graph, memory.namespace) {
            try walk.filter.check()
            try GraphLimits.check(walk.limit, GraphLimits.pageSize, "limit")
            try GraphLimits.check(walk.depth, GraphLimits.depth, "depth")
            return try await linkTables(memory.namespace) { tables in
                guard let start = try tables.memory(memory) else { return nil }
                return try reached(from: start, walk, tables)
            }
        } describe: { result in
            var asked = walk.json
            asked.append("key", .string(memory.key))
            return (asked, result?.memories.map(\.key) ?? [])
        }
    }

    private func reached(
        from start: (id: Position, key: String), _ walk: LinkWalk, _ tables: LinkTables
    ) throws -> LinkWalkResult {
        var search = LinkSearch(tables, from: start, walk.filter, walk.order, depth: walk.depth)
        var places: [Int] = []
        var hasMore = false
        while let place = try search.next() {
            guard places.count < walk.limit else {
                hasMore = true
                break
            }
            places.append(place)
        }
        var result = LinkWalkResult(
            namespace: tables.namespace, memories: try places.map { try search.memory(at: $0, tables) }, links: [],
            isCut: hasMore || search.isCut)
        if walk.showsLinks {
            let (links, isCut) = try tables.links(among: places.map { search.ways[$0].memory }, walk.filter)
            result.links = links
            result.isCut = result.isCut || isCut
        }
        return result
    }

    /// The best way from one memory to another of its namespace: by the fewest links, or by the greatest weight.
    ///
    /// - Parameters:
    ///   - depth: links at most, of `GraphLimits.depth`.
    /// - Returns: nil if there is none, or if one of the keys means no memory that is shown.
    /// - Throws: `MemoryLedgerError.invalidArgument`; `MemoryLimitError` if none was found among the first
    ///   `GraphLimits.links` links; `EventLogError` as `get`.
    public func path(
        from start: MemoryKey, to end: String, _ filter: LinkFilter = LinkFilter(direction: .outgoing),
        order: WalkOrder = .breadth, depth: Int = GraphLimits.depth.upperBound
    ) async throws -> LinkPath? {
        try await audited(.graph, start.namespace) {
            try filter.check()
            try GraphLimits.check(depth, GraphLimits.depth, "depth")
            return try await linkTables(start.namespace) { tables in
                guard let start = try tables.memory(start),
                    let end = try tables.memory(MemoryKey(namespace: tables.namespace, key: end))
                else { return nil }
                var search = LinkSearch(tables, from: start, filter, order, depth: depth)
                while let place = try search.next() {
                    guard search.ways[place].memory == end.id else { continue }
                    let steps = try search.steps(to: place).map { try search.memory(at: $0, tables) }
                    return LinkPath(namespace: tables.namespace, memories: steps)
                }
                guard !search.isCut else {
                    throw MemoryLimitError(
                        limit: .graphLinks, field: "links", allowed: 0...GraphLimits.links,
                        found: GraphLimits.links + 1)
                }
                return nil
            }
        } describe: { path in
            var asked = filter.json
            asked.append("from", .string(start.key))
            asked.append("to", .string(end))
            asked.append("order", .string(order.rawValue))
            asked.append("depth", JSONValue(depth))
            return (asked, path?.memories.map(\.key) ?? [])
        }
    }
}

extension LinkSearch {
    fileprivate func memory(at place: Int, _ tables: LinkTables) throws -> ReachedMemory {
        let way = ways[place]
        let outline = try tables.outline(way.memory)
        return ReachedMemory(
            key: way.key, type: outline.type, summary: outline.summary, depth: way.depth, weight: way.weight,
            link: way.link, isIncoming: way.isIncoming)
    }
}

extension LinkTables {
    /// The links between some memories, in the order of these; and whether there are more than may be looked at.
    fileprivate func links(among memories: [Position], _ filter: LinkFilter) throws -> ([GraphLink], isCut: Bool) {
        let known = Set(memories)
        var links: [GraphLink] = []
        var looked = 0
        for memory in memories {
            try Task.checkCancellation()
            let row = try statement(
                """
                SELECT \(Self.columns("l")), t.id \
                FROM memory_links l CROSS JOIN memories t ON t.namespace = l.namespace AND t.key = l.to_key \
                WHERE l.id BETWEEN ?5 AND ?6\(Self.passes(filter, "l")) ORDER BY l.id
                """, filter)
            let ids = Self.ids(of: memory)
            row.bind(5, ids.lowerBound)
            row.bind(6, ids.upperBound)
            defer { row.reset() }
            while try row.step() {
                guard looked < GraphLimits.links else { return (links, true) }
                looked += 1
                if known.contains(row.int64(Self.columnCount)) { links.append(Self.link(row)) }
            }
        }
        return (links, false)
    }
}
