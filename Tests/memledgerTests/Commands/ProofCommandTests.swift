import Foundation
import MemoryLedger
import Testing

/// Goal: what the documents tell an auditor to type works, and each outcome has its exit status.
/// Method: the commands are run as processes; proofs are checked in a folder that has nothing else.
@Suite struct ProofCommandTests {
    private func made() async throws -> (Workspace, key: String) {
        let workspace = try Workspace()
        let made = try await workspace.json("init")
        return (workspace, try #require(made["verifier_key"]?.string))
    }

    private func mode(_ workspace: Workspace, _ name: String) throws -> Int? {
        let attributes = try FileManager.default.attributesOfItem(atPath: workspace.path(name))
        return (attributes[.posixPermissions] as? NSNumber)?.intValue
    }

    @Test func aKeyIsMadeWithTheLedger() async throws {
        let (workspace, key) = try await made()
        #expect(try mode(workspace, "memory-ledger.sqlite-key") == 0o600)
        #expect(try mode(workspace, "memory-ledger.sqlite-key-signed") == 0o600)
        #expect(try await workspace.json("init")["verifier_key"]?.string == key)
        #expect(try await workspace.json("keys", "show")["keys"]?.array?.first?["verifier_key"]?.string == key)
        #expect(try await workspace.run(["keys", "new"]).isFailure(1, saying: "already"))
        let stranger = try await workspace.run(["init", "--ledger", "b", "--signing-key", "memory-ledger.sqlite-key"])
        #expect(stranger.status == 0)
        #expect(try await workspace.run(["checkpoint", "--ledger", "b"]).isFailure(1, saying: "not of memory-ledger/"))
        #expect(try await workspace.json("init", "--ledger", "c", "--signing-key", "sub")["signing_key"] != .null)
        #expect(workspace.exists("sub") && !workspace.exists("c-key"))
        #expect(try await workspace.succeed("checkpoint", "--ledger", "c").output.contains("\n0\n"))
    }

    @Test func aLedgerThatWasMadeByWritingGetsAKeyLater() async throws {
        let workspace = try Workspace()
        try await workspace.succeed("add", "tea")
        #expect(!workspace.exists("memory-ledger.sqlite-key"))
        for command in [["checkpoint"], ["keys", "rotate"]] {
            #expect(try await workspace.run(command).isFailure(1, saying: "memledger keys new"))
        }
        #expect(try await workspace.run(["prove", "tea"]).isFailure(1, saying: "memledger checkpoint"))
        #expect(try await workspace.json("keys", "show")["keys"] == [])
        try await workspace.succeed("keys", "new")
        #expect(try await workspace.json("checkpoint")["size"] == 2)
    }

    @Test func aProofIsCheckedFarFromTheLedger() async throws {
        let (workspace, key) = try await made()
        try await workspace.succeed("add", "tea", "--summary", "green", "--as", "me")
        try await workspace.succeed("checkpoint", "--output", "a.cp")
        try await workspace.succeed("update", "tea", "--summary", "black")
        try await workspace.succeed("add", "7")
        try await workspace.succeed("checkpoint", "--output", "b.cp")
        try await workspace.succeed("prove", "tea", "--output", "tea.proof")
        try await workspace.succeed("prove", "tea", "--all", "--output", "all.proof")
        try await workspace.succeed("prove", "--from", "a.cp", "--to", "b.cp", "--output", "ab.proof")
        #expect(try await workspace.json("prove", "7", "--namespace", "mem")["proofs"]?.array?.first?["position"] == 3)
        #expect(try await workspace.run(["prove", "7"]).isFailure(1, saying: "no event at position 7"))
        #expect(try await workspace.json("prove", "1", "--checkpoint", "a.cp")["proofs"]?.array?.first?["size"] == 1)
        #expect(try await workspace.run(["prove", "2", "--checkpoint", "a.cp"]).isFailure(1, saying: "later one"))
        #expect(try await workspace.run(["prove", "tea", "--output", "a.cp"]).isFailure(1, saying: "overwritten"))
        #expect(try await workspace.run(["prove", "--from", "b.cp", "--to", "a.cp"]).isFailure(1, saying: "earlier"))

        let far = try Workspace()
        for name in ["tea.proof", "all.proof", "ab.proof", "a.cp", "b.cp"] {
            try far.write(name, try workspace.read(name))
        }
        let checked = try await far.json("check", "tea.proof", "all.proof", "ab.proof", "b.cp", "--key", key)
        let verdicts = checked["proofs"]?.array?.map { $0["verdict"]?.string }
        #expect(checked["verdict"] == "verified" && verdicts == .init(repeating: "verified", count: 5))
        #expect(checked["proofs"]?.array?.first?["event"]?["data"] == ["summary": "black"])
        #expect(checked["proofs"]?.array?.dropFirst().first?["event"]?["actor"] == "me")
        try far.write("keys.txt", key + "\n")
        #expect(
            try await far.succeed("check", "-", "--key", "keys.txt", input: far.read("a.cp")).output.contains(
                "verified"))

        let unsigned = try await far.run(["check", "tea.proof"])
        #expect(unsigned.status == 3 && unsigned.output.contains("Only the mathematics"))
        let other = try await workspace.json("init", "--ledger", "other")["verifier_key"]?.string ?? ""
        #expect(try await far.run(["check", "tea.proof", "--key", other]).status == 3)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: far.folder.path).allSatisfy { !$0.contains("sqlite") })
    }

    /// Each change is wrong, said in words, and no event is shown for true.
    @Test(arguments: [
        ("index 1", "index 0"), ("\n2\n", "\n3\n"), ("extra TUxF", "extra TUxG"), ("— memory", "- memory"),
        ("memory-ledger/", "memory-ledger/a"),
    ])
    func aChangedProofIsWrong(from: String, to: String) async throws {
        let (workspace, key) = try await made()
        try await workspace.succeed("add", "tea")
        try await workspace.succeed("update", "tea", "--summary", "black")
        try await workspace.succeed("checkpoint")
        try await workspace.succeed("prove", "tea", "--output", "tea.proof")
        let text = try workspace.read("tea.proof")
        try workspace.write("bad.proof", text.replacing(from, with: to, maxReplacements: 1))
        let checked = try await workspace.run(["check", "bad.proof", "--key", key, "--json"])
        #expect(checked.status == 1)
        let proof = try checked.json()["proofs"]?.array?.first
        #expect(proof?["verdict"] == "wrong" && proof?["problem"]?.string?.isEmpty == false, "\(checked.output)")
        #expect(try await workspace.run(["check", "bad.proof", "--key", key]).output.contains("WRONG"))
    }

    @Test func rotationIsFollowed() async throws {
        let (workspace, key) = try await made()
        try await workspace.succeed("add", "tea")
        let rotated = try await workspace.json("keys", "rotate", "--as", "admin")
        #expect(rotated["position"] == 2 && rotated["old_verifier_key"]?.string == key)
        let new = try #require(rotated["new_verifier_key"]?.string)
        #expect(try await workspace.json("checkpoint")["signers"]?.array?.count == 2)
        try await workspace.succeed("add", "b")
        #expect(try await workspace.json("checkpoint")["signers"]?.array?.count == 1)
        try await workspace.succeed("prove", "3", "--output", "b.proof")
        try await workspace.succeed("prove", "2", "--output", "rotation.proof")
        #expect(try await workspace.run(["check", "b.proof", "--key", key]).status == 3)
        try await workspace.succeed("check", "b.proof", "--key", new)
        try await workspace.succeed("check", "rotation.proof", "b.proof", "--key", key)
        let event = try await workspace.json("log", "--type", "SigningKeyRotated")["events"]?.array?.first
        #expect(event?["data"]?["new_verifier_key"]?.string == new && event?["actor"] == "admin")
        #expect(try await workspace.json("stats")["unknown_types"] == [])
        #expect(try await workspace.succeed("log").output.contains(new))
        let keys = try await workspace.json("keys", "show")["keys"]?.array ?? []
        #expect(keys.map { $0["retired"] } == [true, false] && keys.map { $0["since"] } == [0, 2])
        #expect(try await workspace.succeed("keys", "show").output.contains("retired"))
    }

    @Test func checkpointsAreSignedByThemselves() async throws {
        let (workspace, _) = try await made()
        let set = try await workspace.json(
            "checkpoint", "--every-events", "2", "--every-seconds", "600", "--folder", "out")
        #expect(set["every_events"] == 2 && set["every_seconds"] == 600 && set["automatic"] == true)
        for key in ["a", "b", "c", "d"] { try await workspace.succeed("add", key) }
        let sizes = try await workspace.json("checkpoint", "list")["checkpoints"]?.array?.map { $0["size"] }
        #expect(sizes == [3, 1])
        #expect(workspace.exists("out/00000000000000000003.checkpoint"))
        #expect(try workspace.read("out/latest.checkpoint").contains("\n3\n"))
        #expect(try await workspace.succeed("checkpoint", "list").output.contains("EVENTS"))
        // What was asked for is done; that no checkpoint could be signed is told.
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o644], ofItemAtPath: workspace.path("memory-ledger.sqlite-key"))
        let added = try await workspace.run(["add", "e"])
        #expect(added.status == 0 && added.error.contains("No checkpoint was signed") && added.output.contains("Added"))
        #expect(try await workspace.run(["checkpoint"]).isFailure(1, saying: "chmod 600"))
        #expect(try await workspace.run(["keys", "show"]).isFailure(1, saying: "chmod 600"))
        try await workspace.succeed("checkpoint", "--never", "--no-folder")
        try await workspace.succeed("add", "f")
    }

    @Test func aRolledBackLedgerIsNotSigned() async throws {
        let (workspace, _) = try await made()
        try await workspace.succeed("checkpoint", "--never")
        try await workspace.succeed("add", "a")
        try await workspace.succeed("stats")
        let file = workspace.path("memory-ledger.sqlite")
        try FileManager.default.copyItem(atPath: file, toPath: file + "-copy")
        try await workspace.succeed("add", "b")
        try await workspace.succeed("checkpoint")
        for suffix in ["", "-wal", "-shm", "-head"] { try? FileManager.default.removeItem(atPath: file + suffix) }
        try FileManager.default.copyItem(atPath: file + "-copy", toPath: file)
        try await workspace.succeed("add", "c")
        try await workspace.succeed("add", "d")
        #expect(try await workspace.run(["checkpoint"]).isFailure(1, saying: "memledger restore"))
    }

    @Test func anEnvironmentVariableNamesTheKey() async throws {
        let workspace = try Workspace()
        let variables = ["MEMLEDGER_SIGNING_KEY": workspace.path("elsewhere")]
        #expect(try await workspace.run(["init"], environment: variables).status == 0)
        #expect(workspace.exists("elsewhere") && !workspace.exists("memory-ledger.sqlite-key"))
        #expect(try await workspace.run(["checkpoint"]).isFailure(1, saying: "keys new"))
        #expect(try await workspace.run(["checkpoint"], environment: variables).status == 0)
        try await workspace.succeed("checkpoint", "--signing-key", "elsewhere")
    }

    @Test func aPrivateKeyIsNoVerifierKey() async throws {
        let (workspace, _) = try await made()
        try await workspace.succeed("checkpoint", "--output", "a.cp")
        let given = try await workspace.run(["check", "a.cp", "--key", "memory-ledger.sqlite-key"])
        #expect(given.isFailure(1, saying: "never give away"))
        #expect(try await workspace.run(["check", "a.cp", "--key", "non+sense"]).isFailure(1, saying: "not a key"))
        #expect(try await workspace.run(["check", "no.cp"]).isFailure(1, saying: "no.cp"))
    }
}
