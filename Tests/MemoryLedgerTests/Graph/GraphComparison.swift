import EventLog
import Testing

@testable import MemoryLedger

/// Asks everything about the links of a ledger or a view, and compares it with the model.
struct GraphComparison<Reading: MemoryReading> {
    let reading: Reading
    let model: ModelGraph
    /// What messages say of the place.
    let words: String
    var random: SeededGenerator

    init(_ reading: Reading, _ namespace: String, _ words: String, seed: UInt64) async throws {
        self.reading = reading
        model = try await ModelGraph(reading, namespace)
        self.words = "\(words), namespace \(namespace)"
        random = SeededGenerator(seed: seed)
    }

    /// In every namespace of a random ledger.
    static func run(_ reading: Reading, _ namespaces: [String], _ words: String, seed: UInt64) async throws {
        for namespace in namespaces {
            var comparison = try await Self(reading, namespace, words, seed: seed)
            try await comparison.run()
        }
    }

    private mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }

    private mutating func filter() -> LinkFilter {
        LinkFilter(
            direction: LinkDirection.allCases[below(3)], types: [[], ["t0"], ["t0", "t1"], ["none"]][below(4)],
            leastWeight: below(2) == 0 ? nil : Double(below(10)) / 10)
    }

    mutating func run() async throws {
        for key in model.keys {
            try await neighbours(of: key)
            try await walk(from: key)
        }
        for _ in 0..<6 where !model.keys.isEmpty { try await path() }
        try await whole()
        let missing = MemoryKey(namespace: model.namespace, key: "no such key")
        #expect(try await reading.neighbours(of: missing) == nil, "\(words)")
        #expect(try await reading.walk(from: missing) == nil, "\(words)")
    }

    private func memory(_ key: String) -> MemoryKey { MemoryKey(namespace: model.namespace, key: key) }

    private mutating func neighbours(of key: String) async throws {
        let filter = filter()
        var query = NeighbourQuery(filter, limit: 1 + below(5))
        var found: [Neighbour] = []
        var totals: Set<Int> = []
        repeat {
            let page = try #require(try await reading.neighbours(of: memory(key), query), "\(words) \(key)")
            #expect(page.neighbours.count <= query.limit && page.memory == memory(key), "\(words) \(key)")
            found += page.neighbours
            totals.insert(page.total)
            query.after = page.next
        } while query.after != nil
        let outgoing = filter.direction == .incoming ? [] : model.outgoing(key, filter)
        var incoming = filter.direction == .outgoing ? [] : model.incoming(key, filter)
        if filter.direction == .both { incoming.removeAll { $0.from == key } }
        let message = "\(words) \(key) \(filter)"
        #expect(found.filter { !$0.isIncoming }.map { ModelGraph.Edge($0.link) } == outgoing, "\(message)")
        #expect(Self.counted(found.filter(\.isIncoming).map { .init($0.link) }) == Self.counted(incoming), "\(message)")
        #expect(totals == [outgoing.count + incoming.count], "\(message)")
        for neighbour in found {
            #expect(neighbour.summary == neighbour.key.flatMap { model.summaries[$0] }, "\(message)")
        }
    }

    private static func counted(_ edges: [ModelGraph.Edge]) -> [ModelGraph.Edge: Int] {
        Dictionary(edges.map { ($0, 1) }, uniquingKeysWith: +)
    }

    private mutating func walk(from key: String) async throws {
        var walk = LinkWalk(
            filter(), order: WalkOrder.allCases[below(2)], depth: 1 + below(5), limit: 1_000, showsLinks: true)
        let message = "\(words) \(key) \(walk)"
        let all = try #require(try await reading.walk(from: memory(key), walk), "\(message)")
        let best = model.best(from: key, walk.filter, walk.order, depth: walk.depth)
        #expect(Set(all.memories.map(\.key)) == Set(best.keys) && all.memories.count == best.count, "\(message)")
        #expect(all.memories.first?.key == key && !all.isCut, "\(message)")
        for (before, after) in zip(all.memories, all.memories.dropFirst()) {
            let isInOrder =
                walk.order == .breadth
                ? (before.depth, -before.weight) <= (after.depth, -after.weight)
                : (-before.weight, before.depth) <= (-after.weight, after.depth)
            #expect(isInOrder, "\(message): \(before) \(after)")
        }
        for reached in all.memories {
            let expected = best[reached.key]
            #expect(reached.depth == expected?.depth && reached.weight == expected?.weight, "\(message): \(reached)")
            #expect(reached.summary == model.summaries[reached.key], "\(message)")
        }
        let reached = Set(all.memories.map(\.key))
        let between = model.passing(walk.filter).filter { edge in
            reached.contains(edge.from) && edge.to.map(reached.contains) ?? false
        }
        #expect(Self.counted(all.links.map { .init($0) }) == Self.counted(between), "\(message)")
        walk.limit = 1 + below(4)
        let some = try await reading.walk(from: memory(key), walk)
        #expect(some?.memories == Array(all.memories.prefix(walk.limit)), "\(message)")
        #expect(some?.isCut == (all.memories.count > walk.limit), "\(message)")
    }

    private mutating func path() async throws {
        let (from, to) = (model.keys[below(model.keys.count)], model.keys[below(model.keys.count)])
        let (filter, order, depth) = (filter(), WalkOrder.allCases[below(2)], 1 + below(6))
        let message = "\(words) \(from) to \(to) \(filter) \(order) \(depth)"
        let path = try await reading.path(from: memory(from), to: to, filter, order: order, depth: depth)
        let expected = model.best(from: from, filter, order, depth: depth)[to]
        let last = path?.memories.last
        #expect(last?.depth == expected?.depth && last?.weight == expected?.weight, "\(message)")
        guard let path else { return }
        #expect(path.memories.first?.key == from && path.memories.last?.key == to, "\(message)")
        let edges = Set(model.passing(filter))
        for (before, after) in zip(path.memories, path.memories.dropFirst()) {
            let link = try #require(after.link, "\(message)")
            #expect(edges.contains(ModelGraph.Edge(link)), "\(message)")
            let ends = after.isIncoming ? [link.to, link.from] : [link.from, link.to]
            #expect(ends == [before.key, after.key], "\(message)")
            #expect(after.weight == before.weight * link.weight && after.depth == before.depth + 1, "\(message)")
        }
    }

    // MARK: The namespace as a whole

    private mutating func whole() async throws {
        let (namespace, limit, filter, leastSize) = (model.namespace, 1 + below(4), filter(), 1 + below(3))
        for isolated in [false, true] {
            let orphans = try await pages { after in
                let page = try await reading.orphans(in: namespace, isolated: isolated, limit: limit, after: after)
                return (page.memories, page.next)
            }
            #expect(orphans.map(\.key) == model.orphans(isolated: isolated), "\(words)")
        }
        let hubs = try await pages { after in
            let page = try await reading.hubs(in: namespace, filter, limit: limit, after: after)
            return (page.hubs, page.next)
        }
        let expected = model.hubs(filter)
        #expect(hubs.map(\.memory.key) == expected.map(\.key), "\(words) \(filter)")
        #expect(hubs.map(\.links) == expected.map(\.links), "\(words) \(filter)")
        let dangling = try await pages { after in
            let page = try await reading.danglingLinks(in: namespace, limit: limit, after: after)
            return (page.links, page.next)
        }
        #expect(Self.counted(dangling.map { .init($0) }) == Self.counted(model.dangling), "\(words)")
        for (before, after) in zip(dangling, dangling.dropFirst()) {
            #expect(!(after.to ?? "").precedesByBytes(before.to ?? ""), "\(words)")
        }
        var totals: Set<Int> = []
        let components = try await pages { after in
            let page = try await reading.components(
                in: namespace, filter, leastSize: leastSize, limit: limit, after: after)
            totals.insert(page.total)
            return (page.components, page.next)
        }
        let sets = model.components(filter, leastSize: leastSize)
        #expect(components.map(\.size) == sets.map(\.count) && totals == [sets.count], "\(words) \(filter)")
        let named = sets.map { Array($0.prefix(GraphLimits.componentKeys)) }
        #expect(components.map(\.keys) == named, "\(words) \(filter)")
    }

    private func pages<Row>(_ page: (String?) async throws -> ([Row], String?)) async throws -> [Row] {
        var rows: [Row] = []
        var after: String?
        repeat {
            let (more, next) = try await page(after)
            rows += more
            after = next
        } while after != nil
        return rows
    }
}
