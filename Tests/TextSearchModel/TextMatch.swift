package import TextSearch

/// Evaluates a query on texts themselves: what a search by an index must find.
package struct TextMatch {
    private let query: SearchQuery
    private let tokenizer = Tokenizer()

    package init(_ query: SearchQuery) { self.query = query }

    /// - Parameter text: the text of a field.
    package func isMatch(_ text: (SearchField) -> String) -> Bool {
        let fields = SearchField.allCases.map { PositionedTokens(text($0), tokenizer) }
        return holds(query.root, fields)
    }

    private func holds(_ node: SearchNode, _ fields: [PositionedTokens]) -> Bool {
        switch node {
        case .phrase(let phrase):
            SearchField.allCases.contains { phrase.fields.contains($0.set) && fields[$0.index].contain(phrase) }
        case .any(let nodes): nodes.contains { holds($0, fields) }
        case .all(let nodes, except: let others):
            nodes.allSatisfy { holds($0, fields) } && !others.contains { holds($0, fields) }
        }
    }
}

/// The tokens of a text by their positions; those at one position stand together.
struct PositionedTokens {
    private(set) var positions: [[KeptToken]] = []

    init(_ text: String, _ tokenizer: Tokenizer) {
        for token in tokenizer.tokens(of: text) {
            if token.kind == .whole, !positions.isEmpty {
                positions[positions.count - 1].append(token)
            } else {
                positions.append([token])
            }
        }
    }

    func contain(_ phrase: SearchPhrase) -> Bool {
        positions.indices.contains { match(phrase, at: $0) != nil }
    }

    /// The place in the text, in bytes, of the phrase that begins at a position.
    func match(_ phrase: SearchPhrase, at first: Int) -> Range<Int>? {
        guard first + phrase.tokens.count <= positions.count else { return nil }
        var end = 0
        var start = 0
        for (index, token) in phrase.tokens.enumerated() {
            let isBeginning = phrase.isPrefix && index == phrase.tokens.count - 1
            let found = positions[first + index].first {
                isBeginning ? $0.text.utf8.starts(with: token.utf8) : $0.text == token
            }
            guard let found else { return nil }
            if index == 0 { start = found.range.lowerBound }
            end = max(end, found.range.upperBound)
        }
        return start..<max(start, end)
    }
}
