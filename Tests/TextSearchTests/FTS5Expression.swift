import TextSearch

/// A query as FTS5's MATCH takes it. Each token stands in quotes behind a mark by which `VerbatimTokenizer` takes it as
/// it is, so that nothing that is typed is read as FTS5's own syntax.
struct FTS5Expression {
    let text: String

    /// - Parameter scope: of each list one term must stand in the column `scope`.
    init(_ query: SearchQuery, scope: [[FilterTerm]] = []) {
        var parts = ["(\(Self.expression(query.root)))"]
        for terms in scope {
            let any = terms.map { Self.quoted($0.text) }.joined(separator: " OR ")
            // No row has none of no terms.
            parts.append("(scope : (\(any.isEmpty ? Self.quoted("\u{1}") : any)))")
        }
        text = parts.joined(separator: " AND ")
    }

    private static func expression(_ node: SearchNode) -> String {
        switch node {
        case .phrase(let phrase): return expression(phrase)
        case .any(let nodes):
            return nodes.filter { !$0.isBonus }.map { "(\(expression($0)))" }.joined(separator: " OR ")
        case .all(let nodes, except: let others):
            let all = nodes.map { "(\(expression($0)))" }.joined(separator: " AND ")
            if others.isEmpty { return all }
            return "(\(all)) NOT (\(others.map { "(\(expression($0)))" }.joined(separator: " OR ")))"
        }
    }

    private static func expression(_ phrase: SearchPhrase) -> String {
        let columns = SearchField.allCases.filter { phrase.fields.contains($0.set) }.map(\.rawValue)
        let tokens = phrase.tokens.map(quoted).joined(separator: " + ")
        return "{\(columns.joined(separator: " "))} : \(tokens)\(phrase.isPrefix ? " *" : "")"
    }

    private static func quoted(_ token: String) -> String {
        let mark = String(decoding: [VerbatimTokenizer.mark], as: UTF8.self)
        return "\"" + mark + token.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
            + "\""
    }
}
