/// The searches of the old program's version 2, which know no operators, no errors of syntax and no bounds: of a long
/// one the beginning is looked for, up to the bounds of `SearchQuery`.
package enum LegacySearchQuery {
    /// `/search`: parts between blanks, of which one is enough. nil if there is nothing to look for, which finds
    /// nothing.
    package static func search(_ text: String) -> SearchQuery? {
        query(parts(text, separator: \.isWhitespace), any: true)
    }

    /// `/fulltext`: keywords between commas, of which all must be there, or one is enough.
    package static func fulltext(_ keywords: String, all: Bool) -> SearchQuery? {
        query(parts(keywords) { $0 == "," }, any: !all)
    }

    /// What is read of a text: no more than `SearchQuery.maximumBytes`.
    package static func beginning(of text: String) -> String {
        let utf8 = text.utf8
        guard let end = utf8.index(utf8.startIndex, offsetBy: SearchQuery.maximumBytes, limitedBy: utf8.endIndex),
            end < utf8.endIndex
        else { return text }
        let scalars = text.unicodeScalars
        return String(scalars[..<scalars.index(before: scalars.index(after: end))])
    }

    private static func parts(_ text: String, separator: (Character) -> Bool) -> [Substring] {
        let beginning = beginning(of: text)
        var parts = beginning.split(whereSeparator: separator)
        // The last one may be half of a word.
        if beginning.utf8.count < text.utf8.count, parts.count > 1 { parts.removeLast() }
        return parts
    }

    private static func query(_ parts: [Substring], any: Bool) -> SearchQuery? {
        var builder = TermBuilder()
        var budget = PhraseBudget()
        var known: Set<SearchNode> = []
        var nodes: [SearchNode] = []
        for part in parts {
            guard let node = builder.legacy(String(part)), known.insert(node).inserted else { continue }
            guard let kept = budget.take(node) else { break }
            nodes.append(kept)
        }
        return (any ? SearchNode.anyOf(nodes) : SearchNode.allOf(nodes)).map { SearchQuery(root: $0) }
    }
}

/// So many phrases may still be asked for.
private struct PhraseBudget {
    private var left = SearchQuery.maximumPhrases

    /// As much of the node as there is room for, from its beginning; nil: nothing.
    mutating func take(_ node: SearchNode) -> SearchNode? {
        switch node {
        case .phrase(let phrase):
            guard left > 0 else { return nil }
            left -= 1
            guard phrase.tokens.count > SearchQuery.maximumPhraseTokens else { return node }
            var beginning = phrase
            beginning.tokens = Array(phrase.tokens.prefix(SearchQuery.maximumPhraseTokens))
            beginning.isPrefix = false
            return .phrase(beginning)
        case .any(let nodes):
            let kept = nodes.filter { !$0.isBonus }.compactMap { take($0) }
            return kept.isEmpty ? nil : .anyOf(kept + nodes.filter(\.isBonus))
        case .all(let nodes, except: let others): return .allOf(nodes.compactMap { take($0) }, except: others)
        }
    }
}

extension TermBuilder {
    /// A phrase, as there; but what has a run in it is taken as a bare word, so that what it asks is found.
    fileprivate mutating func legacy(_ text: String) -> SearchNode? {
        hasRun(text) ? word(text, isPrefix: false) : quoted(text, isPrefix: false).map { .phrase($0) }
    }
}
