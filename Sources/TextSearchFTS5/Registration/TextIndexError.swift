/// A text index that cannot be searched. Compare `code`; show `message`.
package struct TextIndexError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// The index has a layout that this program does not read.
        case unknownLayout = "unknown_layout"
        /// The index contradicts itself: rebuild it.
        case damaged
        /// A place in results that belongs to another query.
        case wrongPlace = "wrong_place"
        /// A beginning of a word stands in more places than `RankedSearch.maximumPrefixPositions`.
        case prefixTooBroad = "prefix_too_broad"
        /// SQLite has no FTS5: use one that was built with it.
        case noFTS5 = "no_fts5"
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }

    static func damaged(_ table: String) -> TextIndexError {
        TextIndexError(.damaged, "The text index \(table) is damaged: rebuild it.")
    }
}
