import EventLog
import Foundation
import MemoryLedger
import Testing

/// Goal: nothing that is no regular file keeps a command waiting that could never use it, and what may be a pipe can be
/// interrupted. Method: named pipes that no process writes into, in the place of each file that is read.
@Suite struct IrregularFileTests {
    private func workspace() async throws -> Workspace {
        let workspace = try Workspace()
        try await workspace.succeed("add", "tea", "--text", "green")
        try #require(mkfifo(workspace.path("pipe"), 0o600) == 0)
        return workspace
    }

    @Test(arguments: [
        ["migrate", "pipe", "--no-backup"], ["migrate", "pipe", "--dry-run"], ["migrate", "/dev/null"],
        ["restore", "pipe", "--yes"], ["list", "--ledger", "pipe"], ["add", "a", "--ledger", "pipe"],
        ["checkpoint", "--signing-key", "pipe"], ["check", "."], ["import", "."],
        ["protect", "people", "--master-key-file", "."],
    ])
    func whatIsNoFileIsRefused(arguments: [String]) async throws {
        let workspace = try await workspace()
        let outcome = try await workspace.run(arguments)
        #expect(outcome.status == 1 && outcome.error.count(where: \.isNewline) == 1, "\(outcome)")
    }

    @Test(arguments: ["-journal", "-wal", "-shm"]) func aPipeBesideADatabaseIsRefused(side: String) async throws {
        let workspace = try await workspace()
        try workspace.makeKeyv("kv.db")
        try #require(mkfifo(workspace.path("kv.db" + side), 0o600) == 0)
        #expect(try await workspace.run(["migrate", "kv.db"]).isFailure(1, saying: "is no regular file"))
        let ledger = "memory-ledger.sqlite" + side
        unlink(workspace.path(ledger))
        try #require(mkfifo(workspace.path(ledger), 0o600) == 0)
        #expect(try await workspace.run(["list"]).isFailure(1, saying: "is no regular file"))
    }

    @Test(arguments: [
        ["import", "pipe"], ["check", "pipe"], ["add", "--value", "pipe", "a"],
    ])
    func aCommandThatWaitsForAPipeIsInterrupted(arguments: [String]) async throws {
        let workspace = try await workspace()
        let process = try workspace.start(arguments)
        let pipe = try await process.openPipe(workspace.path("pipe"))
        defer { close(pipe) }
        kill(process.id, SIGTERM)
        let outcome = try await process.outcome()
        #expect(outcome.isFailure(128 + SIGTERM, saying: "Interrupted; "), "\(outcome)")
    }

    @Test func aPipeThatSomebodyWritesIntoIsImported() async throws {
        let workspace = try await workspace()
        try await workspace.succeed("export", "made.jsonl")
        let script = "cat made.jsonl > pipe & exec \"$0\" import pipe --ledger copy.sqlite"
        let imported = try await RunningCommand(
            workspace, "/bin/sh", ["-c", script, RunningCommand.memledger()], input: "", environment: [:]
        ).outcome()
        #expect(imported.status == 0, "\(imported)")
        try await workspace.succeed("get", "tea", "--ledger", "copy.sqlite")
    }

    // MARK: Outputs

    @Test func whatCannotBecomeAFileSaysWhatToDo() async throws {
        let workspace = try await workspace()
        for (arguments, advice) in [
            (["export", "/dev/stdout"], "give - to print it"),
            (["prove", "1", "--output", "/dev/stdout"], "leave the option out"),
            (["checkpoint", "--output", "/dev/fd/1"], "leave the option out"),
            (["migrate", "kv.db", "--report", "pipe"], "give --json"),
            (["checkout", "--output", "/dev/stdout", "--force"], "name a file"),
            (["checkout", "--format", "keyv", "--output", "pipe", "--force"], "name a file"),
            (["backup", "/dev/stdout"], "name a file"),
        ] {
            #expect(try await workspace.run(arguments).isFailure(1, saying: advice), "\(arguments)")
        }
    }

    /// Who may not read the ledger may not read what was in it.
    @Test(arguments: [UInt32(0o600), 0o644, 0o660]) func whatHoldsMemoriesHasTheLedgersMode(mode: UInt32) async throws {
        let workspace = try await workspace()
        #expect(chmod(workspace.path("memory-ledger.sqlite"), mode_t(mode)) == 0)
        try await workspace.succeed("keys", "new")
        try await workspace.succeed("checkpoint", "--output", "point")
        try await workspace.succeed("export", "made.jsonl")
        try await workspace.succeed("prove", "1", "--output", "proof")
        try await workspace.succeed("evidence", "--key", "tea", "--output", "tea.html")
        try workspace.makeKeyv("kv.db")
        try await workspace.succeed("migrate", "kv.db", "--report", "report.json")
        for name in ["made.jsonl", "proof", "tea.html", "report.json"] {
            #expect(try Self.mode(workspace.path(name)) == Int(mode), "\(name)")
        }
        #expect(try Self.mode(workspace.path("point")) == 0o644)
    }

    private static func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    @Test func theWayBackReplacesACheckout() async throws {
        let workspace = try await workspace()
        try await workspace.succeed("checkout", "--output", "out.sqlite")
        try await workspace.succeed("checkout", "--format", "keyv", "--output", "out.sqlite", "--force")
        try workspace.write("text", "hello")
        let refused = try await workspace.run(["checkout", "--format", "keyv", "--output", "text", "--force"])
        #expect(refused.isFailure(1, saying: "not a SQLite database"), "\(refused)")
    }
}
