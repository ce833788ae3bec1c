import Foundation
import MemoryLedger
import Testing

/// Goal: an argument means what it says, or is refused: text that is not UTF-8, dates that do not exist, `~`, and names
/// of options that once meant something else. Method: each as a process.
@Suite struct ArgumentCommandTests {
    @Test(arguments: ["get $'t\\xffa'", "add $'k\\xff' --summary x", "--ledger $'l\\xff' add k"])
    func whatIsNotUTF8IsRefused(line: String) async throws {
        let workspace = try Workspace()
        let outcome = try await RunningCommand(
            workspace, "/bin/bash", ["-c", "exec \"$0\" " + line, RunningCommand.memledger()], input: "",
            environment: [:]
        ).outcome()
        #expect(outcome.isFailure(64, saying: "not UTF-8"), "\(outcome)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: workspace.folder.path).isEmpty)
    }

    @Test(arguments: ["2026-02-30", "2026-02-29", "2026-04-31", "2026-13-01", "2026-00-01", "2026-01-01T24:00:00Z"])
    func whatIsNoDateIsRefused(date: String) async throws {
        let workspace = try Workspace()
        try await workspace.succeed("add", "k")
        for arguments in [
            ["log", "--since", date], ["log", "--until", date], ["get", "k", "--at", date],
            ["diff", "--from", date], ["undo", "--since", date, "--dry-run"], ["list", "--created-from", date],
            ["evidence", "--since", date, "--output", "e.html"], ["timeline", "--from", date],
        ] {
            let outcome = try await workspace.run(arguments)
            #expect(outcome.isFailure(64, saying: date), "\(arguments): \(outcome)")
        }
    }

    @Test func aTildeIsHome() async throws {
        let workspace = try Workspace()
        let environment = ["HOME": workspace.path("home"), "MEMLEDGER_FILE": "~/l.sqlite"]
        try FileManager.default.createDirectory(atPath: workspace.path("home"), withIntermediateDirectories: true)
        for arguments in [["init"], ["add", "k"], ["get", "k"], ["status"], ["backup", "b.sqlite"]] {
            let outcome = try await workspace.run(arguments, environment: environment)
            #expect(outcome.status == 0, "\(arguments): \(outcome)")
        }
        #expect(workspace.exists("home/l.sqlite") && workspace.exists("home/l.sqlite-key"))
        #expect(!workspace.exists("~"))
        let named = try await workspace.run(
            ["get", "k", "--ledger", "~/l.sqlite"], environment: ["HOME": workspace.path("home")])
        #expect(named.status == 0, "\(named)")
    }

    @Test func aRequestIsLabelledAndFilteredByOtherNames() async throws {
        let workspace = try Workspace()
        try await workspace.succeed("add", "k", "--request", "r7")
        try await workspace.succeed("undo", "--correlation", "r7", "--request", "r8", "--yes")
        let events = try await workspace.json("log")["events"]?.array
        #expect(events?.map { $0["correlation_id"] } == ["r7", "r8"])
        let refused = try await workspace.run(["add", "k2", "--correlation", "r9"])
        #expect(refused.isFailure(64, saying: "is --request ID"), "\(refused)")
    }

    @Test func anEmptyFileIsNamedAsSuch() async throws {
        let workspace = try Workspace()
        try workspace.write("empty", "")
        for arguments in [["list"], ["stats"], ["verify"], ["status"]] {
            let outcome = try await workspace.run(arguments + ["--ledger", "empty"])
            #expect(outcome.isFailure(1, saying: "empty is empty, so no ledger"), "\(arguments): \(outcome)")
        }
        try await workspace.succeed("init", "--ledger", "empty")
        try await workspace.succeed("list", "--ledger", "empty")
    }

    @Test func tooFewDescriptorsAreNamedAsSuch() async throws {
        let workspace = try Workspace()
        try await workspace.succeed("add", "k")
        let outcome = try await RunningCommand(
            workspace, "/bin/sh", ["-c", "ulimit -n 12 && exec \"$0\" list", RunningCommand.memledger()], input: "",
            environment: [:]
        ).outcome()
        #expect(outcome.isFailure(1, saying: "ulimit -n"), "\(outcome)")
    }
}
