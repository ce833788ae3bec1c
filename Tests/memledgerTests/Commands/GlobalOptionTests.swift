import ArgumentParser
import MemoryLedger
import Testing

@testable import memledger

/// Goal: --ledger, --json and --as work before the command and after it, and MEMLEDGER_FILE names the default.
@Suite struct GlobalOptionTests {
    @Test(arguments: [
        ["--ledger", "x.sqlite", "--as", "me", "--json", "add", "k"],
        ["add", "k", "--ledger", "x.sqlite", "--as", "me", "--json"],
        ["--json", "add", "--as=me", "k", "--ledger=x.sqlite"],
        ["--ledger=x.sqlite", "--as=me", "--json", "add", "--", "k"],
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

    @Test func asIsWhoActsAndActorFilters() async throws {
        let workspace = try Workspace()
        try await workspace.succeed("--as", "a", "add", "k1")
        try await workspace.succeed("add", "k2", "--as", "b")
        let environment = ["MEMLEDGER_ACTOR": "c"]
        #expect(try await workspace.run(["add", "k3"], environment: environment).status == 0)
        #expect(try await workspace.run(["--as", "d", "add", "k4"], environment: environment).status == 0)
        #expect(try await workspace.run(["add", "k5"], environment: ["MEMLEDGER_ACTOR": ""]).status == 0)
        let actors = try await workspace.json("log")["events"]?.array?.map { $0["actor"] }
        #expect(actors == ["a", "b", "c", "d", .null])
        #expect(try await workspace.json("log", "--actor", "b")["events"]?.array?.count == 1)
        #expect(try await workspace.json("--as", "b", "log")["events"]?.array?.count == 5)
    }

    @Test(arguments: [
        ["--actor", "mallory", "undo", "--since", "0", "--yes"], ["--actor=mallory", "undo", "--since", "0", "--yes"],
        ["--json", "--actor", "mallory", "log"], ["add", "k2", "--actor", "mallory"], ["get", "k", "--actor=mallory"],
        ["keys", "adopt", "--actor", "mallory"], ["import", "x", "--actor", "mallory"],
    ])
    func actorIsNeverWhoActs(arguments: [String]) async throws {
        let workspace = try Workspace()
        try await workspace.succeed("add", "k")
        #expect(try await workspace.run(arguments).isFailure(64, saying: "who acts is --as NAME"))
        #expect(try await workspace.json("stats")["position"] == 1)
        #expect(try await workspace.run(["get", "k", "--as", ""]).isFailure(64, saying: "--as has no name"))
    }

    @Test(arguments: [
        ([], []), (["--json"], []), (["list"], ["list"]), (["--json", "list", "-x"], ["list", "--json", "-x"]),
        (["--ledger", "f", "--json", "get", "k"], ["get", "--ledger", "f", "--json", "k"]),
        (["--ledger=f", "dictionary", "list"], ["dictionary", "list", "--ledger=f"]),
        (["--json", "dictionary", "--help"], ["dictionary", "--help"]),
        (["--as", "a", "log", "--actor", "b"], ["log", "--as", "a", "--actor", "b"]), (["--ledger"], ["--ledger"]),
        (["--json", "nonsense"], ["nonsense"]), (["--json", "--help"], ["--help"]),
        (["--json", "help", "add"], ["help", "add"]),
        (["--ledger", "--json", "list"], ["list", "--ledger", "--json"]),
    ])
    func leadingOptionsMoveBehindTheCommand(arguments: [String], moved: [String]) throws {
        #expect(try CommandLineArguments.movingGlobalOptions(arguments) == moved)
    }

    /// A command is parsed by itself, and its errors and help from the root.
    @Test func aCommandIsFoundByTheNameThatTheParserKnows() async throws {
        var commands: [any ParsableCommand.Type] = [Memledger.self]
        var count = 0
        while let command = commands.popLast() {
            #expect(command == Memledger.self || CommandLineArguments.name(of: command) == command._commandName)
            commands += command.configuration.subcommands
            count += 1
        }
        #expect(count > 60)
        let get = try #require(try CommandLineArguments.parse(["--ledger", "f", "get", "help"]) as? Get)
        #expect(get.keys == ["help"] && get.global.ledger == "f")
        let workspace = try Workspace()
        for arguments in [["get", "--help"], ["help", "get"]] {
            let help = try await workspace.run(arguments)
            #expect(help.status == 0 && help.output.contains("memledger get"), "\(help)")
        }
        #expect(try await workspace.run(["get", "k", "--wrong"]).isFailure(64, saying: "memledger get --help"))
    }
}
