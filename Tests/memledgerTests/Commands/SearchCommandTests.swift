import MemoryLedger
import Testing

/// Goal: `search` prints the document that it documents, page by page, and a page that a person can read. Method: the
/// command as a process over a ledger that was written day by day.
@Suite struct SearchCommandTests {
    @Test func theDocument() async throws {
        let workspace = try await Workspace.filteredLedger()
        let found = try await workspace.json("search", "likes", "green")
        #expect(found.object?.members.map(\.name) == ["results", "total", "next", "indexed_to", "position", "locked"])
        #expect(found["total"] == 1 && found["next"] == .null && found["locked"] == [])
        let head = try await workspace.json("stats")["position"]
        #expect(found["indexed_to"] == head)
        let result = try #require(found["results"]?.array?.first)
        let names = ["namespace", "key", "summary", "excerpt", "relevance", "score", "source", "trust", "reasons"]
        #expect(result.object?.members.map(\.name) == names)
        #expect(result["namespace"] == "mem" && result["key"] == "b" && result["summary"] == "Green")
        #expect(result["excerpt"] == "A cup of <mark>green</mark> tea, which she <mark>likes</mark>.")
        #expect(result["source"] == ["kind": "user", "name": "ada"] && result["trust"] == 90)
        #expect(result["reasons"] == ["summary: Green", "text: green, likes"])
        #expect((result["relevance"]?.number?.double ?? 0) > 0)
        #expect((0...100).contains(result["score"]?.number?.double ?? -1))
        let other = try await workspace.json("search", "green", "--namespace", "other")["results"]?.array?.first
        #expect(other?["source"] == .null && other?["trust"] == .null && other?["summary"] == "")
        #expect(
            try await workspace.json("search", "nothing") == [
                "results": [], "total": 0, "next": .null, "indexed_to": head ?? .null, "position": head ?? .null,
                "locked": [],
            ])
    }

    @Test func wordsAreOneQuery() async throws {
        let workspace = try await Workspace.filteredLedger()
        let rows: [(words: [String], keys: [String])] = [
            (["cup tea"], ["b"]), (["cup", "tea"], ["b"]), (["\"green tea\""], ["a", "b"]), (["\"tea green\""], []),
            (["cup", "OR", "hot"], ["a", "b"]), (["green NOT tea"], ["d"]), (["like*"], ["b"]), (["lik"], []),
            (["summary:tea"], ["a"]), (["keywords:k2"], ["a", "b"]), (["key:d"], ["d"]),
            (["(cup OR hot) AND very"], ["a"]),
            (["GREEN", "TÉA"], ["a", "b"]),
        ]
        for (words, keys) in rows {
            let outcome = try await workspace.run(["search", "--json"] + words)
            let found = try outcome.json()["results"]?.array?.compactMap { $0["key"]?.string }.sorted()
            #expect(found == keys, "\(words): \(outcome)")
        }
        // What begins with a hyphen is an option unless options have ended.
        #expect(try await workspace.run(["search", "--json", "--", "-green"]).status == 0)
    }

    @Test func pages() async throws {
        let workspace = try await Workspace.filteredLedger()
        let all = try await workspace.json("search", "green", "--limit", "3")
        #expect(all["total"] == 3 && all["next"] == .null)
        var found: [JSONValue] = []
        var after: [String] = []
        repeat {
            let page = try await workspace.run(["search", "green", "--limit", "1", "--json"] + after).json()
            #expect(page["total"] == 3 && page["results"]?.array?.count == 1)
            found += page["results"]?.array ?? []
            after = page["next"]?.string.map { ["--after", $0] } ?? []
            // What comes in between is on no page.
            try await workspace.succeed("add", "new\(found.count)", "--summary", "green green green")
        } while !after.isEmpty && found.count < 9
        #expect(found.map { $0["key"] } == all["results"]?.array?.map { $0["key"] })
        #expect(found.map { $0["relevance"] } == all["results"]?.array?.map { $0["relevance"] })
        let cursor = try #require(try await workspace.json("search", "green", "--limit", "1")["next"]?.string)
        let other = try await workspace.run(["search", "green OR tea OR cup", "--after", cursor])
        #expect(other.isFailure(64, saying: "is not a cursor of this search"), "\(other)")
    }

    @Test func moments() async throws {
        let workspace = try await Workspace.filteredLedger()
        func keys(_ arguments: String...) async throws -> [String]? {
            let outcome = try await workspace.run(["search", "--json"] + arguments)
            return try outcome.json()["results"]?.array?.compactMap { $0["key"]?.string }.sorted()
        }
        #expect(try await keys("green", "--at", "1") == ["a"])
        #expect(try await keys("hot", "--at", "4") == [])
        #expect(try await keys("hot", "--at", "5") == ["a"])
        // It was active then.
        #expect(try await keys("bottle", "--at", "5") == ["c"])
        #expect(try await keys("bottle", "--at", "6") == [])
        #expect(try await keys("green", "--at", "2026-01-02") == ["a", "b"])
        #expect(try await keys("green", "--at", "2026-01-02", "--occurred") == ["a", "b"])
    }

    @Test func theIndexMayWait() async throws {
        let workspace = try await Workspace.filteredLedger()
        #expect(!workspace.exists("memory-ledger.sqlite-search"))
        #expect(try await workspace.json("search", "green", "--no-wait")["total"] == 3)
        #expect(workspace.exists("memory-ledger.sqlite-search"))
        try await workspace.succeed("add", "e", "--summary", "green, too")
        #expect(try await workspace.json("search", "green")["total"] == 4)
    }

    @Test func whatAPersonSees() async throws {
        let workspace = try await Workspace.filteredLedger()
        let page = try await workspace.succeed("search", "green").output
        #expect(page.contains("mem/a\n  Green tea\n  Very green. And hot.\n  relevance "), "\(page)")
        #expect(page.contains(", from tool:web:1, trust 40; summary: Green; text: green\n"), "\(page)")
        #expect(page.contains("other/d\n  green\n  relevance "), "\(page)")
        #expect(!page.contains("memories match") && !page.contains("<mark>") && !page.contains("More:"))
        let first = try await workspace.succeed("search", "green", "--limit", "1").output
        #expect(first.contains("3 memories match.\n") && first.contains("More: add --after "), "\(first)")
        #expect(try await workspace.succeed("search", "nothing").output == "Nothing was found.\n")
        // What steers a terminal is not passed on, and words stay apart.
        try await workspace.succeed("add", "evil", "--summary", "\u{1b}[31mred", "--text", "odd\nword\u{7}\tend")
        let evil = try await workspace.succeed("search", "odd").output
        #expect(!evil.contains("\u{1b}") && !evil.contains("\u{7}"), "\(evil)")
        #expect(evil.contains("\u{fffd}[31mred") && evil.contains("\n  odd word\u{fffd} end\n"), "\(evil)")
    }

    @Test func whatIsNoQuery() async throws {
        let workspace = try Workspace()
        try await workspace.succeed("add", "a", "--summary", "a")
        let rows = [
            ("\"open", "quot"), ("(a", "parenthes"), ("a)", "parenthes"), ("a OR", "OR"), ("NOT a", "NOT"),
            ("*", "nothing to look for"), (" ", "nothing to look for"),
        ]
        for (text, words) in rows {
            let outcome = try await workspace.run(["search", text])
            #expect(outcome.isFailure(1, saying: words) && !outcome.error.contains("fts5"), "\(text): \(outcome)")
        }
    }
}
