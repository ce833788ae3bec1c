/// What is looked for, in the language that people type:
///
///     login retry                both words
///     "connection pool"          one behind the other
///     login OR retry NOT cache   upper case makes an operator; NOT binds closest, then AND, then OR
///     log*                       beginnings
///     key:project summary:(a OR b)
///     量子计算                    any pair of its characters; in quotes all of them, in this order
///
/// A word such as `project:ui/login-v2` is an identifier: it is found whole and by its parts. See DESIGN.md.
package struct SearchQuery: Hashable, Sendable {
    package let root: SearchNode

    /// Of UTF-8.
    package static let maximumBytes = 8192
    /// Words, phrases and pairs; each is a list of the index that is read.
    package static let maximumPhrases = 256
    /// Of those that only rank (`SearchPhrase.isBonus`). They read no list, but each is looked at where it may count:
    /// no more of them are made.
    package static let maximumBonuses = 256
    package static let maximumPhraseTokens = 64
    package static let maximumDepth = 32

    /// - Throws: what is wrong and where.
    package init(parsing text: String) throws(SearchQueryError) {
        var parser = try QueryParser(text)
        root = try parser.parse()
    }

    init(root: SearchNode) { self.root = root }
}
