import MemoryLedger
import Testing

@testable import memledger

/// Goal: --ledger, --json and --actor work before the command and after it, and MEMLEDGER_FILE names the default.
@Suite struct GlobalOptionTests {
    @Test(arguments: [
        ["--ledger", "x.sqlite", "--actor", "me", "--json", "add", "k"],
        ["add", "k", "--ledger", "x.sqlite", "--actor", "me", "--json"],
        ["--json", "add", "--actor=me", "k", "--ledger=x.sqlite"],
        ["--ledger=x.sqlite", "--actor=me", "--json", "add", "--", "k"],
    ])
    func inBothPlaces(arguments: [String]) async throws {
        let workspace = try Workspace()
        let outcome = try await workspace.run(arguments)
        #expect(outcome.status == 0, "\(outcome)")
        #expect(try outcome.json()["key"] == "k")
        #expect(workspace.exists("x.sqlite") && !workspace.exists("memory-ledger.sqlite"))
        let log = try await workspace.json("--ledger", "x.sqlite", "log")
        #expect(log["events"]?.array?.map { $0["actor"] } == ["me"])
    }

    @Test func theEnvironmentNamesTheDefault() async throws {
        let workspace = try Workspace()
        let environment = ["MEMLEDGER_FILE": "e.sqlite"]
        #expect(try await workspace.run(["add", "k"], environment: environment).status == 0)
        #expect(workspace.exists("e.sqlite") && !workspace.exists("memory-ledger.sqlite"))
        #expect(try await workspace.run(["get", "k"], environment: environment).status == 0)
        #expect(try await workspace.run(["--ledger", "o.sqlite", "add", "k"], environment: environment).status == 0)
        #expect(workspace.exists("o.sqlite"))
        #expect(try await workspace.run(["add", "k"], environment: ["MEMLEDGER_FILE": ""]).status == 0)
        #expect(workspace.exists("memory-ledger.sqlite"))
    }

    @Test func theLogsActorAsksForSomebodysEvents() async throws {
        let workspace = try Workspace()
        try await workspace.succeed("--actor", "a", "add", "k1")
        try await workspace.succeed("--actor", "b", "add", "k2")
        #expect(try await workspace.json("log", "--actor", "b")["events"]?.array?.count == 1)
        #expect(try await workspace.json("--actor", "b", "log")["events"]?.array?.count == 2)
    }

    @Test(arguments: [
        ([], []), (["--json"], []), (["list"], ["list"]), (["--json", "list", "-x"], ["list", "--json", "-x"]),
        (["--ledger", "f", "--json", "get", "k"], ["get", "--ledger", "f", "--json", "k"]),
        (["--ledger=f", "dictionary", "list"], ["dictionary", "list", "--ledger=f"]),
        (["--json", "dictionary", "--help"], ["dictionary", "--help"]),
        (["--actor", "a", "log", "--actor", "b"], ["log", "--actor", "b"]), (["--ledger"], ["--ledger"]),
        (["--json", "nonsense"], ["nonsense"]), (["--json", "--help"], ["--help"]),
        (["--json", "help", "add"], ["help", "add"]),
        (["--ledger", "--json", "list"], ["list", "--ledger", "--json"]),
    ])
    func leadingOptionsMoveBehindTheCommand(arguments: [String], moved: [String]) {
        #expect(CommandLineArguments.movingGlobalOptions(arguments) == moved)
    }
}
