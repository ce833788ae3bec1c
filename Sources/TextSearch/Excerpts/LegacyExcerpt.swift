/// The excerpt of the old program's searches.
package enum LegacyExcerpt {
    private static let tokens = 18
    /// In UTF-16, as there.
    private static let maximumUnits = 160
    private static let keptUnits = 157

    /// What was found between `<mark>` and `</mark>`, with `...` where text is left out; else the text's beginning.
    /// Blanks at the ends are left out.
    package static func text(of text: String, for query: SearchQuery) -> String {
        let excerpt = Excerpt(of: text, for: query, tokens: tokens)
        guard excerpt.matches.isEmpty else {
            return trimmed(excerpt.rendered(open: "<mark>", close: "</mark>", ellipsis: "..."))
        }
        return beginning(of: trimmed(text))
    }

    private static func trimmed(_ text: String) -> String {
        let scalars = text.unicodeScalars
        let isShown = { (scalar: Unicode.Scalar) in !scalar.properties.isWhitespace }
        guard let first = scalars.firstIndex(where: isShown), let last = scalars.lastIndex(where: isShown) else {
            return ""
        }
        return String(scalars[first...last])
    }

    /// The text, or if it is long its beginning and `...`.
    package static func beginning(of text: String) -> String {
        let units = text.utf16
        guard units.index(units.startIndex, offsetBy: maximumUnits + 1, limitedBy: units.endIndex) != nil else {
            return text
        }
        // Half of a surrogate pair is left out.
        let end = units.index(units.startIndex, offsetBy: keptUnits)
        let scalars = text.unicodeScalars
        return String(scalars[..<scalars.index(before: scalars.index(after: end))]) + "..."
    }
}
