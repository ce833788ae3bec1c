import EventLog
import EventLogTesting
import LedgerOperations
import LedgerService
import MemoryLedger
import Testing

/// Goal: an agent can delete, list, look back and undo, in its own place, and is told what is wrong. Method: each tool
/// on a ledger with a few memories.
@Suite struct MCPAgentToolTests {
    private func fixture() async throws -> MCPFixture {
        let fixture = try await MCPFixture()
        for key in ["a", "b", "c"] {
            try await fixture.ledger.add(
                MemoryKey(key: key), MemoryContent(domain: key, summary: "s", text: "t", type: "note"),
                by: Attribution(actor: "ada"))
        }
        try await fixture.ledger.add(MemoryKey(namespace: "work", key: "w"), MemoryContent(summary: "w"))
        return fixture
    }

    @Test func memoriesAreListedByKeyAndSummary() async throws {
        let fixture = try await fixture()
        let page = try await fixture.document("memory_list", ["limit": 2])
        let first: JSONValue = ["key": "a", "type": "note", "domain": "a", "summary": "s", "keywords": []]
        #expect(page["memories"]?.array?.count == 2 && page["memories"]?.array?[0] == first)
        let next = try #require(page["next"])
        let rest = try await fixture.document("memory_list", ["after": next])
        #expect(rest["memories"]?.array?.map { $0["key"] } == ["c"] && rest["next"] == nil)
        #expect(try await fixture.document("memory_list", ["domain": "b"])["memories"]?.array?.count == 1)
        #expect(try await fixture.document("memory_list", ["namespace": "work"])["memories"]?.array?.count == 1)
        #expect(try await fixture.document("memory_list", ["at": "2"])["memories"]?.array?.count == 2)
        #expect(try await fixture.document("memory_list", ["namespace": "none"])["memories"] == [])
    }

    @Test func aMemoryHasAHistoryAndAPast() async throws {
        let fixture = try await fixture()
        try await fixture.ledger.update(
            MemoryKey(key: "a"), MemoryChange(summary: "new"), by: Attribution(actor: "bob"))
        let entries = try #require(try await fixture.document("memory_history", ["key": "a"])["entries"]?.array)
        #expect(entries.map { $0["type"] } == ["MemoryAdded", "MemoryUpdated"])
        #expect(entries[1]["actor"] == "bob" && entries[1]["fields"]?.array?.first?["after"] == "new")
        let page = try await fixture.document("memory_history", ["key": "a", "limit": 1])
        #expect(page["entries"]?.array?.count == 1)
        let rest = try await fixture.document("memory_history", ["key": "a", "after": page["next"] ?? .null])
        #expect(rest["entries"]?.array?.map { $0["type"] } == ["MemoryUpdated"] && rest["next"] == nil)
        let past = try await fixture.document("memory_as_of", ["key": "a", "at": "1"])
        #expect(past["summary"] == "s")
        let now = try await fixture.document("memory_as_of", ["key": "a", "at": entries[1]["event_id"] ?? .null])
        #expect(now["summary"] == "new")
        #expect(try await fixture.ledger.get(MemoryKey(key: "a"))?.meta.accessCount == 0)
    }

    @Test func changesAreUndoneWhenToldSo() async throws {
        let fixture = try await fixture()
        #expect(
            try await fixture.document("memory_delete", ["key": "a"]) == [
                "deleted": true, "namespace": "mem", "key": "a",
            ])
        for events: JSONValue in [["5"], [5]] {
            let plan = try await fixture.document("memory_undo", ["events": events])
            #expect(plan["compensations"] == 1 && plan["positions"] == nil && plan["conflicts"] == [])
        }
        #expect(try await fixture.ledger.get(MemoryKey(key: "a")) == nil)
        let undone = try await fixture.document("memory_undo", ["events": ["5"], "apply": true])
        #expect(undone["positions"] == [6])
        #expect(try await fixture.ledger.get(MemoryKey(key: "a"))?.content.summary == "s")
        _ = try await fixture.document("memory_delete", ["key": "b"])
        _ = try await fixture.document("memory_undo", ["since": "6", "apply": true])
        #expect(try await fixture.ledger.get(MemoryKey(key: "b")) != nil)
        let events = try await fixture.ledger.log.read(EventQuery()).events
        #expect(events.last?.attribution.actor == "ada")
    }

    /// A model's mistake takes back nothing of others: not of other namespaces, and not of several actors at once.
    @Test func undoIsBounded() async throws {
        let fixture = try await fixture()
        let cases: [(JSONObject, String)] = [
            ([:], "invalid_argument: Nothing is selected;"),
            (["events": []], "invalid_argument: events has 1 to 100 members, not 0."),
            (["events": .array(Array(repeating: "1", count: 101))], "invalid_argument: events has 1 to 100 members"),
            (["events": ["4"]], "invalid_argument: events names 4, which is no event of namespace mem; name that of"),
            (["events": ["99"]], "invalid_argument: events names 99, which is no event of namespace mem; name that of"),
            (["events": ["0"]], "invalid_argument: events names 0,"),
            (["events": [-9_223_372_036_854_775_808]], "invalid_argument: events names -9223372036854775808,"),
            (["events": ["tea"]], "invalid_argument: events[0] is an event's id, not \"tea\"."),
            (["events": ["1"], "since": "1"], "invalid_argument: events excludes"),
            (["events": ["1"], "apply": "yes"], "invalid_argument: apply is true or false, not string."),
            (["since": "soon"], "invalid_argument: since is a position"),
            (["events": ["1"], "all": true], "invalid_argument: all is no argument of this tool;"),
        ]
        for (arguments, words) in cases {
            let refused = try await fixture.call("memory_undo", arguments)
            #expect(refused.isError && refused.text.hasPrefix(words), "\(refused.text)")
        }
        try await fixture.ledger.delete(MemoryKey(key: "a"), by: Attribution(actor: "bob"))
        let broad = try await fixture.call("memory_undo", ["since": "0", "apply": true])
        #expect(broad.isError && broad.text.contains("Nothing was undone"), "\(broad.text)")
        // It names no argument that the tool does not have.
        #expect(broad.text.hasSuffix("Name some of them by `events`, or a later `since`."), "\(broad.text)")
        #expect(try await fixture.ledger.log.head() == 5)
    }

    @Test func whatIsWrongIsSaid() async throws {
        let fixture = try await fixture()
        let cases: [(String, JSONObject, String)] = [
            ("memory_delete", ["key": "never"], "not_found: "),
            ("memory_delete", [:], "invalid_argument: key is missing."),
            ("memory_delete", ["key": .null], "invalid_argument: key is a string, not null."),
            (
                "memory_delete", ["key": "a", "expected_version": 1],
                "invalid_argument: expected_version is no argument"
            ),
            ("memory_history", ["key": "never"], "not_found: "),
            ("memory_history", ["key": "a", "limit": 0], "invalid_argument: limit is a whole number"),
            ("memory_as_of", ["key": "a"], "invalid_argument: at is missing."),
            ("memory_as_of", ["at": "1"], "invalid_argument: key is missing."),
            ("memory_as_of", ["key": "a", "at": "soon"], "invalid_argument: at is a position"),
            ("memory_as_of", ["key": "c", "at": "1"], "not_found: "),
            ("memory_list", ["limit": 1.5], "invalid_argument: limit is a whole number"),
            ("memory_list", ["session": "none"], "invalid_argument: session is not known or has ended;"),
            ("memory_list", ["session": 7], "invalid_argument: session is a string, not 7."),
            ("memory_list", ["namespace": 7], "invalid_argument: namespace is a string, not 7."),
            ("memory_list", ["session": "s", "namespace": "mem"], "invalid_argument: session excludes `namespace`."),
        ]
        for (tool, arguments, words) in cases {
            let answer = try await fixture.call(tool, arguments)
            #expect(
                answer.isError && answer.structured == nil && answer.text.hasPrefix(words), "\(tool): \(answer.text)")
            #expect(!answer.text.contains("\n"))
        }
        let params: JSONObject = ["name": "memory_list", "arguments": [7]]
        #expect(try ToolAnswer(try await fixture.result("tools/call", params)).isError)
        #expect(try await fixture.result("tools/call", ["name": "memory_list"])["isError"] == nil)
    }

    /// A model can act on a reason; what concerns the server's files is for who runs it.
    @Test func whatCannotBeDoneSaysWhy() async throws {
        var options = MCPOptions()
        options.tools = [.all]
        let fixture = try await MCPFixture(options)
        for (tool, arguments, words) in [
            ("projection_roll_back", [:], "no_former_generation: "),
            ("projection_verify", ["projections": ["songs"]], "unknown_projection: "),
            ("checkpoint_sign", [:], "invalid_argument: "),
        ] as [(String, JSONObject, String)] {
            let answer = try await fixture.call(tool, arguments)
            #expect(answer.isError && answer.text.hasPrefix(words), "\(answer.text)")
            #expect(!answer.text.contains("internal error") && answer.text.hasSuffix("."), "\(answer.text)")
            #expect(!answer.text.contains("/"), "\(answer.text)")
        }
    }

    /// What a client sends comes back cut, and without what a terminal or a log obeys.
    @Test func whatIsEchoedIsBounded() async throws {
        let fixture = try await fixture()
        let long = String(repeating: "é👩‍👩‍👧", count: 100_000)
        let cases: [(String, JSONObject)] = [
            ("memory_list", [long: 1]), ("memory_list", ["after": .string(long)]),
            ("memory_list", ["at": .string(long)]),
            ("memory_list", ["namespace": .string(long), "at": "1"]), ("memory_delete", ["key": .string(long)]),
            ("memory_as_of", ["key": .string(long), "at": "1"]), ("memory_undo", ["events": [.string(long)]]),
            ("memory_undo", ["events": [.string(String(repeating: "9", count: 100_000))]]),
        ]
        for (tool, arguments) in cases {
            let answer = try await fixture.call(tool, arguments)
            #expect(answer.text.utf8.count < 5_000, "\(tool): \(answer.text.utf8.count) bytes")
            #expect(!answer.text.unicodeScalars.contains("\u{fffd}"))
        }
        let (bell, shown) = ("a\u{7}\u{202e}\nb", #"a\u{7}\u{202e}\u{a}b"#)
        let text = try await fixture.call("memory_list", [bell: 1]).text
        #expect(text.hasPrefix("invalid_argument: \(shown) is no argument"), "\(text)")
        let requests: [(String, JSONObject)] = [
            (long, [:]), ("tools/call", ["name": .string(long)]), ("prompts/get", ["name": .string(long)]),
            ("resources/read", ["uri": .string(long)]),
        ]
        for (method, params) in requests {
            let error = JSONValue.object(try await fixture.error(method, params))
            #expect(error.description.utf8.count < 10_000, "\(error.description.utf8.count)")
        }
        #expect(try await fixture.error("a\nb")["message"] == #"Method not found: a\u{a}b"#)
    }

    /// What makes a difference to an answer stands behind it.
    @Test func noticesStandBehindTheAnswer() async throws {
        let clock = FixedClock()
        let fixture = try await MCPFixture(ledger: MemoryLedgerOptions(clock: clock))
        clock.advance(by: .seconds(3_600))
        try await fixture.ledger.add(MemoryKey(key: "tea"), MemoryContent(summary: "Ahead"))
        clock.set(FixedClock.start)
        let byPosition = try await fixture.call("memory_as_of", ["key": "tea", "at": "1"])
        #expect(!byPosition.isError && byPosition.notices.isEmpty)
        let byTime = try await fixture.call("memory_list", ["at": "2026-01-01T00:00:00Z"])
        #expect(byTime.notices.count == 1 && byTime.notices[0].contains("ahead of the server's clock"), "\(byTime)")
        // Those of the old program say what they said.
        #expect(try await fixture.call("memory_get", ["key": "tea"]).notices.isEmpty)
    }

    /// A list shows what is needed to choose a memory, however large the memories are.
    @Test func aListIsBounded() async throws {
        let fixture = try await MCPFixture()
        let long = String(repeating: "é", count: 4_000)
        for number in 0..<300 {
            try await fixture.ledger.add(
                MemoryKey(key: "k\(1_000 + number)"),
                MemoryContent(domain: long, summary: long, text: long, type: long, keywords: ["a", "b"]))
        }
        try await fixture.ledger.add(MemoryKey(key: "z"), MemoryContent(keywords: [long]))
        var (listed, after): (Int, JSONValue?) = (0, nil)
        repeat {
            var arguments: JSONObject = ["limit": 1_000]
            if let after { arguments.append("after", after) }
            let answer = try await fixture.call("memory_list", arguments)
            #expect(answer.text.utf8.count <= 2 * MemoryOutlinePage.maximumBytes, "\(answer.text.utf8.count)")
            let memories = try #require(answer.structured?["memories"]?.array)
            listed += memories.count
            for memory in memories where memory["key"] != "z" {
                #expect(memory["summary"]?.string?.count == MemoryOutline.maximumCharacters)
                #expect(memory["text"] == nil && memory["keywords"] == ["a", "b"])
            }
            if memories.last?["key"] == "z" { #expect(memories.last?["keywords"] == []) }
            after = answer.structured?["next"]
        } while after != nil
        #expect(listed == 301)
        #expect(try await fixture.ledger.list(MemoryQuery(limit: 1)).memories.first?.content.text == long)
    }

    /// As the old tools find it; what a caller may not read is as if it were not there.
    @Test func aMigratedMemoryIsFoundByItsWholeKey() async throws {
        let old = try await ServiceLedger(.one)
        try await old.migrateSecondVersion([("Proj:index", [])], into: nil)
        let service = try MCPService(old.ledger, sessions: KVSessions(clock: old.clock))
        let here: JSONObject = ["key": "Proj:index", "namespace": "work"]
        let other = Caller(Attribution(actor: "bob"), AccessGrant(.write, namespaces: ["work"]))
        #expect(try await MCPFixture.call(service, "memory_history", here, by: other).text.hasPrefix("not_found: "))
        #expect(try await MCPFixture.call(service, "memory_delete", here, by: other).text.hasPrefix("not_found: "))
        let owner = ServiceLedger.owner
        let history = try await MCPFixture.call(service, "memory_history", here, by: owner)
        #expect(!history.isError && history.notices.count == 1, "\(history)")
        // Once it is deleted, its key leads there no more, so the answer names its place.
        let deleted = try await MCPFixture.call(service, "memory_delete", here, by: owner)
        #expect(!deleted.isError && deleted.structured == ["deleted": true, "namespace": "mem", "key": "Proj:index"])
        #expect(
            deleted.notices == [
                "Note: this memory is in namespace mem; give that as `namespace` to look back at its changes or undo them."
            ])
        #expect(try await old.ledger.get(MemoryKey(key: "Proj:index")) == nil)
        // Looking back finds it, and names its place, for one who may read that.
        let past = try await MCPFixture.call(service, "memory_history", here, by: owner)
        #expect(past.structured?["entries"]?.array?.count == 2 && past.notices == deleted.notices, "\(past)")
        #expect(try await MCPFixture.call(service, "memory_history", here, by: other).text.hasPrefix("not_found: "))
        let last = JSONValue.string("\(try await old.ledger.log.head())")
        let lost = try await MCPFixture.call(
            service, "memory_undo", ["events": [last], "apply": true, "namespace": "work"], by: owner)
        #expect(lost.isError && lost.text.hasSuffix("of namespace work; name that of its memory by `namespace`."))
        let there: JSONObject = ["key": "Proj:index", "namespace": "mem"]
        let again = try await MCPFixture.call(service, "memory_history", there, by: owner)
        #expect(!again.isError && again.notices.isEmpty)
        let undone = try await MCPFixture.call(
            service, "memory_undo", ["events": [last], "apply": true, "namespace": "mem"], by: owner)
        #expect(!undone.isError, "\(undone)")
        #expect(try await old.ledger.get(MemoryKey(key: "Proj:index")) != nil)
    }
}
