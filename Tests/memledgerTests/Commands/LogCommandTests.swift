import Foundation
import MemoryLedger
import Testing

/// Goal: `log` shows the events that were asked for, in its documented shape, and follows new ones.
/// Method: a ledger of a few known events; each filter as a case.
@Suite struct LogCommandTests {
    /// mem/tea: added, updated, renamed; mem/teapot: added; mem/green: taken, deleted. Positions 1 to 6.
    private static func ledger() async throws -> Workspace {
        let workspace = try Workspace()
        try await workspace.succeed("add", "tea", "--as", "a", "--summary", "s\u{1b}[31m")
        try await workspace.succeed("add", "teapot", "--as", "b", "--request", "r", "--causation", "c")
        try await workspace.succeed("update", "tea", "--text", "t", "--as", "b")
        try await workspace.succeed("rename", "tea", "green", "--as", "a")
        try await workspace.succeed("delete", "green")
        return workspace
    }

    @Test func filters() async throws {
        let workspace = try await Self.ledger()
        let cases: [(arguments: [String], positions: [Int64], next: Int64?)] = [
            ([], [1, 2, 3, 4, 5, 6], nil), (["--stream", "mem/tea"], [1, 3, 4], nil),
            (["--stream", "mem/tea*"], [1, 2, 3, 4], nil), (["--stream", "mem/te"], [1, 2, 3, 4], nil),
            (["--stream", "mem/"], [1, 2, 3, 4, 5, 6], nil), (["--stream", "other/"], [], nil),
            (["--stream", "mem/tea", "--reverse", "--limit", "2"], [4, 3], 3),
            (["--stream", "mem/tea", "--after", "1"], [3, 4], nil),
            (["--type", "MemoryAdded"], [1, 2], nil),
            (["--type", "MemoryAdded", "--type", "MemoryDeleted"], [1, 2, 6], nil),
            (["--type", "Nothing"], [], nil), (["--actor", "b"], [2, 3], nil), (["--correlation", "r"], [2], nil),
            (["--limit", "2"], [5, 6], nil), (["--limit", "2", "--after", "0"], [1, 2], 2),
            (["--limit", "2", "--after", "2"], [3, 4], 4), (["--after", "6"], [], nil),
            (["--reverse"], [6, 5, 4, 3, 2, 1], nil), (["--reverse", "--limit", "2"], [6, 5], 5),
            (["--reverse", "--after", "3"], [2, 1], nil), (["--since", "2020-01-01"], [1, 2, 3, 4, 5, 6], nil),
            (["--until", "2020-01-01"], [], nil), (["--since", "9999-01-01T00:00:00Z"], [], nil),
            (["--since", "3", "--until", "5"], [3, 4, 5], nil), (["--since", "3", "--limit", "2"], [3, 4], 4),
            (["--until", "4", "--limit", "2"], [3, 4], nil), (["--until", "4", "--reverse"], [4, 3, 2, 1], nil),
            (["--since", "5", "--reverse", "--limit", "1"], [6], 6), (["--since", "7"], [], nil),
            (["--since", "3", "--after", "4"], [5, 6], nil), (["--since", "4", "--until", "3"], [], nil),
            (["--at", "4", "--limit", "2"], [3, 4], nil),
        ]
        for (arguments, positions, next) in cases {
            let outcome = try await workspace.run(["log", "--json"] + arguments)
            let page = try outcome.json()
            #expect(page["events"]?.array?.compactMap { $0["position"]?.number?.int64 } == positions, "\(arguments)")
            #expect(page["next"]?.number?.int64 == next, "\(arguments)")
        }
        let first = try #require(try await workspace.json("log", "--limit", "1")["events"]?.array?.first)
        let day = try #require(first["recorded_at"]?.string?.prefix(10))
        for option in ["--since", "--until"] {
            #expect(try await workspace.json("log", option, String(day))["events"]?.array?.count == 6)
        }
    }

    @Test func anEventsIDBeginsAndEndsASpan() async throws {
        let workspace = try await Self.ledger()
        let events = try #require(try await workspace.json("log")["events"]?.array)
        let ids = events.compactMap { $0["event_id"]?.string }
        let span = try await workspace.json("log", "--since", ids[1], "--until", ids[3])
        #expect(span["events"]?.array?.map { $0["position"] } == [2, 3, 4])
        let none = "00000000-0000-7000-8000-000000000009"
        #expect(try await workspace.run(["log", "--since", none]).isFailure(1, saying: "no event \(none)"))
    }

    /// The newest of many, in the order in which they came, and the way to the others.
    @Test func theLastFiftyAreShown() async throws {
        let workspace = try Workspace()
        let ledger = try await MemoryLedger.open(at: workspace.path("memory-ledger.sqlite"))
        for number in 1...60 { try await ledger.add(MemoryKey(key: "k\(number)"), MemoryContent()) }
        await ledger.close()
        let page = try await workspace.json("log")
        let positions = page["events"]?.array?.compactMap { $0["position"]?.number?.int64 }
        #expect(positions == Array(11...60) && page["next"] == .null && page["earlier"] == 11)
        let before = try await workspace.json("log", "--reverse", "--after", "11")
        #expect(before["events"]?.array?.count == 10 && before["earlier"] == .null)
        let person = try await workspace.succeed("log").output
        #expect(person.hasSuffix("Earlier: add --reverse --after 11\n"))
    }

    @Test func aStreamThatIsNotThereIsSaid() async throws {
        let workspace = try await Self.ledger()
        let none = try await workspace.run(["log", "--stream", "mem/nope"])
        #expect(none.status == 0 && none.output == "No events.\n" && none.error.contains("no stream mem/nope"))
        for stream in ["mem/te", "mem/no*"] { try await workspace.succeed("log", "--stream", stream) }
        for (stream, key) in [("mem/tea", "tea"), ("mem/green", "green")] {
            let renamed = try await workspace.run(["log", "--stream", stream])
            #expect(renamed.status == 0 && renamed.error.contains("`memledger history \(key)` shows"), "\(renamed)")
        }
        try await workspace.succeed("history", "tea")
    }

    @Test func shapes() async throws {
        let workspace = try await Self.ledger()
        let event = try #require(try await workspace.json("log", "--correlation", "r")["events"]?.array?.first)
        #expect(
            event.object?.members.map(\.name) == [
                "position", "stream", "version", "type", "schema_version", "event_id", "recorded_at", "occurred_at",
                "actor", "correlation_id", "causation_id", "data",
            ])
        #expect(event["stream"] == "mem/teapot" && event["causation_id"] == "c" && event["schema_version"] == 1)
        let person = try await workspace.succeed("log").output
        // Nothing that steers a terminal, of any actor.
        #expect(!person.contains("\u{1b}") && person.contains("s\u{fffd}[31m"))
        let lines = person.split(separator: "\n")
        #expect(lines.count == 7 && lines[0].hasPrefix("POSITION  RECORDED"))
        #expect(Set(lines.compactMap { $0.range(of: "mem/")?.lowerBound.utf16Offset(in: $0) }).count == 1)
    }

    @Test func followShowsNewEventsUntilItIsInterrupted() async throws {
        let workspace = try await Self.ledger()
        let follower = try workspace.start(["log", "--follow", "--json", "--limit", "1", "--stream", "mem/tea"])
        let all = try workspace.start(["log", "--follow", "--after", "4"])
        #expect(try await follower.hasPrinted(lines: 1))
        #expect(try await all.hasPrinted(lines: 2))
        for key in ["tea", "teacup"] { try await workspace.succeed("add", key) }
        try await workspace.succeed("update", "tea", "--text", "x")
        #expect(try await follower.hasPrinted(lines: 3))
        #expect(try await all.hasPrinted(lines: 5))
        follower.interrupt()
        all.interrupt()
        let outcome = try await follower.outcome()
        #expect(outcome.status == 0 && outcome.error.isEmpty)
        let events = try outcome.output.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
        #expect(events.map { $0["type"] } == ["MemoryRenamed", "MemoryAdded", "MemoryUpdated"])
        #expect(try await all.outcome().status == 0)
    }
}
