import EventLog
import EventLogTesting
import LedgerOperations
import LedgerService
import MemoryLedger
import Testing

/// Goal: a caller learns nothing of the events of namespaces that it may not read: not whether there is one at a
/// position or under an id, and not how far the log goes. Method: two ledgers that differ in another namespace alone
/// answer the same calls with the same bytes.
@Suite struct MCPOracleTests {
    /// Positions 1 and 5 are of the namespace here, 2 to 4 of the other one, and so is what comes behind.
    private func ledger(foreignEvents: Int) async throws -> (MCPFixture, FixedClock) {
        let clock = FixedClock()
        var options = MCPOptions()
        options.tools = [.all]
        let fixture = try await MCPFixture(
            options, ledger: MemoryLedgerOptions(clock: clock, ids: FixedIDs()))
        func add(_ namespace: String, _ key: String) async throws {
            try await fixture.ledger.add(
                MemoryKey(namespace: namespace, key: key), MemoryContent(summary: "s"), by: Attribution(actor: "bob"))
            clock.advance(by: .seconds(60))
        }
        try await add("here", "k")
        for key in ["a", "b", "c"] { try await add("there", key) }
        try await add("here", "l")
        for number in 0..<foreignEvents { try await add("there", "later-\(number)") }
        clock.set(Timestamp(milliseconds: FixedClock.start.milliseconds + 86_400_000))
        return (fixture, clock)
    }

    /// Positions, ids and times before, within and behind what there is, of both namespaces.
    private static let moments: [String] =
        ["0", "1", "2", "4", "5", "6", "9", "99", "99999999999999999999"]
        + [1, 2, 5, 6, 7, 50].map { FixedIDs.id($0).description }
        + [
            "2025-12-31", "2026-01-01T00:00:00Z", "2026-01-01T00:02:30Z", "2026-01-01T00:08:00Z",
            "2026-01-01T12:00:00Z", "2026-01-03", "2027-01-01",
        ]

    private static func calls(_ moment: String) -> [(String, JSONObject)] {
        let at: JSONValue = .string(moment)
        var calls: [(String, JSONObject)] = [
            ("memory_as_of", ["key": "k", "at": at]), ("memory_list", ["at": at]),
            ("memory_undo", ["since": at]), ("memory_undo", ["events": [at]]),
            ("ledger_memory_get", ["keys": ["k"], "at": at]), ("ledger_memory_list", ["at": at]),
            ("memory_outline", ["at": at]), ("ledger_memory_history", ["key": "k", "at": at]),
            ("memory_blame", ["key": "k", "at": at]), ("memory_diff", ["from": at]),
            ("memory_diff", ["from": "0", "to": at]),
            ("memory_diff", ["from": "0", "after": .string("\(moment).WyJoZXJlIiwiYSJd")]),
            ("event_list", ["at": at]), ("event_plan_undo", ["since": at]), ("event_plan_undo", ["events": [at]]),
            ("event_plan_undo", ["since": "0", "until": at]),
        ]
        if moment.hasPrefix("2") {
            calls.append(("ledger_memory_get", ["keys": ["k"], "at": at, "occurred": true]))
            calls.append(("event_list", ["since": at]))
        }
        if let position = Int64(moment) {
            calls.append(("event_list", ["after": JSONValue(position), "limit": 1]))
            calls.append(("event_list", ["after": JSONValue(position), "reverse": true]))
            calls.append(("memory_history", ["key": "k", "after": JSONValue(position)]))
        }
        return calls
    }

    @Test(arguments: AccessGrant.Scope.allCases) func whatOthersDoChangesNoAnswer(scope: AccessGrant.Scope) async throws
    {
        let (alone, _) = try await ledger(foreignEvents: 0)
        let (crowded, _) = try await ledger(foreignEvents: 3)
        let grant = AccessGrant(scope, namespaces: ["here"])
        for moment in Self.moments {
            for (tool, arguments) in Self.calls(moment) {
                let one = try await alone.call(tool, arguments, by: alone.caller(grant))
                let other = try await crowded.call(tool, arguments, by: crowded.caller(grant))
                #expect(one.text == other.text, "\(tool) \(JSONValue.object(arguments))")
            }
        }
    }

    /// What is at a position or under an id elsewhere is as if it were not there.
    @Test func anEventElsewhereIsNone() async throws {
        let (fixture, _) = try await ledger(foreignEvents: 0)
        let caller = fixture.caller(AccessGrant(.write, namespaces: ["here"]))
        let (foreign, unknown) = (FixedIDs.id(2).description, FixedIDs.id(77).description)
        for tool in ["memory_as_of", "memory_list", "memory_undo", "event_plan_undo"] {
            var arguments: JSONObject = tool == "memory_as_of" ? ["key": "k"] : [:]
            let name = tool.hasSuffix("undo") ? "events" : "at"
            func text(_ id: String) async throws -> String {
                arguments[name] = name == "events" ? [.string(id)] : .string(id)
                let answer = try await fixture.call(tool, arguments, by: caller)
                #expect(answer.isError)
                return answer.text.replacing(id, with: "ID")
            }
            let (one, other) = (try await text(foreign), try await text(unknown))
            #expect(one == other, "\(tool)")
        }
        // Between two events of one's own, the past is that of the first.
        let past = try await fixture.document("memory_list", ["at": "3"], by: caller)
        #expect(past["memories"]?.array?.map { $0["key"] } == ["k"])
        let plan = try await fixture.document("memory_undo", ["since": "3"], by: caller)
        #expect(plan["events"] == 1 && plan["position"] == 5)
        // Who may read all is told how far the log goes.
        #expect(try await fixture.call("memory_as_of", ["key": "k", "at": "9"]).text.contains("positions 1 to 5"))
    }

    @Test func aNamespaceWithoutEventsIsLikeALedgerWithoutAny() async throws {
        let (crowded, _) = try await ledger(foreignEvents: 1)
        let empty = try await MCPFixture(
            ledger: MemoryLedgerOptions(clock: crowded.ledger.options.clock, ids: FixedIDs()))
        for (tool, arguments): (String, JSONObject) in [
            ("memory_list", ["at": "1"]), ("memory_undo", ["since": "0"]), ("memory_as_of", ["key": "k", "at": "1"]),
            ("memory_list", ["at": "2026-01-01"]), ("memory_undo", ["events": ["1"]]), ("memory_list", [:]),
        ] {
            let grant = AccessGrant(.write, namespaces: ["nowhere"])
            let one = try await crowded.call(tool, arguments, by: crowded.caller(grant))
            let other = try await empty.call(tool, arguments, by: empty.caller(grant))
            #expect(one.text == other.text, "\(tool)")
        }
    }
}
