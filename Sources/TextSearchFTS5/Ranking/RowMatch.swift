/// Rows that match a part of a query, by their numbers rising, with what they are worth.
class RowMatch {
    /// Behind the last row it is `SegmentCursor.atEnd`.
    @exclusivity(unchecked) final var row: Int64 = .min
    /// About how many rows there are.
    final var count = 0

    func next() throws {}
    func seek(_ target: Int64) throws {}
    /// What the present row is worth.
    func score() -> Double { 0 }
}

/// Parts of a match. They are held once; to count references to them at each step would cost more than the step does.
final class MatchParts {
    private let owned: [RowMatch]
    private let base: UnsafeMutablePointer<Unmanaged<RowMatch>>
    let count: Int

    init(_ parts: [RowMatch]) {
        owned = parts
        count = parts.count
        base = .allocate(capacity: max(count, 1))
        for (index, part) in parts.enumerated() { (base + index).initialize(to: .passUnretained(part)) }
    }

    deinit { base.deallocate() }

    @inline(__always) subscript(index: Int) -> Unmanaged<RowMatch> { base[index] }
    @inline(__always) func row(_ index: Int) -> Int64 { base[index]._withUnsafeGuaranteedRef { $0.row } }
    @inline(__always) func next(_ index: Int) throws { try base[index]._withUnsafeGuaranteedRef { try $0.next() } }
    @inline(__always) func score(_ index: Int) -> Double { base[index]._withUnsafeGuaranteedRef { $0.score() } }

    @inline(__always) func seek(_ index: Int, _ target: Int64) throws {
        try base[index]._withUnsafeGuaranteedRef { try $0.seek(target) }
    }

    /// The two as single tokens, if they are.
    func tokens(_ first: Int, _ second: Int) -> (TermMatch, TermMatch)? {
        guard let first = owned[first] as? TermMatch, let second = owned[second] as? TermMatch else { return nil }
        return (first, second)
    }
}

/// One token.
final class TermMatch: RowMatch {
    let list: PostingList
    let columns: ColumnWeights
    /// The token may stand in columns that do not count.
    let isNarrowed: Bool
    let table: RelevanceTable

    init(_ list: PostingList, columns: ColumnWeights, isNarrowed: Bool, rarity: Double) throws {
        self.list = list
        self.columns = columns
        table = RelevanceTable(rarity: rarity)
        self.isNarrowed = isNarrowed
        super.init()
        count = list.count
        try settle()
    }

    private func settle() throws {
        while isNarrowed, list.row != SegmentCursor.atEnd, !list.stands(in: columns) { try list.next() }
        row = list.row
    }

    override func next() throws {
        try list.next()
        try settle()
    }

    override func seek(_ target: Int64) throws {
        guard row < target else { return }
        try list.seek(target)
        try settle()
    }

    override func score() -> Double {
        table.worth(list.frequency(columns), row)
    }
}

/// Tokens at successive positions of one column.
final class PhraseMatch: RowMatch {
    private let lists: [PostingList]
    private let columns: ColumnWeights
    @exclusivity(unchecked) private var found: [UInt64] = []
    @exclusivity(unchecked) private var before: [UInt64] = []
    private let table: RelevanceTable

    init(_ lists: [PostingList], columns: ColumnWeights, rarity: Double) throws {
        self.lists = lists
        self.columns = columns
        table = RelevanceTable(rarity: rarity)
        super.init()
        count = lists.map(\.count).min() ?? 0
        try settle()
    }

    override func next() throws {
        try lists[0].next()
        try settle()
    }

    override func seek(_ target: Int64) throws {
        guard row < target else { return }
        try lists[0].seek(target)
        try settle()
    }

    /// Goes on until all tokens stand in one row, one behind the other.
    private func settle() throws {
        while true {
            var target = lists[0].row
            var isTogether = true
            for list in lists {
                try list.seek(target)
                if list.row > target {
                    target = list.row
                    isTogether = false
                }
            }
            if target == SegmentCursor.atEnd {
                row = SegmentCursor.atEnd
                return
            }
            if isTogether {
                row = target
                if hasPhrase() { return }
                try lists[0].next()
            } else {
                try lists[0].seek(target)
            }
        }
    }

    /// Leaves the positions of the last token in `found`.
    private func hasPhrase() -> Bool {
        found.removeAll(keepingCapacity: true)
        lists[0].forEachPosition { column, position in
            if columns.counts(column) { found.append(PackedPosition.pack(column, position)) }
        }
        for list in lists.dropFirst() {
            guard !found.isEmpty else { return false }
            swap(&found, &before)
            found.removeAll(keepingCapacity: true)
            var index = 0
            list.forEachPosition { column, position in
                let place = PackedPosition.pack(column, position)
                while index < before.count, before[index] &+ 1 < place { index += 1 }
                if index < before.count, before[index] &+ 1 == place { found.append(place) }
            }
        }
        return !found.isEmpty
    }

    override func score() -> Double {
        var frequency = 0
        for place in found { frequency &+= columns[Int(place >> 32)] }
        return table.worth(frequency, row)
    }
}

/// Two neighbouring pairs of a run, as places among the parts of an `AnyMatch`.
struct Neighbours {
    var first: Int
    var second: Int
}

/// Rows that match any of the parts, worth what all of them are worth there.
final class AnyMatch: RowMatch {
    private let parts: MatchParts
    private let neighbours: [Neighbours]

    init(_ parts: [RowMatch], neighbours: [Neighbours] = []) {
        self.parts = MatchParts(parts)
        self.neighbours = neighbours
        super.init()
        count = parts.reduce(0) { $0 + $1.count }
        settle()
    }

    private func settle() {
        var lowest = SegmentCursor.atEnd
        for index in 0..<parts.count { lowest = min(lowest, parts.row(index)) }
        row = lowest
    }

    override func next() throws {
        guard row != SegmentCursor.atEnd else { return }
        for index in 0..<parts.count where parts.row(index) == row { try parts.next(index) }
        settle()
    }

    override func seek(_ target: Int64) throws {
        guard row < target else { return }
        for index in 0..<parts.count where parts.row(index) < target { try parts.seek(index, target) }
        settle()
    }

    override func score() -> Double {
        var score = 0.0
        for index in 0..<parts.count where parts.row(index) == row { score += parts.score(index) }
        for pair in neighbours where parts.row(pair.first) == row && parts.row(pair.second) == row {
            score += worth(pair)
        }
        return score
    }

    /// If two pairs stand one behind the other, they say as much again as the one that says less.
    private func worth(_ pair: Neighbours) -> Double {
        guard let (first, second) = parts.tokens(pair.first, pair.second) else { return 0 }
        var places: [UInt64] = []
        first.list.forEachPosition { places.append(PackedPosition.pack($0, $1)) }
        var isNeighbour = false
        var index = 0
        second.list.forEachPosition { column, position in
            let place = PackedPosition.pack(column, position)
            while index < places.count, places[index] &+ 1 < place { index += 1 }
            if index < places.count, places[index] &+ 1 == place { isNeighbour = true }
        }
        return isNeighbour ? min(first.score(), second.score()) : 0
    }
}

/// Rows that match all of the parts and none of the others.
final class AllMatch: RowMatch {
    private let parts: MatchParts
    private let others: MatchParts
    /// The rarest first: it leads, and the others are asked for its rows.
    private let order: MatchParts

    /// - Parameter filters: must match as well, and are worth nothing.
    init(_ parts: [RowMatch], filters: [RowMatch] = [], except others: [RowMatch]) throws {
        self.parts = MatchParts(parts)
        self.others = MatchParts(others)
        let order = (parts + filters).enumerated()
            .sorted { ($0.element.count, $0.offset) < ($1.element.count, $1.offset) }
        self.order = MatchParts(order.map(\.element))
        super.init()
        count = order.first?.element.count ?? 0
        try settle()
    }

    private func settle() throws {
        search: while true {
            let target = order.row(0)
            for index in 1..<max(order.count, 1) {
                if order.row(index) < target { try order.seek(index, target) }
                if order.row(index) > target {
                    try order.seek(0, order.row(index))
                    continue search
                }
            }
            if try target == SegmentCursor.atEnd || !isExcluded(target) {
                row = target
                return
            }
            try order.next(0)
        }
    }

    private func isExcluded(_ target: Int64) throws -> Bool {
        for index in 0..<others.count {
            try others.seek(index, target)
            if others.row(index) == target { return true }
        }
        return false
    }

    override func next() throws {
        guard row != SegmentCursor.atEnd else { return }
        try order.next(0)
        try settle()
    }

    override func seek(_ target: Int64) throws {
        guard row < target else { return }
        try order.seek(0, target)
        try settle()
    }

    override func score() -> Double {
        var score = 0.0
        for index in 0..<parts.count { score += parts.score(index) }
        return score
    }
}
