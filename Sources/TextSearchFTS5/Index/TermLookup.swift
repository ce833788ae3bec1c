/// Finds terms on the leaf pages of an index.
struct TermLookup {
    let pages: IndexPages

    /// Where the rows of a token begin, in each segment that has it.
    func places(of token: String) throws -> [TermPlace] {
        let term = [IndexPages.mainIndex] + Array(token.utf8)
        var found: [TermPlace] = []
        for segment in pages.segments {
            let page = try pages.page(of: term, in: segment)
            var bytes = PageBytes()
            try pages.read(segment, page: page, into: &bytes)
            var reader = TermReader(bytes)
            while let (offset, nextTerm) = reader.next(bytes) {
                if reader.term == term {
                    let lastPage = nextTerm == nil ? try pages.lastPage(of: term, in: segment) : page
                    found.append(
                        TermPlace(
                            segment: segment, page: page, offset: offset, nextTerm: nextTerm, lastPage: lastPage))
                }
                if !reader.term.lexicographicallyPrecedes(term) { break }
            }
            guard !reader.isDamaged else { throw TextIndexError.damaged(pages.table) }
        }
        return found
    }

    /// Hands over the places of all terms that begin so.
    func forEachPlace(beginning prefix: String, _ body: (TermPlace) throws -> Void) throws {
        let start = [IndexPages.mainIndex] + Array(prefix.utf8)
        for segment in pages.segments {
            var bytes = PageBytes()
            var isPast = false
            for page in try pages.page(of: start, in: segment)...segment.lastPage where !isPast {
                try pages.read(segment, page: page, into: &bytes)
                var reader = TermReader(bytes)
                while !isPast, let (offset, nextTerm) = reader.next(bytes) {
                    if reader.term.starts(with: start) {
                        let lastPage = nextTerm == nil ? try pages.lastPage(of: reader.term, in: segment) : page
                        try body(
                            TermPlace(
                                segment: segment, page: page, offset: offset, nextTerm: nextTerm, lastPage: lastPage))
                    } else {
                        isPast = start.lexicographicallyPrecedes(reader.term)
                    }
                }
                guard !reader.isDamaged else { throw TextIndexError.damaged(pages.table) }
            }
        }
    }
}

/// Reads the terms of a page, each of which says what it has in common with the one before.
private struct TermReader {
    private(set) var term: [UInt8] = []
    private(set) var isDamaged = false
    private var places: Int
    private var next: Int
    private var isFirst = true

    init(_ bytes: borrowing PageBytes) {
        places = bytes.contentEnd
        next = Self.place(bytes, &places, before: 0) ?? 0
    }

    /// The place of the term behind the given one.
    private static func place(_ bytes: borrowing PageBytes, _ places: inout Int, before last: Int) -> Int? {
        guard places < bytes.count else { return nil }
        return last + Int(truncatingIfNeeded: Varint.read(bytes.base, &places)) & Int(Int32.max)
    }

    /// Where the rows of the next term begin, and where the term behind it begins.
    mutating func next(_ bytes: borrowing PageBytes) -> (offset: Int, nextTerm: Int?)? {
        guard next > 0 else { return nil }
        var at = next
        let end = bytes.contentEnd
        guard at >= PageBytes.headerBytes, at < end else { return damaged() }
        let shared = isFirst ? 0 : Int(truncatingIfNeeded: Varint.read(bytes.base, &at))
        guard at < end else { return damaged() }
        let count = Int(truncatingIfNeeded: Varint.read(bytes.base, &at))
        guard (0...term.count).contains(shared), count >= 0, count <= end, at + count <= end else { return damaged() }
        term.removeLast(term.count - shared)
        term.append(contentsOf: UnsafeBufferPointer(start: bytes.base + at, count: count))
        isFirst = false
        let following = Self.place(bytes, &places, before: next)
        next = following ?? 0
        if let following, following < at + count || following > end { return damaged() }
        return (at + count, following)
    }

    private mutating func damaged() -> (offset: Int, nextTerm: Int?)? {
        isDamaged = true
        next = 0
        return nil
    }
}
