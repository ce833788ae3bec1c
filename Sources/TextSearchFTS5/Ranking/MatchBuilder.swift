import TextSearch

/// Opens the lists of the index for a query.
struct MatchBuilder {
    private let pages: IndexPages
    /// How rare each phrase is, in the order of the query: as found, or as a place in the results says.
    private(set) var rarities: [UInt8] = []
    private let known: [UInt8]?
    private let collection: RankedSearch.Collection?
    private let maximumPrefixPositions: Int
    /// The rows of the collection, if they were walked over as a whole.
    private var bits: RowBits?
    private var triesBits = true

    /// A row that is looked up costs as much as so many that are passed over.
    private static let passedRows = 512

    init(_ pages: IndexPages, known: [UInt8]?, collection: RankedSearch.Collection?, maximumPrefixPositions: Int) {
        self.maximumPrefixPositions = maximumPrefixPositions
        self.pages = pages
        self.known = known
        self.collection = collection
    }

    mutating func match(_ query: SearchQuery, scope: [[FilterTerm]]) throws -> RowMatch {
        let match = try self.match(query.root, isRanked: true)
        if let known, known.count != rarities.count {
            throw TextIndexError(.wrongPlace, "The place in the results belongs to another query: begin at the first.")
        }
        guard !scope.isEmpty else { return match }
        let filters = try scope.map { terms -> RowMatch in
            if let bits, terms.map(\.text) == collection?.terms?.map(\.text) { return BitsMatch(bits) }
            return try any(of: terms)
        }
        return try AllMatch([match], filters: filters, except: [])
    }

    private func any(of terms: [FilterTerm]) throws -> RowMatch {
        terms.count == 1 ? try filter(terms[0]) : AnyMatch(try terms.map { try filter($0) })
    }

    private func filter(_ term: FilterTerm) throws -> TermMatch {
        let columns = Relevance.columns(1 << Relevance.scopeColumn)
        return try TermMatch(TermList(pages, token: term.text), columns: columns, isNarrowed: true, rarity: 0)
    }

    /// The rows of one term, as bits if there are more of them than of what is looked up among them, and this is no
    /// few.
    private mutating func filter(_ term: FilterTerm, for rows: Int) throws -> RowMatch {
        if let bits { return BitsMatch(bits) }
        let columns = Relevance.columns(1 << Relevance.scopeColumn)
        let list = try TermList(pages, token: term.text)
        if triesBits, list.count > rows, list.count / Self.passedRows < rows {
            bits = try list.bits(in: columns)
            if let bits { return BitsMatch(bits) }
            triesBits = false
            return try filter(term)
        }
        return try TermMatch(list, columns: columns, isNarrowed: true, rarity: 0)
    }

    private mutating func match(_ node: SearchNode, isRanked: Bool) throws -> RowMatch {
        switch node {
        case .phrase(let phrase): return try match(phrase, isRanked: isRanked)
        case .any(let nodes): return try any(nodes, isRanked: isRanked)
        case .all(let nodes, except: let others):
            var parts: [RowMatch] = []
            for node in nodes { parts.append(try match(node, isRanked: isRanked)) }
            var excluded: [RowMatch] = []
            for node in others { excluded.append(try match(node, isRanked: false)) }
            if excluded.isEmpty, let words = try WordsMatch(parts) { return words }
            return try AllMatch(parts, except: excluded)
        }
    }

    private mutating func any(_ nodes: [SearchNode], isRanked: Bool) throws -> RowMatch {
        var parts: [RowMatch] = []
        var neighbours: [Neighbours] = []
        var places: [String: Int] = [:]
        for node in nodes where !node.isBonus {
            if case .phrase(let phrase) = node, phrase.tokens.count == 1, !phrase.isPrefix {
                places[phrase.tokens[0]] = parts.count
            }
            parts.append(try match(node, isRanked: isRanked))
        }
        for case .phrase(let phrase) in nodes where phrase.isBonus {
            if let first = places[phrase.tokens[0]], let second = places[phrase.tokens[1]] {
                neighbours.append(Neighbours(first: first, second: second))
            }
        }
        return AnyMatch(parts, neighbours: neighbours)
    }

    private mutating func match(_ phrase: SearchPhrase, isRanked: Bool) throws -> RowMatch {
        let columns = Relevance.columns(Int(phrase.fields.rawValue))
        var lists: [PostingList] = []
        for (index, token) in phrase.tokens.enumerated() {
            let isPrefix = phrase.isPrefix && index == phrase.tokens.count - 1
            lists.append(
                isPrefix
                    ? try PrefixList(pages, prefix: token, maximumPositions: maximumPrefixPositions)
                    : try TermList(pages, token: token))
        }
        let rarity = isRanked ? try rarity(&lists) : 0
        guard lists.count == 1 else { return try PhraseMatch(lists, columns: columns, rarity: rarity) }
        // The scope has none of the tokens of prose.
        return try TermMatch(lists[0], columns: columns, isNarrowed: phrase.fields != .all, rarity: rarity)
    }

    private mutating func rarity(_ lists: inout [PostingList]) throws -> Double {
        let index = rarities.count
        let rarity: UInt8
        if let known {
            rarity = index < known.count ? known[index] : 0
        } else {
            var rarest = Int.max
            for index in lists.indices { rarest = min(rarest, try count(&lists[index])) }
            rarity = Relevance.rarity(count: lists.isEmpty ? 0 : rarest, of: collection?.count ?? pages.rowCount)
        }
        rarities.append(rarity)
        return Relevance.value(rarity)
    }

    /// How many rows of the list are of the collection.
    private mutating func count(_ list: inout PostingList) throws -> Int {
        guard let terms = collection?.terms else { return list.count }
        // The usual case is one namespace and a word, in which each call between classes would show.
        let count =
            if terms.count == 1, let list = list as? TermList {
                try Self.count(list, in: filter(terms[0], for: list.count))
            } else {
                try Self.count(list, in: any(of: terms))
            }
        list = try list.again()
        return count
    }

    @inline(__always)
    private static func count<List: PostingList, Match: RowMatch>(_ list: List, in match: Match) throws -> Int {
        var count = 0
        while list.row != SegmentCursor.atEnd {
            try match.seek(list.row)
            if match.row == list.row {
                count += 1
                if count % RankedSearch.rowsBetweenChecks == 0 { try Task.checkCancellation() }
                try list.next()
            } else {
                try list.seek(match.row)
            }
        }
        return count
    }
}
