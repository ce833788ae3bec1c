import Foundation

/// The SQL that stands in Swift sources, found without a compiler: string literals that begin as a statement does.
struct SQLLiteral: Hashable {
    /// Where it begins: `Sources/…/Name.swift:12`.
    var place: String
    /// The text between interpolations, in their order, with single spaces.
    var parts: [String]

    /// Some statement contains it.
    func occurs(in statement: String) -> Bool {
        var rest = statement[...]
        for part in parts {
            guard let found = rest.range(of: part) else { return false }
            rest = rest[found.upperBound...]
        }
        return true
    }

    /// A statement or a literal with single spaces, as both are compared.
    static func normalized(_ text: some StringProtocol) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    private static let verbs = ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "REPLACE"]

    static func all(in source: String, file: String) -> [SQLLiteral] {
        var scanner = LiteralScanner(source)
        return scanner.literals().compactMap { literal in
            guard let first = literal.parts.first?.drop(while: \.isWhitespace),
                verbs.contains(where: { first.hasPrefix($0 + " ") || first == $0 || first.hasPrefix($0 + "\n") })
            else { return nil }
            let parts = literal.parts.map { normalized($0) }.filter { !$0.isEmpty }
            return SQLLiteral(place: "\(file):\(literal.line)", parts: parts)
        }
    }
}

/// Finds string literals, with their interpolations cut out; comments are skipped.
private struct LiteralScanner {
    struct Literal {
        var line: Int
        var parts: [String]
    }

    private let source: [Character]
    private var index = 0
    private var line = 1
    private var found: [Literal] = []

    init(_ source: String) { self.source = Array(source) }

    mutating func literals() -> [Literal] {
        while index < source.count { step() }
        return found
    }

    private func starts(_ text: String) -> Bool {
        source[index...].starts(with: text)
    }

    private mutating func advance(_ count: Int = 1) {
        for _ in 0..<count where index < source.count {
            if source[index].isNewline { line += 1 }
            index += 1
        }
    }

    /// Takes a character, a comment or a whole literal.
    private mutating func step() {
        if starts("//") {
            while index < source.count, !source[index].isNewline { advance() }
        } else if starts("\"\"\"") {
            literal(until: "\"\"\"")
        } else if starts("\"") {
            literal(until: "\"")
        } else {
            advance()
        }
    }

    private mutating func literal(until end: String) {
        let first = line
        advance(end.count)
        var parts = [""]
        while index < source.count, !starts(end) {
            if starts("\\(") {
                advance(2)
                skipInterpolation()
                parts.append("")
            } else if starts("\\\n") {
                advance(2)
            } else if starts("\\") {
                advance()
                parts[parts.count - 1].append(source[index])
                advance()
            } else {
                parts[parts.count - 1].append(source[index])
                advance()
            }
        }
        advance(end.count)
        found.append(Literal(line: first, parts: parts))
    }

    /// Up to the parenthesis that closes it; literals in it are found, too.
    private mutating func skipInterpolation() {
        var depth = 1
        while index < source.count, depth > 0 {
            switch source[index] {
            case "(": depth += 1
            case ")": depth -= 1
            default: break
            }
            step()
        }
    }
}
