import EventLog
import LedgerStorage

/// Which of two ways to a memory is better.
public enum WalkOrder: String, Hashable, Sendable, CaseIterable {
    /// The one with fewer links, then with the greater weight.
    case breadth
    /// The one with the greater weight, which is the product of its links' weights, then with fewer links.
    case weight
}

/// Goes from a memory along links, the best way first (Dijkstra's algorithm), and meets each memory once, by its best
/// way of at most so many links. Cycles end by themselves.
///
/// Weights that an import brought beyond 0 to 1 count as the nearest of these, so that no way gets better by going on.
struct LinkSearch {
    /// How a memory was come to.
    struct Way {
        var memory: Position
        var key: String
        /// The way before the last link; nil: it begins here.
        var before: Int?
        var depth: Int
        /// The product of the links' weights.
        var weight: Double
        /// The last link; nil: it begins here.
        var link: GraphLink?
        /// The link was followed backwards.
        var isIncoming: Bool
    }

    private let tables: LinkTables
    private let filter: LinkFilter
    private let order: WalkOrder
    private let depth: Int
    private(set) var ways: [Way] = []
    /// Ways to go, as a heap.
    private var open: [Int] = []
    /// Of memories that were met: the least depth at which a way has ended there.
    private var depths: [Position: Int] = [:]
    private var looked = 0
    /// Links were left out, because there are too many.
    private(set) var isCut = false

    init(
        _ tables: LinkTables, from start: (id: Position, key: String), _ filter: LinkFilter, _ order: WalkOrder,
        depth: Int
    ) {
        self.tables = tables
        self.filter = filter
        self.order = order
        self.depth = depth
        add(Way(memory: start.id, key: start.key, before: nil, depth: 0, weight: 1, link: nil, isIncoming: false))
    }

    /// The next memory that is met for the first time, as a place in `ways`; nil if there is none.
    mutating func next() throws -> Int? {
        while let place = takeBest() {
            try Task.checkCancellation()
            let way = ways[place]
            let known = depths[way.memory]
            if let known, known <= way.depth { continue }
            depths[way.memory] = way.depth
            if way.depth < depth, !isCut { try follow(place) }
            if known == nil { return place }
        }
        return nil
    }

    // MARK: Links

    private mutating func follow(_ place: Int) throws {
        let memory = (id: ways[place].memory, key: ways[place].key)
        var best: [Position: Way] = [:]
        var found: [Position] = []
        func take(_ row: SQLiteStatement, isIncoming: Bool) {
            let link = LinkTables.link(row, from: 2)
            let weight = min(max(link.weight, 0), 1)
            let other = row.int64(0)
            if let known = best[other] {
                guard weight > known.weight else { return }
            } else {
                found.append(other)
            }
            best[other] = Way(
                memory: other, key: row.text(1), before: place, depth: 0, weight: weight, link: link,
                isIncoming: isIncoming)
        }
        if filter.direction != .incoming {
            let row = try outgoing(memory.id)
            defer { row.reset() }
            while try mayLook(), try row.step() { take(row, isIncoming: false) }
        }
        if filter.direction != .outgoing {
            let row = try incoming(memory.key)
            defer { row.reset() }
            while try mayLook(), try row.step() { take(row, isIncoming: true) }
        }
        let (before, weight) = (ways[place].depth, ways[place].weight)
        for other in found where depths[other].map({ $0 > before + 1 }) ?? true {
            guard var way = best[other] else { continue }
            (way.depth, way.weight) = (before + 1, weight * way.weight)
            add(way)
        }
    }

    private mutating func mayLook() throws -> Bool {
        if looked % 1_024 == 0 { try Task.checkCancellation() }
        isCut = looked >= GraphLimits.links
        looked += 1
        return !isCut
    }

    private func outgoing(_ id: Position) throws -> SQLiteStatement {
        let row = try tables.statement(
            """
            SELECT t.id, t.key, \(LinkTables.columns("l")) \
            FROM memory_links l CROSS JOIN memories t ON t.namespace = l.namespace AND t.key = l.to_key \
            WHERE l.id BETWEEN ?5 AND ?6\(LinkTables.passes(filter, "l")) AND \(tables.isShown("t")) ORDER BY l.id
            """, filter)
        let ids = LinkTables.ids(of: id)
        row.bind(5, ids.lowerBound)
        row.bind(6, ids.upperBound)
        return row
    }

    private func incoming(_ key: String) throws -> SQLiteStatement {
        let row = try tables.statement(
            """
            SELECT f.id, f.key, \(LinkTables.columns("l")) \
            FROM memory_links l CROSS JOIN memories f ON f.id = l.id >> 20 \
            WHERE l.namespace = ?2 AND l.to_key = ?5\(LinkTables.passes(filter, "l")) AND \(tables.isShown("f")) \
            ORDER BY l.position, l.id
            """, filter)
        row.bind(5, key)
        return row
    }

    // MARK: The heap

    private mutating func add(_ way: Way) {
        ways.append(way)
        open.append(ways.count - 1)
        var child = open.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard isBetter(open[child], open[parent]) else { return }
            open.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func takeBest() -> Int? {
        guard let best = open.first, let last = open.popLast() else { return nil }
        guard !open.isEmpty else { return best }
        open[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < open.count {
                if isBetter(open[child], open[least]) { least = child }
            }
            guard least != parent else { return best }
            open.swapAt(parent, least)
            parent = least
        }
    }

    /// What is equally good is decided by the keys on the way, from its beginning.
    private func isBetter(_ left: Int, _ right: Int) -> Bool {
        let (one, other) = (ways[left], ways[right])
        switch order {
        case .breadth:
            if one.depth != other.depth { return one.depth < other.depth }
            if one.weight != other.weight { return one.weight > other.weight }
        case .weight:
            if one.weight != other.weight { return one.weight > other.weight }
            if one.depth != other.depth { return one.depth < other.depth }
        }
        if one.before == other.before, !one.key.hasSameBytes(as: other.key) {
            return one.key.precedesByBytes(other.key)
        }
        let (keys, others) = (keys(to: left), keys(to: right))
        for (key, other) in zip(keys, others) where !key.hasSameBytes(as: other) { return key.precedesByBytes(other) }
        return left < right
    }

    private func keys(to place: Int) -> [String] { steps(to: place).map { ways[$0].key } }

    /// The ways that one consists of, from its beginning.
    func steps(to place: Int) -> [Int] {
        var steps: [Int] = []
        var next: Int? = place
        while let step = next {
            steps.append(step)
            next = ways[step].before
        }
        return steps.reversed()
    }
}
