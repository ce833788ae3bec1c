/// A piece of a text, in which what was looked for is marked.
///
///     print(memory.excerpt.text(opening: "[", closing: "]"))
public struct MarkedText: Hashable, Sendable {
    /// What is marked, or what is not.
    public struct Part: Hashable, Sendable {
        public var text: String
        public var isMatch: Bool
    }

    /// One behind the other; an ellipsis at an end is a part like any other.
    public var parts: [Part]

    public init(_ parts: [Part]) { self.parts = parts }

    /// With something before and behind each match. The text itself is as it is: HTML in it stays HTML.
    public func text(opening: String = "<mark>", closing: String = "</mark>") -> String {
        parts.map { $0.isMatch ? opening + $0.text + closing : $0.text }.joined()
    }
}
