import AgentContext
import EventLog
import Foundation
import MemoryLedger
import Testing

/// Goal: `status` shows on one screen how a ledger is, and ends with 3 if something needs care. Method: a sound ledger,
/// and one for each thing that needs care.
@Suite struct StatusCommandTests {
    private static let ledger = "memory-ledger.sqlite"

    private func made() async throws -> Workspace {
        let workspace = try Workspace()
        try await workspace.succeed("init")
        try await workspace.succeed("add", "tea", "--summary", "green", "--as", "ann")
        return workspace
    }

    /// What the command says needs care, which must agree with its exit status and its page.
    private func cares(_ workspace: Workspace) async throws -> JSONValue? {
        let outcome = try await workspace.run(["status", "--json"])
        let document = try outcome.json()
        let isWell = document["needs_care"] == []
        #expect(outcome.status == (isWell ? 0 : 3), "\(outcome)")
        let page = try await workspace.run(["status"])
        #expect(page.status == outcome.status && page.output.contains("Nothing needs care.") == isWell, "\(page)")
        // One screen.
        #expect(page.output.count(where: \.isNewline) <= 24)
        return document["needs_care"]
    }

    @Test func aSoundLedgerIsShown() async throws {
        let workspace = try await made()
        let fresh = try await workspace.json("status")
        #expect(fresh["last_backup"] == .null && fresh["epoch"] == 1 && fresh["quarantines"] == 0)
        try await workspace.succeed("checkpoint", "--output", "a.cp")
        try await workspace.succeed("backup", "b.sqlite")
        try await workspace.succeed("snapshots", "take")
        try await workspace.succeed("add", "coffee", "--as", "bob")
        #expect(try await cares(workspace) == [])
        let status = try await workspace.json("status")
        #expect(status["file"]?.string?.hasSuffix("/" + Self.ledger) == true && status["events"] == 2)
        #expect(status["ledger_id"] == fresh["ledger_id"] && status["size_bytes"]?.number?.int64 ?? 0 > 0)
        #expect(status["last_event"]?["position"] == 2 && status["last_event"]?["actor"] == "bob")
        #expect(status["last_checkpoint"]?["events"] == 1 && status["last_checkpoint"]?["signers"]?.array?.count == 1)
        #expect(status["last_backup"]?["events"] == 1)
        #expect(status["last_backup"]?["file"]?.string?.hasSuffix("/b.sqlite") == true)
        #expect(status["snapshots"]?["count"] == 1 && status["dead_letters"] == ["waiting": 0, "skipped": 0])
        let page = try await workspace.succeed("status").output
        for words in ["bob", "1 event since", "b.sqlite", "up to date"] { #expect(page.contains(words), "\(page)") }
    }

    /// A backup is shown as what it is, and stays a backup when it is backed up.
    @Test func aBackupStaysABackup() async throws {
        let workspace = try await made()
        try await workspace.succeed("backup", "b.sqlite")
        try await workspace.succeed("backup", "c.sqlite", "--ledger", "b.sqlite")
        #expect(try await workspace.json("status", "--ledger", "b.sqlite")["events"] == 1)
        try await workspace.succeed("backup", "b.sqlite", "--force")
    }

    @Test func missingTablesNeedCare() async throws {
        let workspace = try await made()
        try workspace.database(Self.ledger, "DROP TABLE memory_links")
        #expect(try await cares(workspace) == ["projections"])
        let page = try await workspace.run(["status"]).output
        #expect(page.contains("Tables that are missing: memory_links. `memledger rebuild` builds them."), "\(page)")
    }

    @Test func aClockThatWasAheadNeedsCare() async throws {
        let workspace = try await made()
        var options = MemoryLedgerOptions(clock: FixedAhead())
        options.modules = AgentContext.modules
        let ledger = try await MemoryLedger.open(at: workspace.path(Self.ledger), options: options)
        try await ledger.add(MemoryKey(key: "late"), MemoryContent())
        await ledger.close()
        #expect(try await cares(workspace) == ["clock_ahead"])
    }

    @Test func lostEventsNeedCare() async throws {
        let workspace = try await made()
        let path = workspace.path(Self.ledger)
        let old = try Data(contentsOf: URL(filePath: path))
        try await workspace.succeed("add", "coffee")
        for side in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + side) }
        try old.write(to: URL(filePath: path))
        let outcome = try await workspace.run(["status"])
        #expect(outcome.status == 3 && outcome.output.contains("has lost events"), "\(outcome)")
    }

    @Test func aLedgerThatIsNotThereIsAFailure() async throws {
        let workspace = try Workspace()
        #expect(try await workspace.run(["status"]).isFailure(1, saying: "memledger init"))
        #expect(!workspace.exists(Self.ledger))
    }

    /// Ahead by a hundred years.
    private struct FixedAhead: TimeSource {
        func now() -> Timestamp { Timestamp(milliseconds: SystemTimeSource().now().milliseconds + 3_155_760_000_000) }
    }
}
