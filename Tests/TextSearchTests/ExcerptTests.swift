import Testing
import TextSearchModel

@testable import TextSearch

/// Goal: an excerpt shows what was found, whatever the text. Method: tables; long and random texts, whose excerpts
/// must be parts of them between characters.
@Suite struct ExcerptTests {
    private static func show(_ text: String, _ typed: String, _ tokens: Int) throws -> String {
        Excerpt(of: text, for: try SearchQuery(parsing: typed), tokens: tokens)
            .rendered(open: "[", close: "]", ellipsis: "…")
    }

    @Test(arguments: [
        ("one two three", "two", 10, "one [two] three"),
        ("one two three four five six seven", "four", 3, "…three [four] five…"),
        ("one two three four five six seven", "seven", 3, "…five six [seven]"),
        ("one two three four five six seven", "one", 3, "[one] two three…"),
        ("one two three four five six seven", "zzz", 3, "one two three…"),
        ("a b. Now the pool is full of it and more", "pool full", 5, "…Now the [pool] is [full]…"),
        ("pool x x x x x x x x pool retry", "pool OR retry", 4, "…x x [pool] [retry]"),
        ("(Well,) the end.", "end", 9, "(Well,) the [end]."),
        ("我们用量子计算基础概念", "量子计算", 20, "我们用[量子计算]基础概念"),
        ("我们用量子计算基础概念", "念", 20, "我们用量子计算基础概[念]"),
        ("我们用量子计算基础概念", "算", 20, "我们用量子计[算]基础概念"),
        ("我们用量子计算基础概念", "算 OR 计算", 20, "我们用量子[计算]基础概念"),
        ("量子和量子计算", "量", 20, "[量]子和[量]子计算"), ("算算是算", "算", 20, "[算算]是[算]"),
        ("后50条款", "\"后50条\"", 20, "[后50条]款"), ("后50条", "\"后50条\"", 20, "[后50条]"),
        ("ｶﾞｲﾄﾞ", "ガ", 20, "[ｶﾞ]ｲﾄﾞ"), ("か\u{3099}き", "が", 20, "[か\u{3099}]き"),
        ("算\u{fe00}是", "算", 20, "[算\u{fe00}]是"), ("㌀だ", "ア", 20, "[㌀]だ"),
        ("tea 计算 team", "te*", 20, "[tea] 计算 [team]"), ("一个量子 te", "te* OR 量子", 20, "一个[量子] [te]"),
        ("see project:ui/login-v2 now", "project:ui/login-v2", 20, "see [project:ui/login-v2] now"),
        ("see project:ui/login-v2 now", "login", 20, "see project:ui/[login]-v2 now"),
        ("call getUserName", "getusername", 20, "call [getUserName]"),
        ("Un cafe\u{301} noir", "CAFÉ", 20, "Un [cafe\u{301}] noir"),
        ("ship 👩‍💻 it", "👩‍💻", 20, "ship [👩‍💻] it"),
        ("foobar food", "foo*", 20, "[foobar] [food]"),
        ("a b a c", "\"a c\"", 20, "a b [a c]"),
        ("a b", "a NOT c", 20, "[a] b"),
        ("", "a", 20, ""), ("---", "a", 20, "---"),
        ("key text", "key:key text", 20, "key [text]"),
    ])
    func showsWhatWasFound(text: String, typed: String, tokens: Int, excerpt: String) throws {
        #expect(try Self.show(text, typed, tokens) == excerpt)
    }

    @Test(arguments: [
        ("a b ", 1_000_000), ("a", 1_000_000), ("-", 1_000_000), ("e\u{301}", 100_000), ("\u{301}", 100_000),
        ("量", 100_000), ("量子", 100_000), ("👩‍", 100_000), ("a-b_", 100_000), ("a. ", 100_000), ("🇩🇪", 100_000),
    ])
    func longTextsAreCut(piece: String, bytes: Int) throws {
        let text = String(repeating: piece, count: bytes / piece.utf8.count)
        let query = try SearchQuery(parsing: "量子 OR a* OR \"a b a b a b\" OR \"量子量子\" OR x")
        let excerpt = Excerpt(of: text, for: query, tokens: 1000)
        #expect(excerpt.text.utf8.count <= Excerpt.maximumBytes + 1024)
    }

    @Test func whatIsShownIsPartOfTheText() throws {
        let seed: UInt64 = 21
        var random = SeededRandom(seed: seed)
        var shown = 0
        for _ in 0..<2000 {
            let text = FTS5ExpressionTests.text(&random, 20)
            guard let query = try? SearchQuery(parsing: FTS5ExpressionTests.query(&random)) else { continue }
            let excerpt = Excerpt(of: text, for: query, tokens: Int.random(in: 1...12, using: &random))
            #expect(text.contains(excerpt.text) || excerpt.text.isEmpty, "seed \(seed)")
            #expect(excerpt.isCutBefore || text.hasPrefix(excerpt.text), "seed \(seed)")
            var last = -1
            for match in excerpt.matches {
                #expect(match.lowerBound > last && !match.isEmpty && match.upperBound <= excerpt.text.utf8.count)
                last = match.upperBound
                shown += 1
            }
            let whole = Excerpt(of: text, for: query, tokens: Excerpt.maximumTokens)
            #expect(whole.text == text)
            // A text that matches has something to show.
            if TextMatch(query).isMatch({ $0 == .text ? text : "" }) { #expect(!whole.matches.isEmpty, "seed \(seed)") }
        }
        #expect(shown > 300)
    }

    @Test func oldExcerpts() throws {
        let query = try #require(LegacySearchQuery.search("pool"))
        let words = (1...30).map { "w\($0 % 10)" }.joined(separator: " ")
        #expect(LegacyExcerpt.text(of: "the pool here", for: query) == "the <mark>pool</mark> here")
        let long = LegacyExcerpt.text(of: words + " pool " + words, for: query)
        #expect(long.hasPrefix("...") && long.hasSuffix("...") && long.contains(" <mark>pool</mark> "))
        #expect(LegacyExcerpt.text(of: "nothing", for: query) == "nothing")
        #expect(LegacyExcerpt.text(of: " \u{3000}a pool\n", for: query) == "a <mark>pool</mark>")
        #expect(LegacyExcerpt.text(of: "\t no thing \r\n", for: query) == "no thing")
        #expect(LegacyExcerpt.text(of: " \n ", for: query) == "")
        let units = String(repeating: "x", count: 160)
        #expect(LegacyExcerpt.text(of: units, for: query) == units)
        #expect(LegacyExcerpt.text(of: units + "y", for: query) == units.prefix(157) + "...")
        let pairs = String(repeating: "👍", count: 81)
        #expect(LegacyExcerpt.text(of: pairs, for: query) == pairs.prefix(78) + "...")
    }
}
