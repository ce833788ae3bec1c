import Testing

@testable import TextSearch

/// Goal: what is typed means what DESIGN.md says, or is refused at its place. Method: tables; a query is written back
/// with all its parentheses.
@Suite struct SearchQueryTests {
    private static func show(_ node: SearchNode) -> String {
        switch node {
        case .phrase(let phrase):
            let fields = SearchField.allCases.filter { phrase.fields.contains($0.set) }.map(\.rawValue)
            let field = phrase.fields == .all ? "" : fields.joined(separator: ",") + ":"
            return (phrase.isBonus ? "+" : "") + field + phrase.tokens.joined(separator: "_")
                + (phrase.isPrefix ? "*" : "")
        case .any(let nodes): return "(" + nodes.map(show).joined(separator: " | ") + ")"
        case .all(let nodes, except: let others):
            return "(" + (nodes.map(show) + others.map { "-" + show($0) }).joined(separator: " & ") + ")"
        }
    }

    @Test(arguments: [
        ("login", "login"),
        ("login  retry", "(login & retry)"),
        ("login AND retry", "(login & retry)"),
        ("a b OR c d", "((a & b) | (c & d))"),
        ("a OR b OR c", "(a | b | c)"),
        ("a NOT b", "(a & -b)"),
        ("NOT b a", "(a & -b)"),
        ("a AND NOT b NOT c", "(a & -b & -c)"),
        ("a NOT NOT b", "(a & b)"),
        ("a (b OR c)", "(a & (b | c))"),
        ("a NOT (b OR c)", "(a & -(b | c))"),
        ("((a))", "a"),
        ("and or not", "(and & or & not)"),
        ("\"AND\" x", "(and & x)"),
        ("\"connection pool\"", "connection_pool"),
        ("log*", "log*"),
        ("\"big log\"*", "big_log*"),
        ("lo** a*b", "(lo* & (a & b))"),
        ("key:login", "key:login"),
        ("key:project:ui", "(key:project_ui | key:project:ui)"),
        ("summary:(a OR b) c", "((summary:a | summary:b) & c)"),
        ("text:\"a b\"", "text:a_b"),
        ("keywords: a b", "(keywords:a & b)"),
        ("project:ui", "(project_ui | project:ui)"),
        ("http://x", "(http_x | http://x)"),
        ("loginV2*", "(login_v_2* | loginv2*)"),
        ("title:foo", "(title_foo | title:foo)"),
        ("don't", "(don & t)"),
        ("foo - bar & baz", "(foo & bar & baz)"),
        ("-foo +bar", "(foo & bar)"),
        ("f(x)", "(f & x)"),
        ("量", "量*"),
        ("量子", "量子"),
        ("量子计算", "(量子 | 子计 | 计算 | +量子_子计 | +子计_计算)"),
        ("\"量子计算\"", "量子_子计_计算"),
        ("\"量子 计算\"", "量子_子_计算"),
        ("量子计*", "量子_子计"),
        ("你好，世界", "(你好 | 世界)"),
        ("itgc后50条", "(itgc & 50 & (后* | 条*))"),
        ("\"后50条\"", "后_50_条*"),
        ("用SQLite存储", "((sq_lite | sqlite) & (用* | 存储))"),
        ("哈哈哈哈", "(哈哈 | +哈哈_哈哈)"),
        ("👍 ok", "(👍 & ok)"),
        ("a　b", "(a & b)"),
    ])
    func queriesMean(text: String, meaning: String) throws {
        #expect(Self.show(try SearchQuery(parsing: text).root) == meaning)
    }

    @Test(arguments: [
        ("", "nothing_searchable", 0), ("  ", "nothing_searchable", 0), ("***", "nothing_searchable", 0),
        ("\"\"", "nothing_searchable", 0), ("\"-\" &", "nothing_searchable", 0),
        ("a AND &", "nothing_searchable", 6), ("& OR a", "nothing_searchable", 0), ("a NOT &", "nothing_searchable", 2),
        ("a ()", "nothing_searchable", 2),
        ("a \"b", "open_quote", 2), ("é👍 \"", "open_quote", 3),
        ("(a", "open_parenthesis", 0), ("a (b (c)", "open_parenthesis", 2), ("(", "open_parenthesis", 0),
        ("a)", "open_parenthesis", 1), (")", "open_parenthesis", 0), ("a OR b) c", "open_parenthesis", 6),
        ("AND", "lone_operator", 0), ("a AND", "lone_operator", 2), ("OR a", "lone_operator", 0),
        ("a OR", "lone_operator", 2), ("a OR OR b", "lone_operator", 2), ("a AND OR b", "lone_operator", 2),
        ("a AND AND b", "lone_operator", 2), ("NOT", "lone_operator", 0), ("(a OR )", "lone_operator", 3),
        ("(a NOT)", "lone_operator", 3), ("NOT AND", "lone_operator", 0), ("a key:", "lone_operator", 2),
        ("key: OR a", "lone_operator", 0), ("key:)", "lone_operator", 0),
        ("NOT a", "only_negative", 0), ("a OR NOT b", "only_negative", 5), ("a (NOT b)", "only_negative", 3),
        ("title:\"a b\"", "unknown_field", 0), ("a Key:(b)", "unknown_field", 2),
        ("key:(a text:b)", "nested_field", 7), ("key:text:\"b\"", "nested_field", 4),
    ])
    func mistakesHaveAPlace(text: String, code: String, offset: Int) {
        let error = #expect(throws: SearchQueryError.self) { try SearchQuery(parsing: text) }
        #expect(error?.code.description == code)
        #expect(error?.offset == offset)
        #expect(error?.message.hasSuffix(".") == true)
    }

    @Test func boundsAreTyped() throws {
        func code(_ text: String) -> SearchQueryError.Code? {
            do {
                _ = try SearchQuery(parsing: text)
                return nil
            } catch { return error.code }
        }
        let depth = SearchQuery.maximumDepth
        func nested(_ depth: Int) -> String {
            String(repeating: "(", count: depth) + "a" + String(repeating: ")", count: depth)
        }
        #expect(code(nested(depth)) == nil)
        #expect(code(nested(depth + 1)) == .tooDeep)
        #expect(code("a " + String(repeating: "NOT ", count: depth + 1) + "b") == .tooDeep)
        let words = (0..<SearchQuery.maximumPhrases).map { _ in "w" }.joined(separator: " ")
        #expect(code(words) == nil)
        #expect(code(words + " w") == .tooManyTerms)
        let phrase = (0..<SearchQuery.maximumPhraseTokens).map { _ in "w" }.joined(separator: " ")
        #expect(code("\"\(phrase)\"") == nil)
        #expect(code("\"\(phrase) w\"") == .tooLong)
        // Of a run each pair counts, and what only ranks does not.
        #expect(code(Self.han(SearchQuery.maximumPhrases + 1)) == nil)
        #expect(code(Self.han(SearchQuery.maximumPhrases + 2)) == .tooManyTerms)
        #expect(code(String(repeating: "a", count: SearchQuery.maximumBytes)) == nil)
        #expect(code(String(repeating: "a", count: SearchQuery.maximumBytes + 1)) == .tooLong)
    }

    /// A run of different characters.
    private static func han(_ count: Int) -> String {
        String(String.UnicodeScalarView((0..<count).compactMap { Unicode.Scalar(0x4E00 + $0) }))
    }

    /// Few pairs make many neighbours: of 14 characters all 196 pairs, in all orders of three.
    @Test func whatOnlyRanksIsBounded() throws {
        let characters = Array(Self.han(14))
        var text = ""
        for first in characters {
            for second in characters { for third in characters.prefix(4) { text += String([first, second, third]) } }
        }
        text = String(text.prefix(SearchQuery.maximumBytes / 3))
        func bonuses(_ query: SearchQuery) -> Int { query.root.phrases.count { $0.isBonus } }
        #expect(bonuses(try SearchQuery(parsing: text)) == SearchQuery.maximumBonuses)
        // Over all words together.
        let words = stride(from: 0, to: 2000, by: 20).map { String(text.dropFirst($0).prefix(4)) }
        #expect(
            bonuses(try SearchQuery(parsing: words.prefix(60).joined(separator: " "))) <= SearchQuery.maximumBonuses)
        let long = try SearchQuery(parsing: Self.han(SearchQuery.maximumPhrases + 1))
        #expect(bonuses(long) == SearchQuery.maximumPhrases - 1)
    }

    /// An unknown field is told which there are.
    @Test func knownFieldsAreNamed() {
        let error = #expect(throws: SearchQueryError.self) { try SearchQuery(parsing: "title:(a)") }
        #expect(error?.message == "There is no field title; the fields are key, summary, text, keywords.")
        #expect(error?.description.hasSuffix("(at character 1)") == true)
    }

    @Test(arguments: [
        ("login retry", "(login | retry)"), ("foo,bar AND", "(foo_bar | and)"), ("login-v2", "login_v_2"),
        ("量子计算", "(量子 | 子计 | 计算 | +量子_子计 | +子计_计算)"), ("\"(a", "a"),
    ])
    func oldSearchesMean(text: String, meaning: String) throws {
        #expect(Self.show(try #require(LegacySearchQuery.search(text)).root) == meaning)
    }

    @Test func oldKeywordsMean() throws {
        let all = try #require(LegacySearchQuery.fulltext("foo bar, baz,,量子", all: true))
        #expect(Self.show(all.root) == "(foo_bar & baz & 量子)")
        let any = try #require(LegacySearchQuery.fulltext("foo bar, baz", all: false))
        #expect(Self.show(any.root) == "(foo_bar | baz)")
        #expect(LegacySearchQuery.search(" & ,") == nil)
        #expect(LegacySearchQuery.fulltext(",,", all: true) == nil)
    }

    /// Of what the old program took without a bound the beginning is looked for.
    @Test func longOldSearchesAreCut() throws {
        func search(_ text: String) throws -> [SearchPhrase] {
            try #require(LegacySearchQuery.search(text)).root.phrases
        }
        let words = (0..<300).map { "w\($0)x" }
        let first = try search(words.joined(separator: " "))
        #expect(first == (try search(words.prefix(SearchQuery.maximumPhrases).joined(separator: " "))))
        #expect(first.count == SearchQuery.maximumPhrases)
        // What is asked for twice counts once.
        #expect(try search(String(repeating: "a ", count: 300) + "b").map(\.tokens) == [["a"], ["b"]])
        let all = try #require(LegacySearchQuery.fulltext(words.joined(separator: ","), all: true))
        #expect(
            all
                == LegacySearchQuery.fulltext(
                    words.prefix(SearchQuery.maximumPhrases).joined(separator: ","), all: true))
        // A word of many parts, and a phrase.
        for separator in [";", "; ", " "] {
            let parts = (0..<SearchQuery.maximumPhraseTokens + 1).map { _ in "a" }.joined(separator: separator)
            let found = try #require(LegacySearchQuery.fulltext(parts, all: true)).root
                .phrases
            #expect(found.map(\.tokens.count) == [SearchQuery.maximumPhraseTokens], "\(separator)")
        }
        // Pairs of one run: the first ones, with what ranks them; and what else a part asks for stays.
        let pairs = try search(Self.han(400))
        #expect(pairs.count { !$0.isBonus } == SearchQuery.maximumPhrases)
        #expect(pairs.count { $0.isBonus } == SearchQuery.maximumBonuses)
        #expect(pairs[0].tokens == [String(Self.han(2))])
        let mixed = try search("sqlite" + Self.han(400))
        #expect(mixed[0].tokens == ["sqlite"] && mixed.count { !$0.isBonus } == SearchQuery.maximumPhrases)
    }

    /// No more bytes are read than others may write, and no word is cut in two.
    @Test func veryLongOldSearchesAreCut() throws {
        let long = String(repeating: "é", count: SearchQuery.maximumBytes)
        #expect(LegacySearchQuery.beginning(of: "a" + long).utf8.count == SearchQuery.maximumBytes - 1)
        #expect(LegacySearchQuery.beginning(of: long).utf8.count == SearchQuery.maximumBytes)
        #expect(LegacySearchQuery.beginning(of: "é") == "é")
        let blanks = String(repeating: " ", count: SearchQuery.maximumBytes - 8)
        let query = try #require(LegacySearchQuery.search("tea" + blanks + "green coffee"))
        #expect(Self.show(query.root) == "tea")
        #expect(LegacySearchQuery.search(long)?.root.phrases.count == 1)
        #expect(LegacySearchQuery.search(String(repeating: "量子", count: 100_000))?.root.phrases.isEmpty == false)
        #expect(LegacySearchQuery.search(String(repeating: " ", count: 100_000) + "tea") == nil)
    }
}
