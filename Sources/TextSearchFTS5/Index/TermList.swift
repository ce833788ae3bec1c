/// A column and a position in it as one number: the next position of the column is the next number.
enum PackedPosition {
    @inline(__always) static func pack(_ column: Int, _ position: Int) -> UInt64 {
        UInt64(UInt32(truncatingIfNeeded: column)) << 32 | UInt64(UInt32(truncatingIfNeeded: position))
    }
}

/// The rows in which something stands, with its positions: rising, each row once.
class PostingList {
    /// Behind the last row it is `SegmentCursor.atEnd`.
    @exclusivity(unchecked) fileprivate(set) final var row: Int64 = .min
    /// About how many rows there are.
    fileprivate(set) final var count = 0

    func next() throws {}
    func seek(_ target: Int64) throws {}
    /// The same rows from the first one on. This list is at its end.
    func again() throws -> PostingList { self }
    func forEachPosition(_ body: (_ column: Int, _ position: Int) -> Void) {}
    /// The sum of the weights of the columns in which the row has its positions.
    func frequency(_ weights: ColumnWeights) -> Int { 0 }
    /// The row has a position in a column that counts.
    func stands(in columns: ColumnWeights) -> Bool {
        var found = false
        forEachPosition { column, _ in found = found || columns.counts(column) }
        return found
    }
}

/// The rows of one token, over all segments.
final class TermList: PostingList {
    private let pages: IndexPages
    private let token: String
    private let cursors: [SegmentCursor]
    /// One of them: to count references to it would cost more than a step does.
    @exclusivity(unchecked) private var current: Unmanaged<SegmentCursor>?
    /// The lowest row of the other segments: up to there the current one can go on alone.
    @exclusivity(unchecked) private var others: Int64 = SegmentCursor.atEnd

    init(_ pages: IndexPages, token: String) throws {
        (self.pages, self.token) = (pages, token)
        let places = try TermLookup(pages: pages).places(of: token)
        cursors = try places.map { try SegmentCursor(pages, $0) }
        super.init()
        count = try places.reduce(0) { $0 + (try SegmentCursor.count(pages, $1)) }
        choose()
    }

    private func choose() {
        current = nil
        row = SegmentCursor.atEnd
        others = SegmentCursor.atEnd
        for cursor in cursors {
            if cursor.row < row {
                others = row
                row = cursor.row
                current = .passUnretained(cursor)
            } else {
                others = min(others, cursor.row)
            }
        }
    }

    @inline(__always) override func next() throws {
        guard let current else { return }
        let last = row
        row = try current._withUnsafeGuaranteedRef {
            try $0.next()
            return $0.row
        }
        if row < others { return }
        choose()
        // A row that stands in two segments counts once.
        if row == last { try seek(last + 1) }
    }

    override func again() throws -> PostingList { try TermList(pages, token: token) }

    /// All rows in which it stands in a column that counts; nil if these are too far apart. The list is at its end
    /// then.
    func bits(in columns: ColumnWeights) throws -> RowBits? {
        let bits = RowBits()
        // Later segments have later rows, as a rule.
        for cursor in cursors.sorted(by: { $0.row < $1.row }) {
            guard try cursor.mark(columns, in: bits) else { return nil }
        }
        return bits
    }

    @inline(__always) override func seek(_ target: Int64) throws {
        guard row < target else { return }
        if let current, target < others {
            row = try current._withUnsafeGuaranteedRef {
                try $0.seek(target)
                return $0.row
            }
            if row < others { return }
        }
        try seekAll(target)
    }

    private func seekAll(_ target: Int64) throws {
        for cursor in cursors where cursor.row < target { try cursor.seek(target) }
        choose()
    }

    override func forEachPosition(_ body: (Int, Int) -> Void) {
        current?._withUnsafeGuaranteedRef { $0.forEachPosition(body) }
    }

    @inline(__always) override func frequency(_ weights: ColumnWeights) -> Int {
        current?._withUnsafeGuaranteedRef { $0.frequency(weights) } ?? 0
    }

    @inline(__always) override func stands(in columns: ColumnWeights) -> Bool {
        current?._withUnsafeGuaranteedRef { $0.stands(in: columns) } ?? false
    }
}

/// The rows of all tokens that begin so, put together in memory.
final class PrefixList: PostingList {
    private struct Place {
        var row: Int64
        /// Packed with its column.
        var position: UInt64
    }

    private var places: [Place] = []
    private var at = 0
    private var end = 0

    init(_ pages: IndexPages, prefix: String, maximumPositions: Int) throws {
        super.init()
        try TermLookup(pages: pages).forEachPlace(beginning: prefix) { place in
            let cursor = try SegmentCursor(pages, place)
            while cursor.row != SegmentCursor.atEnd {
                let row = cursor.row
                cursor.forEachPosition { column, position in
                    places.append(Place(row: row, position: PackedPosition.pack(column, position)))
                }
                guard places.count <= maximumPositions else {
                    throw TextIndexError(
                        .prefixTooBroad,
                        "Words that begin with \(prefix) stand in too many places: write more of the word.")
                }
                try cursor.next()
            }
        }
        places.sort { $0.row != $1.row ? $0.row < $1.row : $0.position < $1.position }
        for index in places.indices where index == 0 || places[index].row != places[index - 1].row { count += 1 }
        begin(0)
    }

    private func begin(_ index: Int) {
        at = index
        end = index
        row = index < places.count ? places[index].row : SegmentCursor.atEnd
        while end < places.count, places[end].row == row { end += 1 }
    }

    override func next() throws { begin(end) }

    override func again() -> PostingList {
        begin(0)
        return self
    }

    override func seek(_ target: Int64) throws {
        guard row < target else { return }
        var low = end
        var high = places.count
        while low < high {
            let middle = (low + high) / 2
            if places[middle].row < target { low = middle + 1 } else { high = middle }
        }
        begin(low)
    }

    override func forEachPosition(_ body: (Int, Int) -> Void) {
        var last: UInt64?
        for place in places[at..<end] where place.position != last {
            last = place.position
            body(Int(place.position >> 32), Int(place.position & 0xFFFF_FFFF))
        }
    }

    override func frequency(_ weights: ColumnWeights) -> Int {
        var sum = 0
        forEachPosition { column, _ in sum &+= weights[column] }
        return sum
    }
}
