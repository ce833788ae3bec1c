import MemoryLedger
import Testing

/// Goal: `--at` shows the past in every command that reads, and what is no moment is said in one line.
/// Method: a memory is added, changed and renamed; each command is asked at positions, times and event ids.
@Suite struct MomentCommandTests {
    /// Positions: 1 and 2 add `tea` and `cup`, 3 changes `tea`, 4 and 5 rename it, 6 deletes `cup`.
    private static func workspace() async throws -> Workspace {
        let workspace = try Workspace()
        try await workspace.succeed("add", "tea", "--summary", "green", "--link", "design:0.5:t:cup")
        try await workspace.succeed("add", "cup", "--summary", "blue")
        try await workspace.succeed("update", "tea", "--summary", "black")
        try await workspace.succeed("rename", "tea", "chai")
        try await workspace.succeed("delete", "cup")
        return workspace
    }

    private static func keys(_ document: JSONValue) -> [String] {
        document["memories"]?.array?.compactMap { $0["key"]?.string } ?? []
    }

    private static func events(_ workspace: Workspace) async throws -> [JSONValue] {
        try #require(try await workspace.json("log")["events"]?.array)
    }

    @Test(arguments: [
        (1, ["tea"], "green"), (2, ["cup", "tea"], "green"), (3, ["cup", "tea"], "black"),
        (5, ["chai", "cup"], "black"),
        (6, ["chai"], "black"),
    ])
    func positionsAndEventsAreMoments(position: Int, keys: [String], summary: String) async throws {
        let workspace = try await Self.workspace()
        let event = try #require(try await Self.events(workspace)[position - 1]["event_id"]?.string)
        for at in ["\(position)", event, event.uppercased()] {
            #expect(Self.keys(try await workspace.json("list", "--at", at)) == keys, "\(at)")
            let key = keys.contains("chai") ? "chai" : "tea"
            #expect(try await workspace.json("get", key, "--at", at)["summary"]?.string == summary)
            let stats = try await workspace.json("stats", "--at", at)
            #expect(stats["position"] == JSONValue(position) && stats["memories"] == JSONValue(keys.count))
            let log = try await workspace.json("log", "--at", at)["events"]?.array
            #expect(log?.compactMap { $0["position"] } == (1...position).map { JSONValue($0) })
            let exported = try await workspace.run(["export", "--at", at])
            #expect(exported.status == 0 && exported.output.count(where: \.isNewline) == position + 2)
        }
    }

    @Test func timesAreMoments() async throws {
        let workspace = try await Self.workspace()
        let events = try await Self.events(workspace)
        let first = try #require(events.first?["recorded_at"]?.string)
        let last = try #require(events.last?["recorded_at"]?.string)
        let today = String(last.prefix("2026-01-23".count))
        for occurred in [[], ["--occurred"]] {
            #expect(Self.keys(try await workspace.run(["list", "--json", "--at", last] + occurred).json()) == ["chai"])
            // A day that is not over yet means now.
            #expect(
                Self.keys(try await workspace.run(["list", "--json", "--at", today] + occurred).json()) == ["chai"])
            let early = try await workspace.run(["list", "--json", "--at", first] + occurred).json()
            #expect(Self.keys(early).contains("tea"))
        }
        let log = try await workspace.run(["log", "--json", "--at", last, "--occurred", "--reverse", "--limit", "2"])
        #expect(try log.json()["events"]?.array?.compactMap { $0["position"] } == [6, 5])
    }

    @Test func theLogOfAMomentHasPages() async throws {
        let workspace = try await Self.workspace()
        let first = try await workspace.json("log", "--at", "5", "--limit", "3", "--after", "0")
        #expect(first["events"]?.array?.count == 3 && first["next"] == 3)
        let next = try await workspace.json("log", "--at", "5", "--limit", "3", "--after", "3")
        #expect(next["events"]?.array?.compactMap { $0["position"] } == [4, 5])
        let back = try await workspace.json("log", "--at", "5", "--reverse", "--limit", "1")
        #expect(back["events"]?.array?.compactMap { $0["position"] } == [5] || back["next"] != .null)
        let stream = try await workspace.run(["log", "--at", "3", "--stream", "mem/tea", "--json"]).json()
        #expect(stream["events"]?.array?.compactMap { $0["position"] } == [1, 3])
    }

    @Test func aDigestOfAMomentIsThatOfItsCheckout() async throws {
        let workspace = try await Self.workspace()
        for at in ["2", "6"] {
            let digest = try await workspace.json("digest", "--at", at)
            let report = try await workspace.json("checkout", "--at", at, "--output", "then-\(at).sqlite")
            #expect(digest["tables"] == report["tables"] && digest["position"] == report["position"])
            #expect(workspace.exists("then-\(at).sqlite"))
        }
        #expect(try await workspace.json("digest")["tables"] == workspace.json("digest", "--at", "6")["tables"])
        let page = try await workspace.succeed("checkout", "--output", "now.sqlite").output
        let id = try #require(try await workspace.json("verify")["ledger_id"]?.string)
        #expect(page.contains("as of position 6") && page.contains("ledger_id  \(id)"), "\(page)")
        #expect(page.count(where: \.isNewline) < 15 && !page.contains("digest."), "\(page)")
        let again = try await workspace.run(["checkout", "--output", "now.sqlite"])
        #expect(again.isFailure(1, saying: "exists"))
        try await workspace.succeed("checkout", "--at", "1", "--output", "now.sqlite", "--force")
        let ledger = try await workspace.run(["checkout", "--output", "memory-ledger.sqlite", "--force"])
        #expect(ledger.isFailure(1, saying: "the ledger itself"))
    }

    @Test(arguments: [
        ("7", "positions 1 to 6"), ("0", "positions 1 to 6"), ("99999999999999999999", "positions 1 to 6"),
        ("2999-01-01", "future"), ("1999-01-01", "Nothing had been recorded"),
        ("01234567-89ab-7def-8123-456789abcdef", "The log has no event"),
    ])
    func aMomentThatNeverWas(at: String, says: String) async throws {
        let workspace = try await Self.workspace()
        for command in [
            ["list"], ["get", "tea"], ["stats"], ["digest"], ["log"], ["export", "x.jsonl"],
            ["checkout", "--output", "x.sqlite"],
        ] {
            let outcome = try await workspace.run(command + ["--at", at])
            #expect(outcome.isFailure(1, saying: says), "\(command): \(outcome)")
        }
        #expect(!workspace.exists("x.jsonl") && !workspace.exists("x.sqlite"))
    }

    @Test func snapshotsAreListedTakenAndDropped() async throws {
        let workspace = try await Self.workspace()
        #expect(try await workspace.json("snapshots", "list")["snapshots"] == .array([]))
        let taken = try await workspace.json("snapshots", "take")
        #expect(taken["snapshots"]?.array?.compactMap { $0["position"] } == [6])
        #expect(try await workspace.json("snapshots", "list") == taken)
        #expect(try await workspace.json("snapshots", "take")["snapshots"] == .array([]))
        #expect(try await workspace.succeed("snapshots", "list").output.contains("memories:"))
        #expect(Self.keys(try await workspace.json("list", "--at", "6")) == ["chai"])
        #expect(try await workspace.json("snapshots", "drop")["dropped"] == 1)
        #expect(!workspace.exists("memory-ledger.sqlite-snapshots"))
    }

    @Test func interruptedACheckoutLeavesNothing() async throws {
        let workspace = try await Self.workspace()
        for _ in 0..<5 {
            let process = try workspace.start(["checkout", "--at", "6", "--output", "then.sqlite", "--force"])
            process.interrupt()
            _ = try await process.outcome()
            // Killed before it could listen, or after it was done: the file is whole.
            if workspace.exists("then.sqlite") {
                #expect(
                    try await workspace.run(["checkout", "--output", "then.sqlite"]).isFailure(1, saying: "exists"))
            }
        }
        try await workspace.succeed("checkout", "--output", "then.sqlite", "--force")
        #expect(!workspace.exists(".then.sqlite.memledger-partial") && !workspace.exists(".then.sqlite.memledger-lock"))
    }
}
