/// The part of a text that shows best what a query found in it.
///
///     let excerpt = Excerpt(of: text, for: query, tokens: 24)
///     excerpt.rendered(open: "<mark>", close: "</mark>", ellipsis: "…")
package struct Excerpt: Hashable, Sendable {
    /// A part of the text.
    package let text: String
    /// What was found, in bytes of `text`, rising and apart from each other. Empty if nothing was found: then the
    /// text's beginning is shown.
    package private(set) var matches: [Range<Int>] = []
    package let isCutBefore: Bool
    package let isCutAfter: Bool

    /// More tokens than this are not shown.
    package static let maximumTokens = 256
    /// A part with long words, or much between them, is cut to this.
    package static let maximumBytes = 8192
    /// So much before the first token of a text and behind its last one is shown.
    private static let maximumMargin = 64
    /// A longer character is cut.
    private static let maximumCharacterBytes = 256

    /// - Parameters:
    ///   - field: what of a memory the text is.
    ///   - tokens: about how many are shown.
    package init(of text: String, for query: SearchQuery, field: SearchField = .text, tokens: Int) {
        let occurrences = PhraseOccurrences(text, query, field: field)
        let wanted = max(1, min(tokens, Self.maximumTokens))
        var window = ExcerptWindow(occurrences, tokens: wanted)
        let positions = window.best()
        let found = occurrences.found.filter { $0.first >= positions.lowerBound && $0.last < positions.upperBound }
        let first = found.first.map { occurrences.starts[$0.first] }
        let bytes = Self.bytes(of: positions, occurrences, text.utf8.count, around: first)
        let cut = CutText(text, maximumCharacterBytes: Self.maximumCharacterBytes)
        let from = cut.border(bytes.lowerBound, up: false)
        let to = max(from, cut.border(bytes.upperBound, up: true))
        self.text = cut.text(from..<to)
        isCutBefore = from > 0
        isCutAfter = to < text.utf8.count
        for occurrence in found {
            let start = max(from, cut.border(occurrences.starts[occurrence.first], up: false))
            let end = min(to, cut.border(occurrences.end(of: occurrence), up: true))
            add(start - from..<max(start, end) - from)
        }
    }

    /// What overlaps or touches is one match.
    private mutating func add(_ range: Range<Int>) {
        guard !range.isEmpty else { return }
        if let last = matches.last, range.lowerBound <= last.upperBound {
            matches[matches.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
        } else {
            matches.append(range)
        }
    }

    private static func bytes(
        of positions: Range<Int>, _ occurrences: PhraseOccurrences, _ count: Int, around first: Int?
    ) -> Range<Int> {
        guard !positions.isEmpty else { return 0..<min(count, maximumBytes) }
        var from = occurrences.starts[positions.lowerBound]
        var to = max(from, occurrences.ends[positions.upperBound - 1])
        if positions.lowerBound == 0, from <= maximumMargin { from = 0 }
        if positions.upperBound == occurrences.starts.count, count - to <= maximumMargin { to = count }
        if to - from > maximumBytes {
            from = max(from, (first ?? from) - maximumBytes / 4)
            to = min(to, from + maximumBytes)
        }
        return from..<to
    }

    /// With what was found between two marks, and an ellipsis where text is left out.
    package func rendered(open: String, close: String, ellipsis: String) -> String {
        var result = isCutBefore ? ellipsis : ""
        let bytes = Array(text.utf8)
        var at = 0
        for match in matches {
            result += String(decoding: bytes[at..<match.lowerBound], as: UTF8.self)
            result += open + String(decoding: bytes[match], as: UTF8.self) + close
            at = match.upperBound
        }
        return result + String(decoding: bytes[at...], as: UTF8.self) + (isCutAfter ? ellipsis : "")
    }
}

/// A text that is cut between characters.
private struct CutText {
    private let text: String
    private let maximumCharacterBytes: Int

    init(_ text: String, maximumCharacterBytes: Int) {
        var text = text
        text.makeContiguousUTF8()
        self.text = text
        self.maximumCharacterBytes = maximumCharacterBytes
    }

    /// The nearest border of characters at or before, or at or behind the offset; of scalars, if it is too far away.
    func border(_ offset: Int, up: Bool) -> Int {
        let utf8 = text.utf8
        let index = utf8.index(utf8.startIndex, offsetBy: offset)
        guard index > text.startIndex, index < text.endIndex else { return offset }
        let behind = text.index(after: index)
        let before = text.index(before: behind)
        let place = before == index ? index : up ? behind : before
        let found = utf8.distance(from: utf8.startIndex, to: place)
        if abs(found - offset) <= maximumCharacterBytes { return found }
        let scalars = text.unicodeScalars
        let aligned = scalars.index(before: scalars.index(after: index))
        return utf8.distance(from: utf8.startIndex, to: aligned)
    }

    func text(_ range: Range<Int>) -> String {
        let utf8 = text.utf8
        let from = utf8.index(utf8.startIndex, offsetBy: range.lowerBound)
        return String(decoding: utf8[from..<utf8.index(from, offsetBy: range.count)], as: UTF8.self)
    }
}
