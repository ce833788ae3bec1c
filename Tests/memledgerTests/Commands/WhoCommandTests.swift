import MemoryLedger
import Testing

/// Goal: provenance, quarantines, policies and audited reads by the command. Method: the command as a process, its
/// documents and its pages.
@Suite struct WhoCommandTests {
    /// `tea` by alice; `page` from a tool by bot; `note` derived from it in another namespace.
    private func workspace() async throws -> Workspace {
        let workspace = try Workspace()
        try await workspace.succeed("add", "tea", "--summary", "green", "--as", "alice")
        try await workspace.succeed(
            "add", "page", "--summary", "bad", "--source", "tool:web-search", "--trust", "40", "--derived-from", "tea",
            "--as", "bot")
        try await workspace.succeed(
            "add", "note", "--namespace", "notes", "--summary", "made of it", "--derived-from", "/mem/page", "--as",
            "alice")
        return workspace
    }

    @Test func provenanceIsShown() async throws {
        let workspace = try await workspace()
        let page = try await workspace.json("get", "page")
        #expect(
            page["provenance"]?.description == """
                {"source":{"kind":"tool","name":"web-search"},"trust":40,"derived_from":[{"namespace":"mem","key":"tea"}]}
                """)
        #expect(try await workspace.json("get", "tea")["provenance"] == nil)
        let person = try await workspace.succeed("get", "note", "--namespace", "notes").output
        #expect(person.contains("derived from") && person.contains("/mem/page"))
        let updated = try await workspace.json("update", "tea", "--text", "x", "--source", "user:ada:x")
        #expect(updated["provenance"]?["source"]?["name"] == "ada:x")
        for (words, reason) in [
            (["--source", "web"], "--source"), (["--source", "web:x"], "--source"),
            (["--trust", "101"], "--trust is 0"), (["--trust", "-1"], "--trust is 0"),
            (["--derived-from", "n"], "from itself"), (["--derived-from", "/mem/n"], "from itself"),
            (["--derived-from", "/x"], "--derived-from is a key"),
        ] {
            let outcome = try await workspace.run(["add", "n", "--summary", "x"] + words)
            #expect(outcome.isFailure(64, saying: reason), "\(words)")
        }
    }

    /// A key that is written wrongly is seen.
    @Test func whatIsNotThereIsSaid() async throws {
        let workspace = try await workspace()
        let added = try await workspace.succeed("add", "n", "--summary", "x", "--derived-from", "nothing").output
        #expect(added.contains("/mem/nothing of --derived-from holds no memory now"))
        let updated = try await workspace.succeed("update", "n", "--text", "x", "--derived-from", "tea").output
        #expect(!updated.contains("holds no memory"))
        let trial = try await workspace.succeed("quarantine", "--actor", "nobody", "--dry-run").output
        #expect(trial.contains("Nothing comes from"))
    }

    @Test func quarantineAndRelease() async throws {
        let workspace = try await workspace()
        let selector = ["--source", "tool:web-search"]
        let trial = try await workspace.json("quarantine", selector[0], selector[1], "--dry-run")
        #expect(trial["position"] == .null && trial["memories"] == 2 && trial["direct"] == 1 && trial["derived"] == 1)
        #expect(
            try await workspace.run(["quarantine"] + selector).isFailure(64, saying: "Cannot ask: there is no terminal")
        )
        let taken = try await workspace.json(
            "quarantine", selector[0], selector[1], "--reason", "poisoned", "--as", "admin", "--request", "r9",
            "--yes")
        #expect(taken["position"] == 4 && taken["memories"] == 2)
        #expect(taken["keys"]?.array?.count == 2)
        #expect(try await workspace.run(["get", "page"]).isFailure(1, saying: "is quarantined"))
        #expect(try await workspace.run(["update", "page", "--text", "x"]).isFailure(1, saying: "is quarantined"))
        #expect(try await workspace.run(["add", "page", "--text", "x"]).isFailure(1, saying: "already"))
        let marked = try await workspace.json("get", "page", "--include-quarantined")
        #expect(marked["summary"] == "bad" && marked["quarantined"] == true)
        #expect(try await workspace.succeed("get", "page", "--include-quarantined").output.contains("Quarantined: "))
        #expect(try await workspace.json("get", "tea", "--include-quarantined")["quarantined"] == nil)
        #expect(try await workspace.json("list")["memories"]?.array?.count == 1)
        let held = try await workspace.json("list", "--quarantined")["memories"]?.array
        #expect(held?.map { $0["key"] } == ["page", "note"])
        let list = try await workspace.json("quarantine", "list")["quarantines"]?.array
        #expect(list?.first?["reason"] == "poisoned" && list?.first?["actor"] == "admin")
        let stats = try await workspace.json("stats")
        #expect(stats["memories"] == 1 && stats["quarantined"] == 2)
        let diff = try await workspace.json("diff", "--from", "3")["differences"]?.array
        #expect(diff?.map { $0["kind"] } == ["quarantined", "quarantined"])
        let late = try await workspace.succeed("add", "late", "--text", "x", selector[0], selector[1]).output
        #expect(late.contains("It is quarantined"))
        let event = try await workspace.json("log", "--type", "SourceQuarantined")["events"]?.array?.first
        #expect(event?["actor"] == "admin" && event?["correlation_id"] == "r9")
        let id = try #require(event?["event_id"]?.string)
        #expect(try await workspace.run(["undo", id, "--yes"]).isFailure(1, saying: "`release`"))
        #expect(
            try await workspace.run(["quarantine"] + selector + ["--yes"]).isFailure(1, saying: "already"))
        let back = try await workspace.succeed("release", selector[0], selector[1], "--yes", "--as", "admin").output
        #expect(back.contains("3 memories shown again") && back.contains("Released tool web-search"))
        #expect(try await workspace.run(["release"] + selector + ["--yes"]).isFailure(1, saying: "no quarantine"))
        let byActor = try await workspace.json("--as", "admin", "quarantine", "--actor", "bot", "--yes")
        #expect(byActor["origin"]?["kind"] == "actor" && byActor["memories"] == 2)
        let last = try await workspace.json("log", "--reverse", "--limit", "1")["events"]?.array?.first
        #expect(last?["actor"] == "admin")
    }

    @Test func usageOfQuarantines() async throws {
        let workspace = try await workspace()
        for words in [["quarantine"], ["release"], ["quarantine", "list", "--actor", "a"]] {
            #expect(try await workspace.run(words).status == 64, "\(words)")
        }
        let both = ["quarantine", "--actor", "a", "--source", "tool:x", "--dry-run"]
        #expect(try await workspace.run(both).isFailure(64, saying: "not both; who acts now is --as"))
    }

    @Test func policy() async throws {
        let workspace = try await workspace()
        #expect(try await workspace.run(["policy", "--require-actor", "on"]).isFailure(1, saying: "requires an actor"))
        let on = try await workspace.json("policy", "--require-actor", "on", "--as", "admin")
        #expect(on.description == #"{"require_actor":true,"audit_reads":false}"#)
        #expect(try await workspace.run(["add", "x", "--text", "y"]).isFailure(1, saying: "requires an actor"))
        #expect(try await workspace.run(["get", "tea", "--count"]).isFailure(1, saying: "requires an actor"))
        try await workspace.succeed("add", "x", "--text", "y", "--as", "alice")
        try await workspace.succeed("get", "tea")
        let page = try await workspace.succeed("policy").output
        #expect(page.contains("every event needs an actor  yes") && page.contains("no"))
    }

    @Test func audits() async throws {
        let workspace = try await workspace()
        try await workspace.succeed("policy", "--audit-reads", "on", "--require-actor", "on", "--as", "admin")
        #expect(try await workspace.run(["get", "tea"]).isFailure(1, saying: "requires an actor"))
        try await workspace.succeed("get", "tea", "--as", "alice", "--request", "r1")
        try await workspace.succeed("list", "--as", "bob")
        try await workspace.succeed("history", "tea", "--at", "1", "--as", "bob")
        let put = try await workspace.json(
            "get", "tea", "page", "--into-context", "session-7", "--as", "assistant")
        #expect(put["memories"]?.array?.count == 2 && put["context"] == "session-7")
        try await workspace.succeed("get", "tea", "--count", "--as", "alice")
        let reads = try #require(try await workspace.json("log", "--reads")["events"]?.array)
        #expect(
            reads.map { $0["type"] } == [
                "MemoriesRead", "MemoriesRead", "MemoriesRead", "ContextComposed", "MemoriesRead", "MemoriesRead",
                "MemoryAccessed", "MemoriesRead",
            ])
        #expect(reads[0]["actor"] == "alice" && reads[0]["correlation_id"] == "r1")
        #expect(reads[2]["data"]?["operation"] == "history" && reads[2]["data"]?["as_of"] == 1)
        #expect(reads[3]["data"]?["memories"]?.array?.map { $0["version"] } == [1, 1])
        let byAssistant = try await workspace.json("log", "--reads", "--actor", "assistant")["events"]?.array
        #expect(byAssistant?.count == 3)
        let rest = try await workspace.json("log")["events"]?.array?.map { $0["type"] }
        #expect(rest == ["MemoryAdded", "MemoryAdded", "MemoryAdded", "LedgerPolicySet", "MemoryAccessed"])
        let person = try await workspace.succeed("log", "--reads").output
        #expect(person.contains("get 1 memory tea") && person.contains("tea@1 page@1"))
        #expect(try await workspace.run(["log", "--reads", "--type", "X"]).isFailure(64, saying: "--reads excludes"))
    }
}
