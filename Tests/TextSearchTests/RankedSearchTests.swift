import Foundation
import GRDBSQLite
import LedgerStorage
import Testing
import TextSearchModel

@testable import TextSearch
@testable import TextSearchFTS5

/// Goal: the search finds what FTS5 finds and the model finds, best first, page after page, also while others write;
/// and a damaged index is told. Method: random rows and queries; an index of many segments, one of long lists, one
/// with its bytes changed.
@Suite struct RankedSearchTests {
    private static let table = "text_index"

    private static func rows(_ results: RankedSearch.Results) -> [Int64] { results.hits.map(\.row).sorted() }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func findsWhatFTS5AndTheModelFind(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let fixture = try FTS5Fixture()
        try fixture.createTable()
        try fixture.connection.execute("INSERT INTO text_index(text_index, rank) VALUES ('pgsz', 64)")
        var memories: [Int64: [String]] = [:]
        for number in 0..<200 {
            let fields = [2, 4, 12, 3].map { FTS5ExpressionTests.text(&random, $0) }
            let term = FilterTerm.encode(kind: "n", value: "\(number % 3)")
            let row = TextRow.id(number: Int64(number), fields: fields)
            #expect(TextRow.number(of: row) == number)
            memories[row] = fields
            // Each transaction makes a segment.
            try fixture.insert(row, fields + [term.text])
        }
        var hits = 0
        for _ in 0..<600 {
            let typed = FTS5ExpressionTests.query(&random)
            guard let query = try? SearchQuery(parsing: typed) else { continue }
            let scope =
                Bool.random(using: &random) ? [] : [[0, 2].map { FilterTerm.encode(kind: "n", value: "\($0)") }]
            let found = try RankedSearch(query, scope: scope, limit: 1000).run(
                on: fixture.connection, table: Self.table)
            #expect(Self.rows(found) == (try fixture.rows(FTS5Expression(query, scope: scope))), "\(seed): \(typed)")
            #expect(found.total == found.hits.count && found.next == nil)
            #expect(found.hits.allSatisfy { $0.score > 0 })
            hits += found.total
            let match = TextMatch(query)
            let wanted = memories.filter { row, fields in
                (scope.isEmpty || TextRow.number(of: row) % 3 != 1) && match.isMatch { fields[$0.index] }
            }
            #expect(Set(wanted.keys) == Set(found.hits.map(\.row)), "seed \(seed), query \(typed)")
        }
        #expect(hits > 1000)
    }

    /// A place may be anyone's, and says anything.
    @Test func aPlaceBehindTheEndEnds() throws {
        let fixture = try FTS5Fixture()
        try fixture.createTable()
        for row in 1...3 as ClosedRange<Int64> { try fixture.insert(row << 4, ["tea", "", "", "", ""]) }
        for horizon in [Int64.max, .max - 1, .min] {
            var search = RankedSearch(try SearchQuery(parsing: "tea"), limit: 10)
            search.after = RankedSearch.Place(score: 1_000, row: .max, horizon: horizon, rarities: [8])
            #expect(try search.run(on: fixture.connection, table: Self.table).total == (horizon < 0 ? 0 : 3))
        }
    }

    /// Rows of others change no score: a search of a part is as one of an index that has only that part.
    @Test(arguments: [4, 5] as [UInt64], [1, 2])
    func whatIsOutsideOfTheCollectionShowsInNothing(seed: UInt64, termCount: Int) throws {
        var random = SeededRandom(seed: seed)
        let (whole, part) = (try FTS5Fixture(), try FTS5Fixture())
        try whole.createTable()
        try part.createTable()
        for number in 0..<200 {
            let fields = [2, 4, 12, 3].map { FTS5ExpressionTests.text(&random, $0) }
            // One term has most rows of all; of two each has less than some words.
            let value = termCount == 1 && number % 3 == 2 ? 0 : number % 3
            let term = FilterTerm.encode(kind: "n", value: "\(value)")
            let row = TextRow.id(number: Int64(number), fields: fields)
            try whole.insert(row, fields + [term.text])
            // These are 133.
            if number % 3 != 1 { try part.insert(row, fields + [term.text]) }
        }
        let terms = [0, 2].prefix(termCount).map { FilterTerm.encode(kind: "n", value: "\($0)") }
        var hits = 0
        for _ in 0..<300 {
            let typed = FTS5ExpressionTests.query(&random)
            guard let query = try? SearchQuery(parsing: typed) else { continue }
            var search = RankedSearch(query, scope: [terms], limit: 20)
            search.collection = RankedSearch.Collection(terms: terms, count: 133)
            let found = try search.run(on: whole.connection, table: Self.table)
            let wanted = try RankedSearch(query, limit: 20).run(on: part.connection, table: Self.table)
            #expect(found.hits == wanted.hits && found.total == wanted.total, "seed \(seed), query \(typed)")
            hits += found.total
        }
        #expect(hits > 500)
    }

    /// Lists over many pages, in segments of several levels, with rows that take more than a page.
    @Test func longListsAreReadWhole() throws {
        let fixture = try FTS5Fixture()
        try fixture.createTable()
        try fixture.connection.execute("INSERT INTO text_index(text_index, rank) VALUES ('pgsz', 128)")
        for batch in 0..<6 {
            try fixture.connection.execute("BEGIN")
            for index in 0..<400 {
                let number = batch * 400 + index
                var text = "every"
                if number % 3 == 0 { text += " third" }
                if number % 7 == 0 { text += " seventh every" }
                if number % 500 == 499 { text += String(repeating: " rare long", count: 200) }
                try fixture.insert(Int64(number) * 16, ["k\(number)", "", text, "", ""])
            }
            try fixture.connection.execute("COMMIT")
        }
        for typed in [
            "every", "third", "third seventh", "rare", "rare every", "\"long rare\"", "\"seventh every\"", "k2399",
            "k23*",
            "third NOT seventh", "rare OR seventh", "text:every key:k*", "every rare third", "key:every",
            "k12* seventh",
        ] {
            let query = try SearchQuery(parsing: typed)
            let found = try RankedSearch(query, limit: 5000).run(on: fixture.connection, table: Self.table)
            #expect(Self.rows(found) == (try fixture.rows(FTS5Expression(query))), "\(typed)")
        }
    }

    @Test func betterOnesComeFirst() throws {
        let fixture = try FTS5Fixture()
        try fixture.createTable()
        let long = String(repeating: "filler ", count: 300)
        let rows: [[String]] = [
            ["a", "", "login and more words of all kinds", ""], ["login", "", "other", ""],
            ["b", "login", "other", ""],
            ["c", "", "other", "login"], ["d", "", "login " + long, ""], ["e", "", "login login login", ""],
            ["f", "", "什么是量子计算", ""], ["g", "", "量子和计算", ""], ["h", "", "计算", ""],
        ]
        for (number, fields) in rows.enumerated() {
            try fixture.insert(TextRow.id(number: Int64(number), fields: fields), fields + [""])
        }
        func found(_ typed: String) throws -> [String] {
            try RankedSearch(try SearchQuery(parsing: typed), limit: 10).run(on: fixture.connection, table: Self.table)
                .hits.map { rows[Int(TextRow.number(of: $0.row))][0] }
        }
        // In the key, three times in a text, in the keywords (as good, but earlier), in the summary, in a text, a long
        // one.
        #expect(try found("login") == ["login", "e", "c", "b", "a", "d"])
        #expect(try found("量子计算") == ["f", "g", "h"])
        #expect(try found("other OR login").first == "login")
    }

    @Test(arguments: [1, 2] as [UInt64])
    func pagesStayRightWhileOthersWrite(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let fixture = try FTS5Fixture()
        try fixture.createTable()
        var next: Int64 = 0
        func write(_ count: Int) throws {
            for _ in 0..<count {
                let words = (0..<8).map { _ in ["login", "pool", "retry", "cache"].randomElement(using: &random) ?? "" }
                let fields = ["k", "", words.joined(separator: " "), ""]
                try fixture.insert(TextRow.id(number: next, fields: fields), fields + [""])
                next += 1
            }
        }
        try write(300)
        var search = RankedSearch(try SearchQuery(parsing: "login OR \"pool retry\""), limit: 1000)
        let all = try search.run(on: fixture.connection, table: Self.table)
        #expect(all.total > 200 && all.next == nil)
        search.limit = 17
        var pages: [SearchHit] = []
        repeat {
            let page = try search.run(on: fixture.connection, table: Self.table)
            #expect(page.total == all.total)
            pages += page.hits
            search.after = page.next
            try write(20)
        } while search.after != nil
        #expect(pages == all.hits, "seed \(seed)")
        search.after = RankedSearch.Place(score: 1, row: 1, horizon: 1, rarities: [1])
        #expect(throws: TextIndexError.self) { try search.run(on: fixture.connection, table: Self.table) }
    }

    @Test func thePredicateDecides() throws {
        let fixture = try FTS5Fixture()
        try fixture.createTable()
        for row in 0..<100 as Range<Int64> { try fixture.insert(row * 16, ["k", "", "word", "", ""]) }
        let query = try SearchQuery(parsing: "word")
        var asked: [Int64] = []
        let found = try RankedSearch(query, limit: 5).run(on: fixture.connection, table: Self.table) { row in
            asked.append(row)
            return row % 48 == 0
        }
        #expect(found.total == 34 && found.hits.map(\.row) == [1584, 1536, 1488, 1440, 1392])
        #expect(asked == asked.sorted() && asked.count == 100)
        #expect(try RankedSearch(query, limit: 0).run(on: fixture.connection, table: Self.table).total == 100)
        #expect(throws: CancellationError.self) {
            try RankedSearch(query, limit: 5).run(on: fixture.connection, table: Self.table) { _ in
                throw CancellationError()
            }
        }
        // The connection is as it was.
        #expect(sqlite3_get_autocommit(fixture.connection.handle) == 1)
        #expect(try RankedSearch(query, limit: 5).run(on: fixture.connection, table: Self.table).total == 100)
    }

    @Test func whatIsNotCommittedIsFound() throws {
        let fixture = try FTS5Fixture()
        try fixture.createTable()
        let search = RankedSearch(try SearchQuery(parsing: "word"), limit: 5)
        #expect(try search.run(on: fixture.connection, table: Self.table).total == 0)
        try fixture.connection.execute("BEGIN")
        try fixture.insert(16, ["", "", "word", "", ""])
        #expect(try search.run(on: fixture.connection, table: Self.table).total == 1)
        try fixture.connection.execute("ROLLBACK")
        #expect(try search.run(on: fixture.connection, table: Self.table).total == 0)
    }

    @Test func aBroadBeginningIsRefused() throws {
        let fixture = try FTS5Fixture()
        try fixture.createTable()
        for row in 0..<9 as Range<Int64> { try fixture.insert(row * 16, ["", "", "aa ab aa", "", ""]) }
        var search = RankedSearch(try SearchQuery(parsing: "a*"), limit: 5)
        search.maximumPrefixPositions = 26
        let error = #expect(throws: TextIndexError.self) { try search.run(on: fixture.connection, table: Self.table) }
        #expect(error?.code == .prefixTooBroad)
        search.maximumPrefixPositions = 27
        #expect(try search.run(on: fixture.connection, table: Self.table).total == 9)
    }

    /// Bytes of the index are changed at random: a search answers or throws, and never traps.
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func damageIsSurvived(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let fixture = try FTS5Fixture()
        try fixture.createTable()
        try fixture.connection.execute("INSERT INTO text_index(text_index, rank) VALUES ('pgsz', 64)")
        for row in 0..<200 as Range<Int64> {
            try fixture.insert(row * 16, ["k\(row)", "", FTS5ExpressionTests.text(&random, 10) + " every", "", ""])
        }
        let ids = try fixture.pages()
        var refused = 0
        for _ in 0..<300 {
            let id = ids.randomElement(using: &random) ?? 0
            let old = try fixture.page(id)
            var bytes = old
            for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if Bool.random(using: &random) { bytes.removeLast(Int.random(in: 0...bytes.count, using: &random)) }
            try fixture.write(bytes, to: id)
            for typed in ["every", "login a", "l*", "\"a b\"", "量子计", "k1* NOT every"] {
                do {
                    let query = try SearchQuery(parsing: typed)
                    _ = try RankedSearch(query, limit: 5).run(on: fixture.connection, table: Self.table)
                } catch { refused += 1 }
            }
            try fixture.write(old, to: id)
        }
        #expect(refused > 10)
        let whole = try RankedSearch(try SearchQuery(parsing: "every"), limit: 5)
            .run(on: fixture.connection, table: Self.table)
        #expect(whole.total == 200)
    }

    @Test func anUnknownLayoutIsRefused() throws {
        let fixture = try FTS5Fixture()
        try fixture.createTable()
        try fixture.connection.execute("UPDATE text_index_config SET v = 5 WHERE k = 'version'")
        let search = RankedSearch(try SearchQuery(parsing: "a"), limit: 5)
        let error = #expect(throws: TextIndexError.self) { try search.run(on: fixture.connection, table: Self.table) }
        #expect(error?.code == .unknownLayout)
    }
}
