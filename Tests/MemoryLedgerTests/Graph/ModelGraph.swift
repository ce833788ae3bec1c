import EventLog

@testable import MemoryLedger

/// The links of a namespace as plain arrays and dictionaries, made of what `list` answers.
struct ModelGraph {
    /// A link of a memory that is shown.
    struct Edge: Hashable {
        var from: String
        /// What it counts for.
        var to: String?
        var type: String
        var term: String
        var weight: Double

        init(_ link: GraphLink) {
            (from, to, type, term, weight) = (link.from, link.to, link.type, link.term, link.weight)
        }

        init(from: String, to: String?, _ link: MemoryLink) {
            (self.from, self.to) = (from, to)
            (type, term, weight) = (link.type, link.term, link.weight)
        }
    }

    /// Where a step leads, and how much it keeps of a way's weight.
    struct Step {
        var to: String
        var weight: Double
    }

    let namespace: String
    /// Of the memories that are shown, in order.
    let keys: [String]
    /// In the order of their memories' keys and lists.
    let edges: [Edge]
    let summaries: [String: String]

    init(_ reading: some MemoryReading, _ namespace: String) async throws {
        let query = MemoryQuery(namespace: namespace, limit: MemoryQuery.maximumLimit)
        let shown = try await reading.list(query).memories
        var held = Set(shown.map(\.key))
        held.formUnion(
            try await reading.list(MemoryQuery(namespace: namespace, onlyQuarantined: true, limit: 1_000)).memories
                .map(\.key))
        self.namespace = namespace
        keys = shown.map(\.key)
        summaries = Dictionary(uniqueKeysWithValues: shown.map { ($0.key, $0.content.summary) })
        edges = shown.flatMap { memory in
            memory.content.links.map { link in
                let meant = link.key.map { key in
                    MemoryKey(namespace: namespace, key: key).resolved { held.contains($0.key) }.key
                }
                return Edge(from: memory.key, to: meant, link)
            }
        }
    }

    func isShown(_ key: String?) -> Bool { key.map { summaries[$0] != nil } ?? false }

    func passing(_ filter: LinkFilter) -> [Edge] {
        edges.filter { edge in
            (filter.types.isEmpty || filter.types.contains(edge.type)) && edge.weight >= filter.leastWeight ?? -1
        }
    }

    func outgoing(_ key: String, _ filter: LinkFilter) -> [Edge] { passing(filter).filter { $0.from == key } }
    func incoming(_ key: String, _ filter: LinkFilter) -> [Edge] { passing(filter).filter { $0.to == key } }

    // MARK: Ways

    private func steps(_ filter: LinkFilter) -> [String: [Step]] {
        var steps: [String: [Step]] = [:]
        for edge in passing(filter) {
            guard let to = edge.to, isShown(to) else { continue }
            if filter.direction != .incoming { steps[edge.from, default: []].append(Step(to: to, weight: edge.weight)) }
            if filter.direction != .outgoing { steps[to, default: []].append(Step(to: edge.from, weight: edge.weight)) }
        }
        return steps
    }

    /// For each number of links, the best weight of a way of so many to each memory that has one.
    func weights(from key: String, _ filter: LinkFilter, depth: Int) -> [[String: Double]] {
        let steps = steps(filter)
        var layers: [[String: Double]] = [[key: 1]]
        for _ in 0..<depth {
            var next: [String: Double] = [:]
            for (from, weight) in layers[layers.count - 1] {
                for step in steps[from] ?? [] { next[step.to] = max(next[step.to] ?? -1, weight * step.weight) }
            }
            layers.append(next)
        }
        return layers
    }

    /// The number of links and the weight of the best way to each memory.
    func best(
        from key: String, _ filter: LinkFilter, _ order: WalkOrder, depth: Int
    ) -> [String: (depth: Int, weight: Double)] {
        var best: [String: (depth: Int, weight: Double)] = [:]
        for (depth, layer) in weights(from: key, filter, depth: depth).enumerated() {
            for (key, weight) in layer {
                let isBetter = best[key].map { order == .weight && weight > $0.weight } ?? true
                if isBetter { best[key] = (depth, weight) }
            }
        }
        return best
    }

    // MARK: The whole

    func orphans(isolated: Bool) -> [String] {
        keys.filter { key in
            !edges.contains { $0.to == key && $0.from != key }
                && (!isolated || !edges.contains { $0.from == key && $0.to != key && isShown($0.to) })
        }
    }

    func hubs(_ filter: LinkFilter) -> [(key: String, links: Int)] {
        let counts = keys.map { key in
            var count = 0
            if filter.direction != .outgoing { count += incoming(key, filter).count }
            if filter.direction != .incoming { count += outgoing(key, filter).count { $0.to != nil } }
            return (key, count)
        }
        return counts.filter { $0.1 > 0 }.sorted { $0.1 != $1.1 ? $0.1 > $1.1 : $0.0.precedesByBytes($1.0) }
    }

    var dangling: [Edge] { edges.filter { !isShown($0.to) } }

    /// Each in order, the largest first.
    func components(_ filter: LinkFilter, leastSize: Int) -> [[String]] {
        var filter = filter
        filter.direction = .both
        var left = Set(keys)
        var components: [[String]] = []
        for key in keys where left.contains(key) {
            let component = best(from: key, filter, .breadth, depth: keys.count).keys
            left.subtract(component)
            components.append(component.sorted { $0.precedesByBytes($1) })
        }
        return components.filter { $0.count >= leastSize }
            .sorted { $0.count != $1.count ? $0.count > $1.count : $0[0].precedesByBytes($1[0]) }
    }
}
