import GRDBSQLite
import LedgerStorage
import Testing
import TextSearchModel

@testable import TextSearch
@testable import TextSearchFTS5

/// Goal: FTS5 with our tokenizer finds what the plain model finds, and nothing typed reaches its own syntax. Method:
/// random texts and queries of few words, so that they meet often.
@Suite struct FTS5ExpressionTests {
    static let pieces = [
        "login", "Login", "loginV2", "v2", "ui/login-v2", "a", "b", "量", "量子", "子计算", "计", "か", "ガ", "한국어", "👍", "é",
        "e",
        "后50条", "50", "don't", "snake_case", "case", "x.y", "\u{301}", "ＡＢ", "ab", "the", "，", "-", "ß", "ss",
    ]

    static func text(_ random: inout SeededRandom, _ most: Int = 8) -> String {
        (0..<Int.random(in: 0...most, using: &random)).map { _ in
            (pieces.randomElement(using: &random) ?? "") + (Bool.random(using: &random) ? " " : "")
        }.joined()
    }

    static func query(_ random: inout SeededRandom) -> String {
        let joints = [" ", " ", " OR ", " NOT ", " AND ", "* ", " (", ") ", "\"", " key:", " text:", "*"]
        return (0..<Int.random(in: 1...4, using: &random)).map { _ in
            (pieces.randomElement(using: &random) ?? "")
                + (Int.random(in: 0..<3, using: &random) == 0 ? "" : joints.randomElement(using: &random) ?? "")
        }.joined()
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func findsWhatTheModelFinds(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let fixture = try FTS5Fixture()
        try fixture.createTable()
        var memories: [[String]] = []
        for row in 0..<150 {
            let fields = [Self.text(&random, 2), Self.text(&random, 4), Self.text(&random), Self.text(&random, 3), ""]
            memories.append(fields)
            try fixture.insert(Int64(row), fields)
        }
        var hits = 0
        var valid = 0
        for _ in 0..<1500 {
            let typed = Self.query(&random)
            guard let query = try? SearchQuery(parsing: typed) else { continue }
            valid += 1
            let match = TextMatch(query)
            let wanted = memories.indices.filter { row in match.isMatch { memories[row][$0.index] } }.map(Int64.init)
            let found = try fixture.rows(FTS5Expression(query))
            #expect(found == wanted, "seed \(seed), query \(typed)")
            hits += wanted.count
        }
        #expect(valid > 500 && hits > 1000, "seed \(seed): \(valid) queries, \(hits) hits")
    }

    @Test(arguments: [
        "scope", "rank", "NEAR(a b)", "a:b", "^a", "{key} : a", "- key : a", "text_index", "\u{0}a", "a\u{0}b",
        "\u{2}a",
        "\u{1}n61", "'; DROP TABLE x; --", "a + b", "rowid", "*a", "a''b", "\\", "key:\"a\"",
    ])
    func syntaxNeverLeaks(typed: String) throws {
        let fixture = try FTS5Fixture()
        try fixture.createTable()
        let scope = FilterTerm.encode(kind: "n", value: "a")
        try fixture.insert(1, ["zz", "zz", "zz", "zz", scope.text])
        // Nothing typed finds by the scope.
        guard let query = try? SearchQuery(parsing: typed) else { return }
        #expect(try fixture.rows(FTS5Expression(query)) == [])
    }

    @Test func randomBytesAreAnswered() throws {
        var random = SeededRandom(seed: 5)
        let fixture = try FTS5Fixture()
        try fixture.createTable()
        var valid = 0
        for row in 0..<2000 {
            let bytes = (0..<Int.random(in: 1...30, using: &random)).map { _ in
                UInt8.random(in: 1...255, using: &random)
            }
            let text = String(decoding: bytes, as: UTF8.self)
            try fixture.insert(Int64(row), [text, text, text, text, ""])
            guard let query = try? SearchQuery(parsing: text) else { continue }
            _ = try fixture.rows(FTS5Expression(query))
            valid += 1
        }
        #expect(valid > 500)
    }

    @Test func scopeNarrows() throws {
        let fixture = try FTS5Fixture()
        try fixture.createTable()
        func term(_ kind: Character, _ value: String) -> FilterTerm { .encode(kind: kind, value: value) }
        for (row, values) in [("n", "x"), ("n", "y"), ("m", "x"), ("n", "x y")].enumerated() {
            let scope = [term("n", values.0), term("k", values.1)].map(\.text).joined(separator: " ")
            try fixture.insert(Int64(row), ["", "", "word", "", scope])
        }
        let query = try SearchQuery(parsing: "word")
        func rows(_ scope: [[FilterTerm]]) throws -> [Int64] { try fixture.rows(FTS5Expression(query, scope: scope)) }
        #expect(try rows([]) == [0, 1, 2, 3])
        #expect(try rows([[term("n", "n")]]) == [0, 1, 3])
        #expect(try rows([[term("n", "n")], [term("k", "x")]]) == [0])
        #expect(try rows([[term("k", "x"), term("k", "y")]]) == [0, 1, 2])
        #expect(try rows([[]]) == [])
        // What a text says is no filter.
        try fixture.insert(9, [term("n", "n").text, "", "word", "", ""])
        #expect(try rows([[term("n", "n")]]) == [0, 1, 3])
    }
}
