/// A token that is kept: a copy.
package struct KeptToken: Hashable, Sendable {
    package var kind: TextToken.Kind
    package var text: String
    /// Where it stands in the text, in bytes of UTF-8.
    package var range: Range<Int>
}

extension Tokenizer {
    /// All tokens of a text.
    package func tokens(of text: String) -> [KeptToken] {
        var found: [KeptToken] = []
        tokenize(text) { token in
            found.append(KeptToken(kind: token.kind, text: token.text, range: token.start..<token.end))
            return true
        }
        return found
    }

    /// Hands over the tokens of a text, as `tokenize` does for bytes.
    @discardableResult
    package func tokenize(_ text: String, _ body: (TextToken) -> Bool) -> Bool {
        var text = text
        return text.withUTF8 { tokenize($0, body) }
    }
}
