/// What is wrong with a query, and where. Compare `code`; show `message`, one sentence that says what to do.
public struct SearchQueryError: Error, Hashable, Sendable, CustomStringConvertible {
    /// An open list: later versions add codes.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        public let description: String

        init(_ description: String) { self.description = description }

        /// A quote is never closed.
        public static let openQuote = Code("open_quote")
        /// A parenthesis is never closed, or closes nothing.
        public static let openParenthesis = Code("open_parenthesis")
        /// AND, OR, NOT or a field stands without what belongs to it.
        public static let loneOperator = Code("lone_operator")
        /// Something is only said not to be there.
        public static let onlyNegative = Code("only_negative")
        /// A field that no memory has.
        public static let unknownField = Code("unknown_field")
        /// A field within another one.
        public static let nestedField = Code("nested_field")
        /// There is no letter, digit or emoji to look for.
        public static let nothingSearchable = Code("nothing_searchable")
        /// More bytes than `SearchQuery.maximumBytes`, or a phrase of more than `SearchQuery.maximumPhraseTokens`.
        public static let tooLong = Code("too_long")
        /// More than `SearchQuery.maximumPhrases` things to look for.
        public static let tooManyTerms = Code("too_many_terms")
        /// Deeper than `SearchQuery.maximumDepth`.
        public static let tooDeep = Code("too_deep")
    }

    public let code: Code
    /// Where it is, in characters from the query's beginning.
    public let offset: Int
    /// What is wrong and what to do.
    public let message: String

    package init(_ code: Code, at offset: Int, _ message: String) {
        self.code = code
        self.offset = offset
        self.message = message
    }

    public var description: String { "\(message) (at character \(offset + 1))" }

    public static func == (left: Self, right: Self) -> Bool { left.code == right.code && left.offset == right.offset }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(code)
        hasher.combine(offset)
    }
}
