import EventLog
import Foundation
import LedgerCapabilities
import LedgerStorage
import MemoryLedger
import SQLiteEventLog
import Testing

/// Goal: `backup` and `restore` do what their help says, as processes: JSON, questions, exit status, one-line errors.
/// Method: a ledger with a key is backed up, goes on, and is restored, with everything in the way that can be.
@Suite struct BackupCommandTests {
    private static func workspace() async throws -> Workspace {
        let workspace = try Workspace()
        try await workspace.succeed("init")
        try await workspace.succeed("add", "tea", "--summary", "green")
        return workspace
    }

    @Test func aBackupIsRestored() async throws {
        let workspace = try await Self.workspace()
        let backup = try await workspace.json("backup", "b.sqlite")
        #expect(backup["position"] == 1 && backup["checkpoint"]?["size"] == 1)
        // It has what `digest` leaves out, too, because that has no past.
        var tables = try #require(backup["tables"]?.object)
        #expect(tables["access_tokens"] != nil)
        tables["access_tokens"] = nil
        #expect(try await .object(tables) == workspace.json("digest")["tables"])
        try await workspace.succeed("add", "cup", "--summary", "blue")
        try await workspace.succeed("checkpoint", "--output", "lost.checkpoint")

        let restored = try await workspace.json("restore", "b.sqlite", "--yes", "--as", "keeper")
        #expect(restored["is_backup"] == true && restored["epoch"] == 2 && restored["restored_size"] == 1)
        #expect(restored["position"] == 2 && restored["restored_root"] == backup["root"])
        #expect(restored["checkpoint"]?["root"] == backup["root"] && restored["erasures_undone"] == 0)
        let former = try #require(restored["former_ledger"]?.string)
        #expect(former.contains(".before-restore-"))
        #expect(try await workspace.json("list")["memories"]?.array?.count == 1)
        #expect(try await workspace.json("list", "--ledger", former)["memories"]?.array?.count == 2)

        let events = try await workspace.json("log", "--stream", "$ledger/epochs")["events"]?.array
        #expect(events?.count == 1 && events?[0]["actor"] == "keeper" && events?[0]["type"] == "EpochStarted")
        let stats = try await workspace.json("stats")
        #expect(stats["epoch"] == 2 && stats["origin"] == restored["origin"])
        let signed = try await workspace.json("checkpoint")
        #expect(signed["origin"] == restored["origin"] && signed["size"] == 2)
        #expect(try await workspace.run(["verify"]).status == 0)
        let lost = try await workspace.run(["verify", "--json", "--checkpoint", "lost.checkpoint"])
        #expect(lost.status == 3 && lost.output.contains("lost_by_restore"))
    }

    @Test func aPersonIsToldWhatWasDone() async throws {
        let workspace = try await Self.workspace()
        let page = try await workspace.succeed("backup", "b.sqlite").output
        #expect(page.contains("1 event") && page.contains("verified"))
        let restored = try await workspace.succeed("restore", "b.sqlite", "--to", "other.sqlite").output
        #expect(restored.contains("Verified b.sqlite") && restored.contains("epoch"))
        let plain = try await workspace.succeed("restore", "memory-ledger.sqlite", "--to", "third.sqlite").output
        #expect(plain.contains("no backup") && plain.contains("compared with its events"))
        let deep = try await workspace.succeed("backup", "deep.sqlite", "--deep").output
        #expect(deep.contains("its tables against them") && page.contains("its tables are as the ledger had them"))
    }

    @Test func nobodyCanBeAsked() async throws {
        let workspace = try await Self.workspace()
        try await workspace.succeed("backup", "b.sqlite")
        for arguments in [["restore", "b.sqlite"], ["restore", "b.sqlite", "--json"]] {
            #expect(try await workspace.run(arguments).isFailure(64, saying: "--yes"))
        }
        #expect(try await workspace.json("stats")["epoch"] == 1)
    }

    @Test(arguments: ["text.txt", "kv.db", "folder", "empty"], [[], ["--yes"], ["--json"]])
    func whatIsNoLedgerIsNotCalledOne(name: String, answer: [String]) async throws {
        let workspace = try await Self.workspace()
        try await workspace.succeed("backup", "b.sqlite")
        try workspace.write("text.txt", String(repeating: "This is no ledger.\n", count: 20))
        try workspace.write("empty", "")
        try workspace.makeKeyv("kv.db")
        try FileManager.default.createDirectory(atPath: workspace.path("folder"), withIntermediateDirectories: false)
        let refused = try await workspace.run(["restore", "b.sqlite", "--to", name] + answer)
        #expect(refused.isFailure(1, saying: "\(name) is no ledger, and nothing else is replaced; move it away"))
        #expect(!refused.error.contains("There is a ledger"), "\(refused)")
    }

    @Test func keysAndFilesStay() async throws {
        let workspace = try await Self.workspace()
        for name in ["memory-ledger.sqlite", "memory-ledger.sqlite-key", "memory-ledger.sqlite-wal"] {
            #expect(try await workspace.run(["backup", name, "--force"]).isFailure(1, saying: "name another file"))
        }
        try workspace.write("mine.txt", "mine")
        #expect(try await workspace.run(["backup", "mine.txt"]).isFailure(1, saying: "exists"))
        try workspace.write("master.key", "another ledger's")
        #expect(try await workspace.run(["backup", "master.key", "--force"]).isFailure(1, saying: "is no backup"))
        #expect(try workspace.read("master.key") == "another ledger's")
        try workspace.write("mine.txt", "")
        try await workspace.succeed("backup", "mine.txt", "--force")
        try await workspace.succeed("backup", "mine.txt", "--force", "--checkpoint")
        #expect(!workspace.exists("mine.txt-key") && !workspace.exists("mine.txt-wal"))
        // The key itself may hold a plus, too.
        let file = try workspace.read("memory-ledger.sqlite-key")
        let key = (file.split(separator: "+", maxSplits: 4).last ?? "").filter { !$0.isWhitespace }
        let bytes = try Data(contentsOf: URL(filePath: workspace.path("mine.txt")))
        #expect(!key.isEmpty && file.contains(key) && bytes.range(of: Data(key.utf8)) == nil)
    }

    @Test func withoutAKeyThereIsNoCheckpoint() async throws {
        let workspace = try Workspace()
        try await workspace.succeed("add", "tea", "--summary", "green")
        #expect(try await workspace.json("backup", "b.sqlite")["checkpoint"] == .null)
        #expect(try await workspace.run(["backup", "c.sqlite", "--checkpoint"]).isFailure(1, saying: "signing key"))
        #expect(!workspace.exists("c.sqlite"))
    }

    @Test func aBackupThatIsNotExpectedIsRefused() async throws {
        let workspace = try await Self.workspace()
        try await workspace.succeed("backup", "b.sqlite")
        try await workspace.succeed("add", "cup", "--summary", "blue")
        try await workspace.succeed("checkpoint", "--output", "later.checkpoint")
        let refused = try await workspace.run(
            ["restore", "b.sqlite", "--yes", "--expect-checkpoint", "later.checkpoint"])
        #expect(refused.isFailure(1, saying: "does not continue"))
        try workspace.write("text.txt", String(repeating: "This is no backup.\n", count: 20))
        for (file, says) in [("none.sqlite", "no backup at"), ("text.txt", "neither a backup nor a ledger")] {
            #expect(try await workspace.run(["restore", file, "--yes"]).isFailure(1, saying: says))
        }
        #expect(try await workspace.json("list")["memories"]?.array?.count == 2)
    }

    @Test func anotherLedgerIsNotReplacedUnasked() async throws {
        let workspace = try await Self.workspace()
        try await workspace.succeed("backup", "b.sqlite")
        try await workspace.succeed("add", "cup", "--summary", "blue", "--ledger", "other.sqlite")
        let restore = ["restore", "b.sqlite", "--to", "other.sqlite", "--yes"]
        #expect(try await workspace.run(restore).isFailure(1, saying: "--other-ledger"))
        #expect(try await workspace.run(restore + ["--other-ledger"]).status == 0)
        let missing = ["restore", "b.sqlite", "--to", "sub/dir/x.sqlite"]
        #expect(try await workspace.run(missing).isFailure(1, saying: "The folder sub/dir does not exist"))
        #expect(try await workspace.run(["backup", "none/b"]).isFailure(1, saying: "The folder none does not exist"))
    }

    /// Tables that contradict the log are said to, and the exit status is 3.
    @Test func tablesThatAreNotWhatTheEventsSayAreBuiltAnew() async throws {
        let workspace = try await Self.workspace()
        let ledger = LedgerFileOptions(access: .readWrite)
        let file = try LedgerFile(path: workspace.path("memory-ledger.sqlite"), options: ledger)
        try file.withWriterLock { try $0.execute("UPDATE memories SET summary = 'evil'") }
        file.close()
        #expect(try await workspace.run(["backup", "d.sqlite", "--deep"]).isFailure(1, saying: "rebuild --replace"))
        try await workspace.succeed("backup", "b.sqlite")
        let restored = try await workspace.run(["restore", "b.sqlite", "--yes", "--json"])
        #expect(try restored.status == 3 && restored.json()["projections_rebuilt"] == ["memories"])
        #expect(try await workspace.json("get", "tea")["summary"] == "green")
        let page = try await workspace.run(["restore", "b.sqlite", "--to", "n.sqlite"])
        #expect(page.status == 3 && page.output.contains("were rebuilt"))
    }

    /// A backup is older than what was erased since: that is said, and the exit status is 3.
    @Test func whatComesBackIsSaid() async throws {
        let workspace = try Workspace()
        let keyed = ["MEMLEDGER_MASTER_KEY_FILE": "ledger.key"]
        try await workspace.succeed("protect", "people", "--new-master-key", "ledger.key")
        let ada = ["ada", "--namespace", "people"]
        #expect(try await workspace.run(["add"] + ada + ["--summary", "secret"], environment: keyed).status == 0)
        try await workspace.succeed("backup", "b.sqlite")
        let erase = ["erase", "--key"] + ada + ["--reason", "asked", "--yes"]
        #expect(try await workspace.run(erase, environment: keyed).status == 0)
        try await workspace.succeed("backup", "erased.sqlite")
        let bytes = try Data(contentsOf: URL(filePath: workspace.path("erased.sqlite")))
        #expect(bytes.range(of: Data("secret".utf8)) == nil)
        let restored = try await workspace.run(["restore", "b.sqlite", "--yes", "--json"])
        #expect(restored.status == 3 && restored.error.isEmpty)
        #expect(try restored.json()["erasures_undone"] == 1)
        let same = try await workspace.run(["restore", "erased.sqlite", "--yes", "--json"])
        #expect(try same.status == 0 && same.json()["erasures_undone"] == 0)
    }

    /// The event that begins the epoch is an event like others.
    @Test func whereActorsAreRequiredARestoreNeedsOne() async throws {
        let workspace = try await Self.workspace()
        try await workspace.succeed("policy", "--require-actor", "on", "--as", "admin")
        try await workspace.succeed("backup", "b.sqlite")
        let refused = try await workspace.run(["restore", "b.sqlite", "--yes"])
        #expect(refused.status != 0 && refused.error.contains("actor"))
        #expect(try await workspace.json("stats")["epoch"] == 1)
        #expect(try await workspace.json("restore", "b.sqlite", "--yes", "--as", "admin")["epoch"] == 2)
    }
}
