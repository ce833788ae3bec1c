import Testing
import TextSearchModel

@testable import TextSearch
@testable import TextSearchFTS5

/// Goal: the traps that others fell into. Method: one text and one query a line, evaluated on the text itself, and by
/// an index of it.
@Suite struct TextMatchTests {
    @Test(arguments: [
        ("gen-itgc后50条", "itgc", true), ("gen-itgc后50条", "50", true), ("gen-itgc后50条", "后", true),
        ("gen-itgc后50条", "条", true), ("gen-itgc后50条", "\"后50条\"", true), ("gen-itgc后50条", "gen-itgc", true),
        ("我们用量子计算基础概念", "量子", true), ("我们用量子计算基础概念", "概", true), ("我们用量子计算基础概念", "念", true),
        ("我们用量子计算基础概念", "子量", false), ("我们用量子计算基础概念", "\"量子基础\"", false),
        ("量子计算的基础", "什么是量子计算？", true), ("天气很好", "什么是量子计算？", false),
        // A short word beside a long one must not be dropped.
        ("connection pool", "connection v", false), ("connection pool v", "connection v", true),
        ("量子力学", "量子 x", false), ("量子力学", "力 量子", true), ("量子力学", "热 量子", false),
        ("a", "a", true), ("go to 7", "7", true), ("go to 77", "7", false), ("go to 77", "7*", true),
        ("ＡＰＩ　ｋｅｙ", "api key", true), ("api key", "ＡＰＩ", true), ("ﾃｽﾄ", "テスト", true),
        ("cafe\u{301}", "café", true), ("café", "cafe", true), ("Düsseldorf", "dusseldorf", true),
        ("STRASSE", "straße", true), ("ship it 🚀", "🚀", true), ("ship it 🚀", "🎉", false), ("👍🏽", "👍", true),
        ("project:ui/login-v2", "login", true), ("project:ui/login-v2", "ui/login", true),
        ("project:ui/login-v2", "project:ui/login-v2", true), ("project:ui/login-v2", "v2", true),
        ("project:ui/login-v2", "login-v*", true), ("project:ui/login-v2", "project:u*", true),
        ("project:ui/login-v2", "log", false), ("project:ui/login-v2", "v3", false),
        ("getUserName", "user", true), ("getUserName", "getusername", true), ("getUserName", "UserName", true),
        ("get_user_name", "user_name", true), ("commit c508de157c11fccf", "c508*", true),
        ("rain NOT sun", "\"not\"", true), ("foo OR \"bar\"", "\"OR bar\"", true),
        ("a* b", "a*", true), ("text:foo", "\"text:foo\"", true), ("col-scope : {x}", "scope", true),
        ("한국어 문서를", "문서", true), ("한국어", "\u{1112}\u{1161}\u{11AB}\u{1100}\u{116E}\u{11A8}", true),
    ])
    func matches(text: String, query: String, isMatch: Bool) throws {
        let query = try SearchQuery(parsing: query)
        #expect(TextMatch(query).isMatch { $0 == .text ? text : "" } == isMatch)
        let fixture = try FTS5Fixture()
        try fixture.createTable()
        try fixture.insert(TextRow.id(number: 1, fields: [text]), ["", "", text, "", ""])
        let found = try RankedSearch(query, limit: 1).run(on: fixture.connection, table: "text_index")
        #expect(found.total == (isMatch ? 1 : 0))
    }

    @Test func fieldsAreTold() throws {
        func isMatch(_ query: String) throws -> Bool {
            TextMatch(try SearchQuery(parsing: query)).isMatch { field in
                switch field {
                case .key: "login"
                case .summary: "retry twice"
                case .text: "the pool"
                case .keywords: "net"
                }
            }
        }
        for yes in ["key:login pool", "login retry pool net", "summary:(twice NOT pool)", "text:pool", "keywords:net"] {
            #expect(try isMatch(yes), "\(yes)")
        }
        for no in ["key:pool", "\"login retry\"", "summary:(retry pool)", "login NOT pool", "text:net OR key:net"] {
            #expect(try !isMatch(no), "\(no)")
        }
    }

    @Test func aLongWordIsFoundByItsBeginning() throws {
        let word = String(repeating: "x", count: 1_000_000)
        for query in [String(word.prefix(5000)), "xxx*"] {
            #expect(TextMatch(try SearchQuery(parsing: query)).isMatch { _ in word })
        }
        #expect(!TextMatch(try SearchQuery(parsing: "xxx")).isMatch { _ in word })
    }
}
