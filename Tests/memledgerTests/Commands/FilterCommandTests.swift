import MemoryLedger
import Testing

/// Goal: `search` and `list` take the same filters, and mean the same by them. Method: both commands as processes over
/// a ledger that was written day by day; a table of options and keys.
@Suite struct FilterCommandTests {
    /// Options, and what passes. Of these `c` is cold, which hides it from a search that does not ask for it.
    private static let rows: [(options: [String], keys: [String])] = [
        ([], ["a", "b", "c", "d"]), (["--namespace", "other"], ["d"]), (["--domain", "food"], ["a", "b"]),
        (["--domain", ""], ["d"]), (["--type", "note"], ["b"]), (["--status", "active"], ["a", "b", "d"]),
        (["--status", "cold"], ["c"]), (["--keyword", "k1", "--keyword", "k3"], ["a", "c"]),
        (["--all-keyword", "k1", "--all-keyword", "k2"], ["a"]), (["--keyword", "k3", "--all-keyword", "k2"], []),
        (["--created-from", "2026-01-02"], ["b", "c", "d"]), (["--created-through", "2026-01-02"], ["a", "b"]),
        (["--created-from", "2026-01-02", "--created-through", "2026-01-03T00:00:00Z"], ["b", "c"]),
        (["--created-from", "2026-01-03", "--created-through", "2026-01-02"], []),
        (["--accessed-from", "2026-01-07"], ["b"]), (["--accessed-through", "2026-01-01"], ["a"]),
        (["--changed-from", "2026-01-05"], ["a"]), (["--changed-through", "2026-01-02"], ["b"]),
        (["--source", "tool:web:1"], ["a"]), (["--source", "user:bob"], []), (["--least-trust", "41"], ["b"]),
        (["--least-trust", "0"], ["a", "b"]), (["--quarantined"], []),
        (["--source", "user:ada", "--domain", "food", "--least-trust", "90", "--keyword", "k2"], ["b"]),
    ]

    private static func keys(_ document: JSONValue, _ member: String) -> [String] {
        (document[member]?.array ?? []).compactMap { $0["key"]?.string }.sorted()
    }

    @Test func bothTakeThem() async throws {
        let workspace = try await Workspace.filteredLedger()
        for (options, keys) in Self.rows {
            let list = try await workspace.run(["list", "--json"] + options)
            #expect(list.status == 0 && list.error.isEmpty, "\(options): \(list.error)")
            #expect(try Self.keys(list.json(), "memories") == keys, "list \(options)")
            let search = try await workspace.run(["search", "green", "--json"] + options)
            #expect(search.status == 0 && search.error.isEmpty, "\(options): \(search.error)")
            let shown = options.contains("cold") ? keys : keys.filter { $0 != "c" }
            #expect(try Self.keys(search.json(), "results") == shown, "search \(options)")
            #expect(try search.json()["total"] == JSONValue(shown.count), "search \(options)")
        }
    }

    @Test func bothMeanAMoment() async throws {
        let workspace = try await Workspace.filteredLedger()
        let rows: [(at: String, options: [String], keys: [String])] = [
            ("2026-01-03", [], ["a", "b", "c"]), ("4", ["--changed-from", "2026-01-02"], ["b", "c", "d"]),
            ("4", ["--status", "cold"], []), ("4", ["--least-trust", "41"], ["b"]),
            ("1", ["--source", "user:ada"], []), ("3", ["--keyword", "k2"], ["a", "b"]),
        ]
        for (at, options, keys) in rows {
            let list = try await workspace.run(["list", "--json", "--at", at] + options)
            #expect(try Self.keys(list.json(), "memories") == keys, "list \(at) \(options): \(list.error)")
            let search = try await workspace.run(["search", "green", "--json", "--at", at] + options)
            #expect(try Self.keys(search.json(), "results") == keys, "search \(at) \(options): \(search.error)")
        }
    }

    /// What is quarantined is asked for, and is shown only then.
    @Test func quarantined() async throws {
        let workspace = try await Workspace.filteredLedger()
        try await workspace.succeed("quarantine", "--source", "user:ada", "--reason", "doubt", "--yes")
        for (options, keys) in [([], ["a", "d"]), (["--quarantined"], ["b"])] {
            let search = try await workspace.run(["search", "green", "--json"] + options)
            #expect(try Self.keys(search.json(), "results") == keys, "\(search)")
            let list = try await workspace.run(["list", "--json"] + options)
            #expect(try Self.keys(list.json(), "memories").filter { $0 != "c" } == keys, "\(list)")
        }
    }

    @Test(arguments: ["search", "list"]) func wrongFilters(verb: String) async throws {
        let workspace = try await Workspace.filteredLedger()
        let words = verb == "search" ? ["green"] : []
        let rows: [([String], String)] = [
            (["--status", "warm"], "--status"), (["--source", "ada"], "--source"),
            (["--source", "cat:ada"], "--source"),
            (["--least-trust", "101"], "0 to 100"), (["--least-trust", "-1"], "least-trust"),
            (["--created-from", "yesterday"], "--created-from"), (["--changed-through", ""], "--changed-through"),
            (["--limit", "0"], "1 to"), (["--limit", "1001"], "1 to"), (["--limit", "ten"], "--limit"),
            (["--after", "nothing"], "not a cursor"),
            ((0...MemoryFilter.maximumKeywords).flatMap { ["--keyword", "k\($0)"] }, "100 keywords"),
        ]
        for (options, words2) in rows {
            let outcome = try await workspace.run([verb] + words + options)
            #expect(outcome.isFailure(64, saying: words2), "\(options): \(outcome)")
        }
        let moment = try await workspace.run([verb] + words + ["--at", "99"])
        #expect(moment.status == 1 && moment.output.isEmpty && moment.error.contains("99"), "\(moment)")
    }
}
