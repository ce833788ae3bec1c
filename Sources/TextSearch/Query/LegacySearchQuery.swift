/// The searches of the old program's version 2, which know no operators and no errors of syntax.
package enum LegacySearchQuery {
    /// `/search`: parts between blanks, of which one is enough. nil if there is nothing to look for, which finds
    /// nothing.
    ///
    /// - Throws: `tooLong`, `tooManyTerms`.
    package static func search(_ text: String) throws(SearchQueryError) -> SearchQuery? {
        try query(text.split(whereSeparator: \.isWhitespace), in: text, any: true)
    }

    /// `/fulltext`: keywords between commas, of which all must be there, or one is enough.
    package static func fulltext(_ keywords: String, all: Bool) throws(SearchQueryError) -> SearchQuery? {
        try query(keywords.split(separator: ","), in: keywords, any: !all)
    }

    private static func query(
        _ parts: [Substring], in text: String, any: Bool
    ) throws(SearchQueryError) -> SearchQuery? {
        guard text.utf8.count <= SearchQuery.maximumBytes else {
            throw SearchQueryError(
                .tooLong, at: 0, "The query has more than \(SearchQuery.maximumBytes) bytes: shorten it.")
        }
        let builder = TermBuilder()
        var nodes: [SearchNode] = []
        var phrases = 0
        for part in parts {
            guard let node = builder.legacy(String(part)) else { continue }
            phrases += node.phraseCount
            guard node.phrases.allSatisfy({ $0.tokens.count <= SearchQuery.maximumPhraseTokens }) else {
                throw SearchQueryError(
                    .tooLong, at: text.distance(from: text.startIndex, to: part.startIndex),
                    "A phrase has more than \(SearchQuery.maximumPhraseTokens) words: shorten it.")
            }
            guard phrases <= SearchQuery.maximumPhrases else {
                throw SearchQueryError(
                    .tooManyTerms, at: text.distance(from: text.startIndex, to: part.startIndex),
                    "The query asks for more than \(SearchQuery.maximumPhrases) words or pairs: use fewer.")
            }
            nodes.append(node)
        }
        guard let root = any ? SearchNode.anyOf(nodes) : SearchNode.allOf(nodes) else { return nil }
        return SearchQuery(root: root)
    }
}

extension TermBuilder {
    /// A phrase, as there; but what has a run in it is taken as a bare word, so that what it asks is found.
    fileprivate func legacy(_ text: String) -> SearchNode? {
        hasRun(text) ? word(text, isPrefix: false) : quoted(text, isPrefix: false).map { .phrase($0) }
    }
}
