import AgentContext
import EventLog
import Foundation
import MemoryLedger
import Testing

/// Goal: scripts get the JSON that they rely on, and persons a page, from every command on contexts.
@Suite struct ContextCommandTests {
    @Test func aConversationByScript() async throws {
        let workspace = try Workspace()
        let opened = try await workspace.json("session", "open", "--user", "ann", "--role", "helper", "--budget", "40")
        #expect(opened["user"] == "ann" && opened["role"] == "helper" && opened["budget"] == 40)
        let session = try #require(opened["session"]?.string)
        try await workspace.succeed("role", "set", "helper", "--prompt", "You help.", "--tokens", "3")
        try await workspace.succeed("block", "set", session, "human", "Ann lives in Bonn.", "--tokens", "5")
        var pressures: [JSONValue?] = []
        for number in 1...3 {
            let appended = try await workspace.json(
                "message", "append", session, "--role", "user", "--content", "Tea \(number) 绿茶", "--tokens", "12")
            #expect(appended["number"] == JSONValue(number) && appended["message"]?.string != nil)
            pressures.append(appended["pressure"])
        }
        #expect(pressures == ["normal", "warn", "flush"])
        let page = try await workspace.succeed("session", "show", session).output
        #expect(page.contains("44 of 40 tokens: flush") && page.contains("SEGMENT"))
        let evicted = try await workspace.json("session", "evict", session, "--summary", "Of teas.", "--tokens", "2")
        #expect(evicted["evicted"] == 2 && evicted["summary"] == "Of teas." && evicted["tokens"] == 22)
        let found = try await workspace.json("message", "search", session, "绿茶")
        #expect(found["total"] == 3 && found["next"] == .null)
        #expect(found["results"]?.array?.first?["content"]?.string?.contains("绿茶") == true)
        let context = try await workspace.json("context", session, "--budget", "30")
        let types = context["segments"]?.array?.map { $0["type"] }
        #expect(types == ["system", "working", "summary", "queue"] && context["tokens"] == 22)
        #expect(context["budget"] == 30 && context["position"]?.number != nil)
        let shown = try await workspace.succeed("context", session).output
        #expect(shown.contains("Ann lives in Bonn.") && shown.contains("22 of 40 tokens"))
    }

    /// Whether a session has expired is told of the moment that is read.
    @Test func anExpiredSessionWasOpen() async throws {
        struct Past: TimeSource {
            func now() -> Timestamp { Timestamp(milliseconds: 1_577_836_800_000) }
        }
        let workspace = try Workspace()
        var options = MemoryLedgerOptions(clock: Past())
        options.modules = AgentContext.modules
        let ledger = try await MemoryLedger.open(at: workspace.path("memory-ledger.sqlite"), options: options)
        var request = SessionRequest(user: "ann", role: "helper")
        request.lifetimeSeconds = 60
        let session = try await AgentContext(ledger).open(request)
        await ledger.close()
        let then = ["--at", "2020-01-01T00:00:59Z"]
        for (moment, word) in [([], "expired"), (["--at", "3"], "normal"), (then, "normal")] {
            let listed = try await workspace.run(["session", "list"] + moment)
            #expect(listed.output.contains(session.id) && listed.output.contains(word), "\(moment): \(listed.output)")
            let open = try await workspace.run(["session", "list", "--open"] + moment)
            #expect(open.output.contains(session.id) == (word == "normal"), "\(moment): \(open.output)")
        }
    }

    @Test func blocksAndArchives() async throws {
        let workspace = try Workspace()
        let session = try #require(
            try await workspace.json("session", "open", "--user", "ann", "--role", "helper")["session"]?.string)
        for arguments in [
            ["set", session, "human", "Tea."], ["append", session, "human", "Bonn."],
            ["replace", session, "human", "Tea", "Mate"], ["insert", session, "human", "Ann.", "--line", "1"],
            ["undo", session, "human"], ["redo", session, "human"],
        ] {
            let changed = try await workspace.run(["block"] + arguments + ["--json"]).json()
            #expect(changed["label"] == "human" && changed["version"]?.number != nil, "\(arguments)")
        }
        let history = try await workspace.json("block", "history", session, "human")["versions"]?.array
        let kinds = history?.map { $0["kind"] }
        #expect(kinds == ["redo", "undo", "insert", "replace", "append", "create"])
        #expect(history?.first?["value"] == "Ann.\nMate.\nBonn.")
        let conflict = try await workspace.run(["block", "set", session, "human", "x", "--expected-version", "1"])
        #expect(conflict.isFailure(1, saying: "is at version 6, not 1"))
        let inserted = try await workspace.json("archive", "insert", "teas", "Sencha is steamed.", "--tag", "japan")
        let again = try await workspace.json("archive", "insert", "teas", "Sencha is steamed.")
        #expect(inserted["inserted"] == true && again["inserted"] == false && inserted["passage"] == again["passage"])
        let found = try await workspace.json("archive", "search", "teas", "sencha", "--tag", "japan")
        #expect(found["total"] == 1)
        let passage = try #require(inserted["passage"]?.string)
        try await workspace.succeed("archive", "delete", "teas", passage)
        #expect(try await workspace.json("archive", "list", "teas")["total"] == 0)
        let none = try await workspace.run(["block", "replace", session, "human", "nothing", "x"])
        #expect(none.isFailure(1, saying: "does not have this text"))
        let wrong = try await workspace.run(["block", "set", session, "human"])
        #expect(wrong.isFailure(64, saying: "Give SESSION LABEL VALUE"))
    }

    @Test func anAgentGoesFromLedgerToLedger() async throws {
        let workspace = try Workspace()
        let session = try #require(
            try await workspace.json("session", "open", "--user", "ann", "--role", "helper", "--agent", "tea")[
                "session"]?
                .string)
        try await workspace.succeed("agent", "set", "tea", "--description", "Knows tea")
        try await workspace.succeed("block", "set", session, "human", "Likes tea.", "--as", "ann")
        try await workspace.succeed("message", "append", session, "--role", "user", "--content", "Which tea?")
        let before = try await workspace.json(
            "agent", "export", "tea", "--output", workspace.path("before.json"), "--at", "5")
        #expect(before["messages"] == 0 && before["blocks"] == 1)
        let written = try await workspace.json("agent", "export", "tea", "--output", workspace.path("tea.json"))
        let counts = ["sessions", "messages", "blocks", "versions", "passages", "other_holders"].map { written[$0] }
        #expect(counts == [1, 1, 1, 1, 0, 0] && written["file"]?.string?.hasSuffix("tea.json") == true)
        // Who may not read the ledger may not read the file.
        let rights = try ["tea.json", "memory-ledger.sqlite"].map {
            try FileManager.default.attributesOfItem(atPath: workspace.path($0))[.posixPermissions] as? Int
        }
        #expect(rights[0] != nil && rights[0] == rights[1])
        let printed = try await workspace.succeed("agent", "export", "tea", "--json").output
        #expect(printed == (try workspace.read("tea.json")))
        let again = try await workspace.run(["agent", "export", "tea", "--output", workspace.path("tea.json")])
        #expect(again.isFailure(1, saying: "tea.json"))
        let other = ["--ledger", workspace.path("other.sqlite")]
        let refused = try await workspace.run(["agent", "import", "-"] + other, input: "{\"format\":\"letta\"}")
        #expect(refused.isFailure(1, saying: "$.format") && !workspace.exists("other.sqlite"))
        let imported = try await workspace.run(["agent", "import", workspace.path("tea.json"), "--json"] + other).json()
        #expect(imported["agent"] == "tea" && imported["messages"] == 1 && imported["former_events"] == 0)
        #expect(try await workspace.run(["agent", "export", "tea"] + other).output == printed)
        let copy = try await workspace.run(["agent", "import", "-", "--name", "tea-2"] + other, input: printed)
        #expect(copy.status == 0 && copy.output.hasPrefix("Imported the agent tea-2: 1 session, 1 message, 1 block"))
        let twice = try await workspace.run(["agent", "import", "-"] + other, input: printed)
        #expect(twice.status == 0 && twice.output.hasPrefix("All of the agent tea was imported"))
        let none = try await workspace.run(["agent", "export", "coffee"])
        #expect(none.isFailure(1, saying: "There is no agent coffee"))
    }
}
