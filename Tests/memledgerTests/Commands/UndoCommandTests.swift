import MemoryLedger
import Testing

/// Goal: no person undoes more than they mean. Method: the command as a process, with and without a terminal, on a
/// ledger with events of several actors.
@Suite struct UndoCommandTests {
    /// One event each by alice, by bob and by no actor.
    private func workspace() async throws -> Workspace {
        let workspace = try Workspace()
        try await workspace.succeed("add", "a", "--as", "alice")
        try await workspace.succeed("add", "b", "--as", "bob")
        try await workspace.succeed("add", "c")
        return workspace
    }

    @Test func eventsOfSeveralActorsWantAll() async throws {
        let workspace = try await workspace()
        let dry = try await workspace.json("undo", "--since", "0", "--dry-run")
        #expect(dry["is_broad"] == true)
        #expect(dry["actors"]?.array?.map { $0["actor"] } == ["alice", "bob", .null])
        let refused = try await workspace.run(["undo", "--since", "0", "--yes", "--as", "mallory", "--json"])
        #expect(refused.isFailure(1, saying: "events of 3 actors: alice (1), bob (1), no actor (1)"))
        #expect(refused.error.contains("--all"))
        #expect(try await workspace.json("stats")["position"] == 3)
        let one = try await workspace.json("undo", "--actor", "bob", "--since", "0", "--yes")
        #expect(one["is_broad"] == false && one["positions"] == [4])
        try await workspace.succeed("undo", "--since", "0", "--yes", "--all")
        #expect(try await workspace.json("stats")["memories"] == 0)
    }

    @Test(
        .enabled(if: PythonVerifier.isThere),
        arguments: [("y\nn\n", 3), ("n\n", 3), ("y\ny\n", 6)])
    func aTerminalIsAskedTwice(answers: String, head: Int) async throws {
        let workspace = try await workspace()
        // A pseudo-terminal, because only a person at one is asked.
        let script = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)"
        let words = ["-c", script, try RunningCommand.memledger(), "undo", "--since", "0"]
        let outcome = try await RunningCommand(workspace, "python3", words, input: answers, environment: [:]).outcome()
        #expect(outcome.status == (head == 6 ? 0 : 1), "\(outcome)")
        #expect(outcome.output.contains("It is broad: events of 3 actors"))
        #expect(outcome.output.contains("Undo all of it?") == answers.hasPrefix("y"))
        #expect(try await workspace.json("stats")["position"]?.description == String(head))
    }
}
