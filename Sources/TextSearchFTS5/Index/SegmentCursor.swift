/// Where a term's rows begin in a segment.
struct TermPlace {
    var segment: IndexSegment
    var page: Int
    /// On the page, behind the term.
    var offset: Int
    /// Where the next term of the page begins, if there is one.
    var nextTerm: Int?
    /// The last page on which the term's rows may stand.
    var lastPage: Int
}

/// Walks over the rows of one term in one segment, by their numbers rising. Its loops run once for each row, and
/// nothing in them calls back, so exclusivity is not checked.
final class SegmentCursor {
    private let pages: IndexPages
    private let place: TermPlace
    @exclusivity(unchecked) private var bytes = PageBytes()
    @exclusivity(unchecked) private var page: Int
    @exclusivity(unchecked) private var at: Int
    /// Where the rows of this page end.
    @exclusivity(unchecked) private var end: Int
    /// The rows end on this page.
    @exclusivity(unchecked) private var isLastPage: Bool
    /// The next row's number is not a difference.
    @exclusivity(unchecked) private var isFirst = true
    /// The positions of a row that goes on to the next page.
    @exclusivity(unchecked) private var spill: [UInt8] = []
    @exclusivity(unchecked) private var positionsStart = 0
    @exclusivity(unchecked) private var positionsLength = 0
    @exclusivity(unchecked) private var isSpilled = false

    /// Behind the last row it is `Int64.max`.
    @exclusivity(unchecked) private(set) var row: Int64 = .min
    static let atEnd = Int64.max

    init(_ pages: IndexPages, _ place: TermPlace) throws {
        self.pages = pages
        self.place = place
        page = place.page
        at = place.offset
        end = 0
        isLastPage = place.nextTerm != nil
        try pages.read(place.segment, page: page, into: &bytes)
        end = place.nextTerm ?? bytes.contentEnd
        spill.reserveCapacity(16)
        try next()
    }

    /// Goes to the next row.
    @inline(__always)
    func next() throws {
        if at >= end {
            guard try reachPage() else { return }
        }
        let base = bytes.base
        let number = Int64(bitPattern: Varint.read(base, &at))
        row = isFirst ? number : row &+ number
        isFirst = false
        let size = Varint.read(base, &at)
        // The lowest bit marks a row that was deleted, of which there are none in an index of ours.
        guard size & 1 == 0, size >> 1 <= UInt64(Int32.max), row != Self.atEnd else {
            throw TextIndexError.damaged(pages.table)
        }
        guard at <= end else { throw TextIndexError.damaged(pages.table) }
        positionsStart = at
        positionsLength = Int(size >> 1)
        isSpilled = false
        at += positionsLength
        if at > end { try takeSpill() }
    }

    /// Turns pages until one has a row; false if there is none any more.
    @inline(never)
    private func reachPage() throws -> Bool {
        while at >= end {
            guard !isLastPage, try turnPage() else {
                row = Self.atEnd
                return false
            }
        }
        return true
    }

    /// Reads the next page of the segment; false if this term has no rows on it.
    private func turnPage() throws -> Bool {
        guard try load(page + 1) else { return false }
        let first = bytes.firstRowOffset
        guard first >= PageBytes.headerBytes, first < end else { return false }
        at = first
        isFirst = true
        return true
    }

    private func load(_ number: Int) throws -> Bool {
        guard number <= place.lastPage else { return false }
        page = number
        try pages.read(place.segment, page: page, into: &bytes)
        end = bytes.contentEnd
        guard end >= PageBytes.headerBytes else { throw TextIndexError.damaged(pages.table) }
        if end < bytes.count {
            var places = end
            end = min(Int(truncatingIfNeeded: Varint.read(bytes.base, &places)) & Int(Int32.max), end)
            isLastPage = true
        }
        at = end
        return true
    }

    /// The positions go on at the beginning of the next page.
    @inline(never)
    private func takeSpill() throws {
        let length = positionsLength
        spill.removeAll(keepingCapacity: true)
        spill.append(contentsOf: UnsafeBufferPointer(start: bytes.base + positionsStart, count: end - positionsStart))
        at = end
        while spill.count < length {
            guard !isLastPage, try load(page + 1) else { throw TextIndexError.damaged(pages.table) }
            let first = bytes.firstRowOffset
            let stop = first >= PageBytes.headerBytes && first < end ? first : end
            let start = PageBytes.headerBytes
            let count = max(0, min(length - spill.count, stop - start))
            spill.append(contentsOf: UnsafeBufferPointer(start: bytes.base + start, count: count))
            if first >= PageBytes.headerBytes, first < end {
                at = first
                isFirst = true
                guard spill.count >= length else { throw TextIndexError.damaged(pages.table) }
            }
        }
        isSpilled = true
    }

    /// Marks each row in which the term stands in a column that counts.
    ///
    /// - Returns: false if they are too far apart.
    func mark(_ columns: ColumnWeights, in bits: RowBits) throws -> Bool {
        while row != Self.atEnd {
            if stands(in: columns), !bits.insert(row) { return false }
            if at < end, !isFirst { try markPage(columns, in: bits) }
            try next()
            if page % Self.pagesBetweenChecks == 0 { try Task.checkCancellation() }
        }
        return true
    }

    private static let pagesBetweenChecks = 64

    /// Marks rows of the page, up to one that takes a closer look, which is the next.
    private func markPage(_ columns: ColumnWeights, in bits: RowBits) throws {
        let (base, end) = (bytes.base, end)
        var (at, row) = (at, row)
        while at < end {
            var ahead = at
            let number = row &+ Int64(bitPattern: Varint.read(base, &ahead))
            let size = Varint.read(base, &ahead)
            // What a filter looks for stands in one column as a rule, and the row not on two pages.
            guard size & 1 == 0, size >> 1 > 2, size >> 1 <= UInt64(end &- ahead), base[ahead] == Self.columnMark,
                columns.counts(Int(base[ahead &+ 1])), bits.insert(number)
            else { break }
            row = number
            at = ahead &+ Int(size >> 1)
        }
        (self.at, self.row) = (at, row)
    }

    /// Goes to the first row from the given one on. Pages between are not read if the heads of pages show that they
    /// can be passed over.
    func seek(_ target: Int64) throws {
        while row < target {
            if at < end, !isFirst {
                try walk(to: target)
            } else {
                if at >= end, !isLastPage, page + 1 < place.lastPage { try passPages(before: target) }
                try next()
            }
        }
    }

    /// Goes on to the first row from the given one on, or to the last one of the page: as `next` does, again and again,
    /// without a look at what comes in between.
    private func walk(to target: Int64) throws {
        let (base, end) = (bytes.base, end)
        var (at, row, size) = (at, row, 0 as UInt64)
        var start = at
        var isSound = true
        while row < target, at < end {
            row &+= Int64(bitPattern: Varint.read(base, &at))
            size = Varint.read(base, &at)
            isSound = size & 1 == 0 && size >> 1 <= UInt64(Int32.max) && at <= end
            guard isSound else { break }
            start = at
            at &+= Int(size >> 1)
        }
        guard isSound, row != Self.atEnd else { throw TextIndexError.damaged(pages.table) }
        (self.at, self.row) = (at, row)
        (positionsStart, positionsLength, isSpilled) = (start, Int(size >> 1), false)
        if at > end { try takeSpill() }
    }

    /// Goes to the last page that is known to begin at or before the target.
    private func passPages(before target: Int64) throws {
        var low = page
        var step = 1
        var high = page + 1
        while high <= place.lastPage, let first = try pages.firstRow(place.segment, page: high), first <= target {
            low = high
            high += step
            step *= 2
        }
        high = min(high, place.lastPage + 1)
        while low + 1 < high {
            let middle = (low + high) / 2
            if let first = try pages.firstRow(place.segment, page: middle), first <= target {
                low = middle
            } else {
                high = middle
            }
        }
        // The next turn of a page reads it.
        if low > page { page = low - 1 }
    }

    /// The sum of the weights of the columns in which the row has its positions.
    @inline(__always)
    func frequency(_ weights: ColumnWeights) -> Int {
        if !isSpilled, positionsLength <= ShortPositions.maximumBytes,
            let positions = ShortPositions(bytes.base + positionsStart, positionsLength)
        {
            return positions.frequency(weights)
        }
        return decodedFrequency(weights)
    }

    @inline(never)
    private func decodedFrequency(_ weights: ColumnWeights) -> Int {
        var sum = 0
        forEachPosition { column, _ in sum &+= weights[column] }
        return sum
    }

    /// The row has a position in a column that counts.
    @inline(__always)
    func stands(in columns: ColumnWeights) -> Bool {
        // What a filter looks for stands in one column as a rule.
        if !isSpilled, positionsLength > 2, bytes.base[positionsStart] == Self.columnMark,
            columns.counts(Int(bytes.base[positionsStart &+ 1]))
        {
            return true
        }
        return standsDecoded(in: columns)
    }

    @inline(never)
    private func standsDecoded(in columns: ColumnWeights) -> Bool {
        var found = false
        forEachPosition { column, _ in found = found || columns.counts(column) }
        return found
    }

    private static let columnMark = 1

    /// Hands over the positions of the row: column and place in it, rising.
    @inline(__always)
    func forEachPosition(_ body: (_ column: Int, _ position: Int) -> Void) {
        if isSpilled {
            spill.append(contentsOf: repeatElement(0, count: Int(Varint.maximumBytes)))
            spill.withUnsafeBufferPointer { buffer in
                if let base = buffer.baseAddress { Self.decode(base, positionsLength, body) }
            }
            spill.removeLast(Int(Varint.maximumBytes))
        } else {
            Self.decode(bytes.base + positionsStart, positionsLength, body)
        }
    }

    /// A 1 begins a column; what else there is are differences of positions, increased by 2.
    @inline(__always)
    private static func decode(_ base: UnsafePointer<UInt8>, _ length: Int, _ body: (Int, Int) -> Void) {
        var at = 0
        var column = 0
        var position = 0
        while at < length {
            let value = Varint.read(base, &at)
            if value == columnMark {
                column = Int(truncatingIfNeeded: Varint.read(base, &at))
                position = 0
            } else {
                position &+= Int(truncatingIfNeeded: value) &- 2
                body(column, position)
            }
        }
    }

    // MARK: Counting

    /// Of a list of more pages, so many are counted, and the others are taken to be like them.
    static let countedPages = 16

    /// About how many rows the term has in the segment; exactly, if they stand on few pages.
    static func count(_ pages: IndexPages, _ place: TermPlace) throws -> Int {
        let total = place.lastPage - place.page + 1
        if place.nextTerm != nil || total <= countedPages {
            let cursor = try SegmentCursor(pages, place)
            var count = 0
            while cursor.row != atEnd {
                count += 1
                try cursor.next()
            }
            return count
        }
        var bytes = PageBytes()
        var count = 0
        // The first and the last page are not the term's alone.
        for index in 0..<countedPages {
            let page = place.page + 1 + index * (total - 2) / countedPages
            try pages.read(place.segment, page: page, into: &bytes)
            count += countRows(bytes)
        }
        return count * (total - 1) / countedPages
    }

    private static func countRows(_ bytes: borrowing PageBytes) -> Int {
        let end = bytes.contentEnd
        var at = bytes.firstRowOffset
        guard at >= PageBytes.headerBytes else { return 0 }
        var count = 0
        while at < end {
            _ = Varint.read(bytes.base, &at)
            let size = Varint.read(bytes.base, &at)
            guard size >> 1 <= UInt64(Int32.max) else { break }
            at += Int(size >> 1)
            count += 1
        }
        return count
    }
}
