/// Rows that have all of some tokens, wherever they stand: the usual question, and the one that may match nearly every
/// row. It finds and scores what `AllMatch` does of the same parts, without a call between classes at each step.
final class WordsMatch: RowMatch {
    private struct Word {
        /// Held by `owned`.
        let list: Unmanaged<TermList>
        let columns: ColumnWeights
        let table: Unmanaged<RelevanceTable>

        @inline(__always) var row: Int64 { list._withUnsafeGuaranteedRef { $0.row } }

        @inline(__always) func next() throws -> Int64 {
            try list._withUnsafeGuaranteedRef {
                try $0.next()
                return $0.row
            }
        }

        @inline(__always) func seek(_ target: Int64) throws -> Int64 {
            try list._withUnsafeGuaranteedRef {
                try $0.seek(target)
                return $0.row
            }
        }

        @inline(__always) func score(_ row: Int64) -> Double {
            let frequency = list._withUnsafeGuaranteedRef { $0.frequency(columns) }
            return table._withUnsafeGuaranteedRef { $0.worth(frequency, row) }
        }
    }

    private let owned: [(list: TermList, table: RelevanceTable)]
    /// In the order of the query, in which what they are worth is added up.
    private let words: UnsafeMutablePointer<Word>
    private let wordCount: Int
    /// The rarest first: it leads.
    private let order: UnsafeMutablePointer<Word>

    /// Nil: a part is something else than a token that may stand anywhere.
    init?(_ parts: [RowMatch]) throws {
        var owned: [(list: TermList, table: RelevanceTable)] = []
        var words: [Word] = []
        for part in parts {
            guard let part = part as? TermMatch, !part.isNarrowed, let list = part.list as? TermList else { return nil }
            owned.append((list, part.table))
            words.append(
                Word(list: .passUnretained(list), columns: part.columns, table: .passUnretained(part.table)))
        }
        guard words.count > 1 else { return nil }
        let order = owned.indices.sorted { (owned[$0].list.count, $0) < (owned[$1].list.count, $1) }
        self.owned = owned
        wordCount = words.count
        self.words = .allocate(capacity: words.count)
        self.words.initialize(from: words, count: words.count)
        self.order = .allocate(capacity: words.count)
        self.order.initialize(from: order.map { words[$0] }, count: words.count)
        super.init()
        count = owned.map(\.list.count).min() ?? 0
        try settle(self.order[0].row)
    }

    deinit {
        words.deallocate()
        order.deallocate()
    }

    /// Goes on to the first row from the leading one's on that all words have.
    @inline(__always)
    private func settle(_ leading: Int64) throws {
        var target = leading
        search: while target != SegmentCursor.atEnd {
            for index in 1..<wordCount {
                let found = try order[index].seek(target)
                if found > target {
                    target = try order[0].seek(found)
                    continue search
                }
            }
            break
        }
        row = target
    }

    override func next() throws {
        guard row != SegmentCursor.atEnd else { return }
        try settle(order[0].next())
    }

    override func seek(_ target: Int64) throws {
        guard row < target else { return }
        try settle(order[0].seek(target))
    }

    override func score() -> Double {
        var score = 0.0
        for index in 0..<wordCount { score += words[index].score(row) }
        return score
    }
}
