import Foundation
import MemoryLedger
import Testing

/// Goal: a search by the command prints the document that it documents and a page that a person can read, now and of
/// any moment. Method: the command as a process over a small ledger, whose memories occurred long before they were
/// recorded.
@Suite struct PastSearchCommandTests {
    /// Made on 21 and on 31 January 2026.
    private func workspace() async throws -> Workspace {
        let workspace = try Workspace()
        func row(_ key: String, _ summary: String, _ created: Int64) -> String {
            let value = """
                {"value":{"summary":"\(summary)","text":"绿茶很好","meta":{"id":"\(key)","created_at":\(created)}}}
                """
            return "('mem:\(key)', '\(value)')"
        }
        try workspace.database(
            "kv.db",
            """
            CREATE TABLE keyv(key VARCHAR(255) PRIMARY KEY, value TEXT);
            INSERT INTO keyv VALUES \(row("tea", "Green tea", 1_769_000_000_000)),
            \(row("leaf", "Green leaves", 1_769_900_000_000));
            """)
        try await workspace.succeed("migrate", "kv.db", "--no-backup")
        return workspace
    }

    private static func keys(_ document: JSONValue) -> Set<String> {
        Set(document["results"]?.array?.compactMap { $0["key"]?.string } ?? ["\(document)"])
    }

    @Test func whatIsFoundIsPrinted() async throws {
        let workspace = try await workspace()
        let found = try await workspace.json("search", "green", "tea")
        #expect(Self.keys(found) == ["tea"] && found["total"] == 1 && found["next"] == .null)
        let first = try await workspace.json("search", "绿茶", "--limit", "1")
        #expect(first["total"] == 2 && first["results"]?.array?[0]["excerpt"] == "<mark>绿茶</mark>很好")
        let next = try #require(first["next"]?.string)
        let second = try await workspace.json("search", "绿茶", "--limit", "1", "--after", next)
        #expect(Self.keys(first).union(Self.keys(second)) == ["tea", "leaf"] && second["next"] == .null)
        let page = try await workspace.succeed("search", "green", "--limit", "1").output
        #expect(page.contains("summary: Green") && page.contains("2 memories match.") && page.contains("--after "))
        #expect(try await workspace.succeed("search", "none").output.contains("Nothing was found."))
        #expect(try await workspace.run(["search", "(green"]).isFailure(1, saying: "parenthesis"))
    }

    @Test func ofAnyMoment() async throws {
        let workspace = try await workspace()
        let position = try #require(try await workspace.json("stats")["position"]?.number?.int64)
        try await workspace.succeed("update", "tea", "--summary", "Black tea")
        #expect(Self.keys(try await workspace.json("search", "green")) == ["leaf"])
        #expect(Self.keys(try await workspace.json("search", "green", "--at", "\(position)")) == ["tea", "leaf"])
        // The update occurred when it was recorded.
        let then = try await workspace.run(["search", "green", "--json", "--at", "2026-01-25", "--occurred"])
        #expect(try then.status == 0 && Self.keys(then.json()) == ["tea"], "\(then)")
        let trust = ["--least-trust", "1"]
        let none = try await workspace.run(["search", "green", "--json", "--at", "2026-01-25", "--occurred"] + trust)
        #expect(try none.json()["total"] == 0, "\(none)")
        let wrong = try await workspace.run(["search", "green", "--at", "1", "--occurred"])
        #expect(wrong.isFailure(64, saying: "--occurred"), "\(wrong)")
    }
}
