import MemoryLedger
import Testing

/// Goal: the commands that look back print the documents that they document, and a page that a person can read.
/// Method: the command as a process, over a small ledger.
@Suite struct LookingBackTests {
    /// Positions: 1 adds tea, 2 changes it, 3 adds cup with a link to tea, 4 and 5 rename tea, 6 deletes cup.
    private func workspace() async throws -> Workspace {
        let workspace = try Workspace()
        try await workspace.succeed("add", "tea", "--summary", "green", "--as", "alice", "--request", "r1")
        try await workspace.succeed("update", "tea", "--summary", "black", "--as", "bob")
        try await workspace.succeed("add", "cup", "--link", "design::of:tea", "--as", "alice")
        try await workspace.succeed("rename", "tea", "chai", "--as", "bob")
        try await workspace.succeed("delete", "cup", "--as", "carol")
        return workspace
    }

    private func id(_ workspace: Workspace, at position: Int) async throws -> String {
        let log = try await workspace.json("log", "--after", "\(position - 1)", "--limit", "1")
        return try #require(log["events"]?.array?.first?["event_id"]?.string)
    }

    @Test func history() async throws {
        let workspace = try await workspace()
        let page = try await workspace.json("history", "chai")
        let entries = try #require(page["entries"]?.array)
        #expect(page["next"] == .null && entries.map { $0["position"] } == [1, 2, 4])
        #expect(
            entries[0].object?.members.map(\.name) == [
                "position", "event_id", "type", "recorded_at", "occurred_at", "actor", "correlation_id",
                "causation_id", "namespace", "key", "renamed_to", "fields", "links_gained", "links_lost",
            ])
        #expect(
            entries[1]["fields"]?.description == #"[{"field":"summary","before":"green","after":"black"}]"#)
        #expect(entries[2]["renamed_to"] == "chai" && entries[2]["actor"] == "bob")
        let person = try await workspace.succeed("history", "tea", "--limit", "2").output
        #expect(person.contains("summary: green → black") && person.contains("by bob") && person.contains("--after 2"))
        let then = try await workspace.json("history", "tea", "--at", "1")
        #expect(then["entries"]?.array?.count == 1)
        #expect(try await workspace.run(["history", "never"]).isFailure(1, saying: "no memory never"))
        #expect(try await workspace.run(["history", "tea", "--at", "99"]).isFailure(1, saying: "positions 1 to 6"))
    }

    @Test func blame() async throws {
        let workspace = try await workspace()
        let blame = try await workspace.json("blame", "chai")
        let fields = try #require(blame["fields"]?.array)
        #expect(fields.map { $0["field"] }.prefix(3) == ["key", "domain", "summary"])
        #expect(fields[2]["set_by"]?["actor"] == "bob" && fields[1]["set_by"]?["correlation_id"] == "r1")
        let then = try await workspace.json("blame", "cup", "--at", "5")
        let link = try #require(then["links"]?.array?.first)
        #expect(link["link"]?["key"] == "chai" && link["made_by"]?["position"] == 3)
        #expect(link["set_by"] == .null && link["moved_by"]?.array?.first?["position"] == 4)
        let person = try await workspace.succeed("blame", "cup", "--at", "5").output
        #expect(person.contains("its target was renamed") && person.contains("design to chai"))
        #expect(try await workspace.run(["blame", "cup"]).isFailure(1, saying: "no memory cup"))
    }

    @Test func diff() async throws {
        let workspace = try await workspace()
        let page = try await workspace.json("diff", "--from", "1")
        #expect(page.object?.members.map(\.name) == ["from", "to", "differences", "next"])
        #expect(page["to"]?["position"] == 6)
        let differences = try #require(page["differences"]?.array)
        #expect(differences.count == 1 && differences[0]["kind"] == "renamed")
        #expect(differences[0]["former_key"] == "tea" && differences[0]["replaced"] == false)
        let person = try await workspace.succeed("diff", "--from", "6", "--to", "3").output
        #expect(person.contains("+ mem/cup") && person.contains("~ mem/tea, renamed from chai"))
        #expect(person.contains("+ link design to tea (of) 0.5"))
        let none = try await workspace.succeed("diff", "--from", "5", "--key", "chai").output
        #expect(none.contains("No differences."))
    }

    @Test func aBareDateBeginsASpanWithItsFirstMillisecond() async throws {
        let workspace = try await workspace()
        let log = try await workspace.json("log", "--limit", "1")
        let recorded = try #require(log["events"]?.array?.first?["recorded_at"]?.string)
        let day = String(recorded.prefix(10))
        let page = try await workspace.json("diff", "--from", day)
        #expect(page["from"]?["position"] == 0 && page["differences"]?.array?.first?["kind"] == "added")
        #expect(try await workspace.json("undo", "--since", day, "--dry-run")["events"] == 5)
        #expect(try await workspace.json("undo", "--since", "0", "--dry-run")["events"] == 5)
    }

    @Test func undoShowsAndAsksAndUndoes() async throws {
        let workspace = try await workspace()
        let deletion = try await id(workspace, at: 6)
        #expect(try await workspace.run(["undo", deletion]).isFailure(64, saying: "give --yes"))
        let dry = try await workspace.succeed("undo", deletion, "--dry-run").output
        #expect(dry.contains("+ mem/cup") && dry.contains("Would undo 1 event."))
        #expect(try await workspace.json("stats")["position"] == 6)
        let done = try await workspace.json("undo", deletion, "--yes", "--as", "dave")
        #expect(
            done.object?.members.map(\.name) == [
                "position", "events", "reads_left_out", "erased", "without_effect", "already_undone", "actors",
                "is_broad", "compensations", "changes", "conflicts", "positions",
            ])
        #expect(done["positions"] == [7] && done["changes"]?.array?.first?["kind"] == "added")
        #expect(try await workspace.json("get", "cup")["links"]?.array?.first?["key"] == "chai")
        let event = try await workspace.json("log", "--after", "6")["events"]?.array?.first
        #expect(event?["actor"] == "dave" && event?["causation_id"]?.string == deletion)
        let again = try await workspace.run(["undo", deletion, "--yes"])
        #expect(again.isFailure(1, saying: "undone already by dave at position 7"))
        let person = try await workspace.succeed("undo", "--since", "7", "--yes").output
        #expect(person.contains("- mem/cup") && person.contains("Undid 1 event with 1 compensating event, position"))
    }

    @Test func undoNamesWhatStandsInTheWay() async throws {
        let workspace = try await workspace()
        let first = try await id(workspace, at: 1)
        let refused = try await workspace.run(["undo", first, "--yes"])
        #expect(refused.status == 3 && refused.error.isEmpty)
        #expect(refused.output.contains("by bob at position 4") && refused.output.contains("Nothing was undone"))
        let conflicts = try await workspace.run(["undo", "--actor", "alice", "--yes", "--json"]).json()["conflicts"]
        #expect(
            conflicts?.array?.first?.object?.members.map(\.name) == [
                "event", "namespace", "key", "field", "changed_by", "reason",
            ])
        #expect(try await workspace.json("stats")["position"] == 6)
        let partial = try await workspace.run([
            "--as", "eve", "undo", "--actor", "bob", "--partial", "--yes", "--json",
        ])
        #expect(partial.status == 0)
        #expect(try await workspace.json("get", "tea")["summary"] == "green")
        let last = try await workspace.json("log", "--reverse", "--limit", "1")["events"]?.array?.first
        #expect(last?["actor"] == "eve")
    }

    @Test func explain() async throws {
        let workspace = try await workspace()
        let explanation = try await workspace.json("explain", "2")
        #expect(explanation["event"]?["data"]?["summary"] == "black")
        let table = try #require(explanation["projections"]?.array?.first?["tables"]?.array?.first)
        #expect(table["name"] == "memories")
        let row = try #require(table["rows"]?.array?.first)
        #expect(row["before"]?["summary"] == "green" && row["after"]?["summary"] == "black")
        let person = try await workspace.succeed("explain", try await id(workspace, at: 6)).output
        #expect(person.contains("- memories") && person.contains("- memory_links"))
        #expect(try await workspace.run(["explain", "7"]).isFailure(1, saying: "positions 1 to 6"))
    }
}
