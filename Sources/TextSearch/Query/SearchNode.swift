/// Tokens that stand at successive positions of one field.
package struct SearchPhrase: Hashable, Sendable {
    package var tokens: [String]
    /// The last token is the beginning of a word.
    package var isPrefix = false
    package var fields = SearchFields.all
    /// It decides nothing and only ranks: two neighbouring pairs of a run of which any pair is enough.
    package var isBonus = false
}

/// What a query comes down to.
package indirect enum SearchNode: Hashable, Sendable {
    case phrase(SearchPhrase)
    case any([SearchNode])
    /// All of the first, which are not empty, and none of the others.
    case all([SearchNode], except: [SearchNode])

    static func anyOf(_ nodes: [SearchNode]) -> SearchNode? {
        let nodes = unique(nodes)
        return nodes.count == 1 ? nodes[0] : nodes.isEmpty ? nil : .any(nodes)
    }

    static func allOf(_ nodes: [SearchNode], except others: [SearchNode] = []) -> SearchNode? {
        let nodes = unique(nodes)
        let isAlone = nodes.count == 1 && others.isEmpty
        return isAlone ? nodes[0] : nodes.isEmpty ? nil : .all(nodes, except: unique(others))
    }

    /// What is asked for twice is looked for once.
    private static func unique(_ nodes: [SearchNode]) -> [SearchNode] {
        var known: Set<SearchNode> = []
        return nodes.filter { known.insert($0).inserted }
    }

    /// The phrases that a match may have, in their order; what must not occur is left out.
    package var phrases: [SearchPhrase] {
        switch self {
        case .phrase(let phrase): [phrase]
        case .any(let nodes), .all(let nodes, except: _): nodes.flatMap(\.phrases)
        }
    }

    /// The number of phrases that decide something, those that must not occur too.
    var phraseCount: Int {
        switch self {
        case .phrase(let phrase): phrase.isBonus ? 0 : 1
        case .any(let nodes): nodes.reduce(0) { $0 + $1.phraseCount }
        case .all(let nodes, let others): (nodes + others).reduce(0) { $0 + $1.phraseCount }
        }
    }
}

extension SearchNode {
    /// It only ranks, and is left out if nothing is to be decided but what matches.
    package var isBonus: Bool {
        if case .phrase(let phrase) = self { phrase.isBonus } else { false }
    }
}
