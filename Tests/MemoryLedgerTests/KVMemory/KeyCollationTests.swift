import MemoryLedger
import Testing

/// Goal: keys are in the order of JavaScript's `localeCompare`. Method: what that answers in English, of every
/// printable character of ASCII and of pairs.
@Suite struct KeyCollationTests {
    private static let order =
        " _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789aAbBcCdDeEfFgGhHiIjJkKlLmMnNoOpPqQrRsStTuUvVwWxXyYzZ"

    @Test func everyCharacter() {
        let sorted = Self.order.map(String.init).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            .sorted { KeyCollation.compare($0, $1) == .before }
        #expect(sorted.count == 95 && sorted.joined() == Self.order)
    }

    @Test(arguments: [
        ("aB", "Ab"), ("ab", "aB"), ("a-b", "ab"), ("a b", "ab"), ("b", "B"), ("a", "B"), ("a", "ab"), ("Ab", "aBc"),
        ("10", "9"), ("", "-"), ("A", "a-"), ("z", "é"), ("z", "中"), ("z", "я"),
    ])
    func pairs(before: String, after: String) {
        #expect(KeyCollation.compare(before, after) == .before && KeyCollation.compare(after, before) == .after)
        #expect(KeyCollation.compare(before, before) == .same)
    }

    @Test func controlCharactersDoNotCount() {
        #expect(KeyCollation.compare("a\u{1}b", "ab") == .same)
    }
}
