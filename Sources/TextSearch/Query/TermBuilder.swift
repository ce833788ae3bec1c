/// Makes phrases of what was typed, by the tokens that the same text would have in the index.
struct TermBuilder {
    private let tokenizer = Tokenizer()
    var fields = SearchFields.all
    private var bonusesLeft = SearchQuery.maximumBonuses

    /// The tokens of a text that belong together: an identifier, a run, an emoji.
    private struct Group {
        var tokens: [KeptToken]
        var kind: TextToken.Kind { tokens[0].kind }
        var isRun: Bool { kind == .pair || kind == .last }
        /// The positions, one after the other.
        var parts: [String] { tokens.lazy.filter { $0.kind != .whole }.map(\.text) }
        var whole: String? { tokens.first { $0.kind == .whole }?.text }
    }

    private func groups(_ text: String) -> [Group] {
        var groups: [Group] = []
        var wholeEnd = 0
        // A term of the scope is nothing that can be typed.
        for token in tokenizer.tokens(of: text) where token.kind != .filter {
            let goesOn =
                switch token.kind {
                case .whole: true
                case .part: token.range.upperBound <= wholeEnd
                case .pair, .last: groups.last?.tokens.last?.kind == .pair
                case .emoji, .filter: false
                }
            if token.kind == .whole { wholeEnd = token.range.upperBound }
            if goesOn, !groups.isEmpty {
                groups[groups.count - 1].tokens.append(token)
            } else {
                groups.append(Group(tokens: [token]))
            }
        }
        return groups
    }

    /// Something of the text is of a script without blanks.
    func hasRun(_ text: String) -> Bool { groups(text).contains(where: \.isRun) }

    /// A bare word: every identifier in it, and any pair of its runs. nil if there is nothing to look for.
    mutating func word(_ text: String, isPrefix: Bool) -> SearchNode? {
        let groups = groups(text)
        var required: [SearchNode] = []
        var runs: [Group] = []
        for (index, group) in groups.enumerated() {
            let isLast = isPrefix && index == groups.count - 1
            if group.isRun, !isLast { runs.append(group) } else { required.append(node(group, isPrefix: isLast)) }
        }
        if let any = anyPair(runs) { required.append(any) }
        return .allOf(required)
    }

    /// An identifier by its parts or whole; of a run its pairs one after the other.
    private func node(_ group: Group, isPrefix: Bool) -> SearchNode {
        if group.isRun { return .phrase(phrase(run(group.parts))) }
        let isPrefix = isPrefix && group.kind == .part
        let parts = phrase((group.parts, isPrefix))
        guard let whole = group.whole else { return .phrase(parts) }
        return .any([.phrase(parts), .phrase(phrase(([whole], isPrefix)))])
    }

    private func phrase(_ parts: (tokens: [String], isPrefix: Bool)) -> SearchPhrase {
        SearchPhrase(tokens: parts.tokens, isPrefix: parts.isPrefix, fields: fields)
    }

    /// The positions of a run in a phrase. At its end the text's run may go on: then its last character alone is no
    /// token there, and of a single character it is the beginning of a pair.
    private func run(_ parts: [String]) -> (tokens: [String], isPrefix: Bool) {
        parts.count == 1 ? (parts, true) : (Array(parts.dropLast()), false)
    }

    private mutating func anyPair(_ runs: [Group]) -> SearchNode? {
        var nodes: [SearchNode] = []
        var known: Set<SearchNode> = []
        var bonuses: [SearchNode] = []
        for group in runs {
            let (tokens, isPrefix) = run(group.parts)
            for (index, token) in tokens.enumerated() {
                let node = SearchNode.phrase(phrase(([token], isPrefix)))
                if known.insert(node).inserted { nodes.append(node) }
                guard index > 0 else { continue }
                var both = phrase((Array(tokens[index - 1...index]), false))
                both.isBonus = true
                if bonuses.count < bonusesLeft, known.insert(.phrase(both)).inserted { bonuses.append(.phrase(both)) }
            }
        }
        bonusesLeft -= bonuses.count
        return .anyOf(nodes + bonuses)
    }

    /// A quoted text: all its positions one after the other. nil if there is nothing to look for.
    func quoted(_ text: String, isPrefix: Bool) -> SearchPhrase? {
        let groups = groups(text)
        guard let last = groups.last else { return nil }
        let before = groups.dropLast().flatMap(\.parts)
        guard last.isRun else { return phrase((before + last.parts, isPrefix && last.kind == .part)) }
        let end = run(last.parts)
        return phrase((before + end.tokens, end.isPrefix))
    }
}
