/// The grammar, lowest binding first:
///
///     any      = all { "OR" all }
///     all      = negated { [ "AND" ] negated }
///     negated  = "NOT" negated | fielded
///     fielded  = [ field ":" ] ( "(" any ")" | word | phrase )
struct QueryParser {
    /// A part of the query; without a node there is nothing to look for in it.
    private struct Part {
        var node: SearchNode?
        var offset: Int
        var isNegative = false
        /// An operator stands before it.
        var isAsked = false
    }

    private let lexemes: [Lexeme]
    private let length: Int
    private var at = 0
    private var depth = 0
    private var phrases = 0
    private var builder = TermBuilder()

    init(_ text: String) throws(SearchQueryError) {
        guard text.utf8.count <= SearchQuery.maximumBytes else {
            throw SearchQueryError(
                .tooLong, at: 0, "The query has more than \(SearchQuery.maximumBytes) bytes: shorten it.")
        }
        var lexer = QueryLexer(text)
        lexemes = try lexer.lexemes()
        length = text.count
    }

    mutating func parse() throws(SearchQueryError) -> SearchNode {
        let part = try any()
        if let next = peek { throw unopened(next) }
        guard let node = part.node else {
            throw SearchQueryError(
                .nothingSearchable, at: 0, "There is nothing to look for: write a word, a number or an emoji.")
        }
        return node
    }

    // MARK: Grammar

    private mutating func any() throws(SearchQueryError) -> Part {
        let offset = peek?.offset ?? length
        var parts = [try all()]
        while take(.or) {
            let next = try all()
            // What an operator joins must be something, on both sides.
            for part in [parts[parts.count - 1], next] where part.node == nil { throw Self.nothing(part) }
            parts.append(next)
        }
        return Part(node: .anyOf(parts.compactMap(\.node)), offset: offset)
    }

    private mutating func all() throws(SearchQueryError) -> Part {
        let offset = peek?.offset ?? length
        var parts: [Part] = []
        while let next = peek, next.kind != .close, next.kind != .or {
            let isAnd = take(.and)
            if isAnd, parts.isEmpty { throw Self.lone(next) }
            var part = try negated(behind: isAnd ? next : nil)
            part.isAsked = part.isAsked || isAnd
            if isAnd { parts[parts.count - 1].isAsked = true }
            parts.append(part)
        }
        if parts.isEmpty, let end = peek ?? lexemes.last {
            let isBehindOr = at > 0 && lexemes[at - 1].kind == .or
            throw isBehindOr ? Self.lone(lexemes[at - 1]) : missing(end)
        }
        for part in parts where part.isAsked && part.node == nil { throw Self.nothing(part) }
        let wanted = parts.filter { !$0.isNegative }.compactMap(\.node)
        let unwanted = parts.filter(\.isNegative)
        guard let first = unwanted.first else { return Part(node: .allOf(wanted), offset: offset) }
        guard !wanted.isEmpty else {
            throw SearchQueryError(
                .onlyNegative, at: first.offset, "NOT takes away from what is found: write a word before it.")
        }
        let node = SearchNode.allOf(wanted, except: unwanted.compactMap(\.node))
        return Part(node: node, offset: offset)
    }

    private mutating func negated(behind before: Lexeme?) throws(SearchQueryError) -> Part {
        guard let next = peek, next.kind == .not else { return try fielded(behind: before) }
        at += 1
        try descend(next)
        defer { depth -= 1 }
        var part = try negated(behind: next)
        part.isNegative.toggle()
        part.isAsked = true
        part.offset = next.offset
        return part
    }

    private mutating func fielded(behind before: Lexeme?) throws(SearchQueryError) -> Part {
        guard let next = peek, case .field(let field) = next.kind else { return try primary(behind: before) }
        at += 1
        guard builder.fields == .all else {
            throw SearchQueryError(
                .nestedField, at: next.offset,
                "The field \(field.rawValue) stands within another one: name one of them.")
        }
        builder.fields = field.set
        defer { builder.fields = .all }
        return try fielded(behind: next)
    }

    private mutating func primary(behind before: Lexeme?) throws(SearchQueryError) -> Part {
        guard let next = peek else { throw missing(before) }
        let node: SearchNode?
        switch next.kind {
        case .open: return try group(next)
        case .close, .and, .or: throw before.map(Self.lone) ?? Self.lone(next)
        case .not, .field: throw Self.lone(before ?? next)
        case .word(let text, let isPrefix): node = builder.word(text, isPrefix: isPrefix)
        case .quoted(let text, let isPrefix): node = builder.quoted(text, isPrefix: isPrefix).map { .phrase($0) }
        }
        at += 1
        try count(node, at: next.offset)
        return Part(node: node, offset: next.offset, isAsked: before != nil)
    }

    private mutating func group(_ open: Lexeme) throws(SearchQueryError) -> Part {
        at += 1
        try descend(open)
        defer { depth -= 1 }
        guard peek != nil else { throw Self.unclosed(open) }
        if peek?.kind == .close {
            throw SearchQueryError(
                .nothingSearchable, at: open.offset, "There is nothing between these parentheses: take them away.")
        }
        var part = try any()
        guard take(.close) else { throw Self.unclosed(open) }
        part.offset = open.offset
        return part
    }

    // MARK: Lexemes and bounds

    private var peek: Lexeme? { at < lexemes.count ? lexemes[at] : nil }

    private mutating func take(_ kind: Lexeme.Kind) -> Bool {
        guard peek?.kind == kind else { return false }
        at += 1
        return true
    }

    private mutating func descend(_ lexeme: Lexeme) throws(SearchQueryError) {
        depth += 1
        guard depth <= SearchQuery.maximumDepth else {
            throw SearchQueryError(
                .tooDeep, at: lexeme.offset,
                "More than \(SearchQuery.maximumDepth) parentheses and NOTs stand within each other: use fewer.")
        }
    }

    private mutating func count(_ node: SearchNode?, at offset: Int) throws(SearchQueryError) {
        guard let node else { return }
        phrases += node.phraseCount
        guard phrases <= SearchQuery.maximumPhrases else {
            throw SearchQueryError(
                .tooManyTerms, at: offset,
                "The query asks for more than \(SearchQuery.maximumPhrases) words or pairs of characters: use fewer.")
        }
        guard node.phrases.allSatisfy({ $0.tokens.count <= SearchQuery.maximumPhraseTokens }) else {
            throw SearchQueryError(
                .tooLong, at: offset, "A phrase has more than \(SearchQuery.maximumPhraseTokens) words: shorten it.")
        }
    }

    // MARK: Errors

    private static func lone(_ lexeme: Lexeme) -> SearchQueryError {
        SearchQueryError(
            .loneOperator, at: lexeme.offset,
            "\(name(lexeme)) lacks what belongs to it: add a word, or put it in quotes to look for it.")
    }

    private static func name(_ lexeme: Lexeme) -> String {
        switch lexeme.kind {
        case .and: "AND"
        case .or: "OR"
        case .not: "NOT"
        case .field(let field): "\(field.rawValue):"
        case .open, .close, .word, .quoted: "This"
        }
    }

    private static func nothing(_ part: Part) -> SearchQueryError {
        SearchQueryError(
            .nothingSearchable, at: part.offset,
            "There is nothing to look for here: write a word, a number or an emoji.")
    }

    private static func unclosed(_ open: Lexeme) -> SearchQueryError {
        SearchQueryError(.openParenthesis, at: open.offset, "This parenthesis is not closed: write one more ).")
    }

    private func unopened(_ lexeme: Lexeme) -> SearchQueryError {
        SearchQueryError(
            .openParenthesis, at: lexeme.offset, "This parenthesis closes nothing: take it away, or write one more (.")
    }

    /// Something was to follow or to stand before.
    private func missing(_ lexeme: Lexeme?) -> SearchQueryError {
        guard let lexeme else {
            return SearchQueryError(
                .nothingSearchable, at: length, "There is nothing to look for: write a word, a number or an emoji.")
        }
        return lexeme.kind == .close ? unopened(lexeme) : Self.lone(lexeme)
    }
}
