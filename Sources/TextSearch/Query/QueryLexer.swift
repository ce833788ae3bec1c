/// A piece of a query, and where it begins, in characters.
struct Lexeme {
    enum Kind: Equatable {
        case open
        case close
        case and
        case or
        case not
        case field(SearchField)
        case word(String, isPrefix: Bool)
        case quoted(String, isPrefix: Bool)
    }

    var kind: Kind
    var offset: Int
}

/// Cuts a query into lexemes. A word ends at a blank, a quote or a parenthesis.
struct QueryLexer {
    private let characters: [Character]
    private var at = 0
    private var found: [Lexeme] = []

    init(_ text: String) { characters = Array(text) }

    /// - Throws: `openQuote`, `unknownField`.
    mutating func lexemes() throws(SearchQueryError) -> [Lexeme] {
        while at < characters.count {
            switch characters[at] {
            case "(": single(.open)
            case ")": single(.close)
            case "\"": try quoted()
            case let character where character.isWhitespace: at += 1
            default: try word()
            }
        }
        return found
    }

    private mutating func single(_ kind: Lexeme.Kind) {
        found.append(Lexeme(kind: kind, offset: at))
        at += 1
    }

    private mutating func quoted() throws(SearchQueryError) {
        let start = at
        guard let end = characters[(start + 1)...].firstIndex(of: "\"") else {
            throw SearchQueryError(
                .openQuote, at: start, "This quote is not closed: write one more \" behind the phrase.")
        }
        at = end + 1
        let isPrefix = takeStars()
        let text = String(characters[(start + 1)..<end])
        found.append(Lexeme(kind: .quoted(text, isPrefix: isPrefix), offset: start))
    }

    private mutating func takeStars() -> Bool {
        let start = at
        while at < characters.count, characters[at] == "*" { at += 1 }
        return at > start
    }

    private mutating func word() throws(SearchQueryError) {
        let start = at
        var hasColon = false
        while at < characters.count, !Self.ends(characters[at]) {
            at += 1
            guard !hasColon, characters[at - 1] == ":" else { continue }
            hasColon = true
            let name = String(characters[start..<at - 1])
            if let field = SearchField(rawValue: name) {
                found.append(Lexeme(kind: .field(field), offset: start))
                return
            }
            // With a phrase or a group behind it, it can be meant for nothing else.
            if at < characters.count, characters[at] == "\"" || characters[at] == "(", !name.isEmpty,
                name.allSatisfy(\.isLetter)
            {
                let known = SearchField.allCases.map(\.rawValue).joined(separator: ", ")
                throw SearchQueryError(
                    .unknownField, at: start, "There is no field \(name); the fields are \(known).")
            }
        }
        var text = characters[start..<at]
        let isPrefix = text.last == "*"
        while text.last == "*" { text.removeLast() }
        let kind: Lexeme.Kind =
            switch String(text) {
            case "AND" where !isPrefix: .and
            case "OR" where !isPrefix: .or
            case "NOT" where !isPrefix: .not
            case let word: .word(word, isPrefix: isPrefix)
            }
        found.append(Lexeme(kind: kind, offset: start))
    }

    private static func ends(_ character: Character) -> Bool {
        character == "(" || character == ")" || character == "\"" || character.isWhitespace
    }
}
