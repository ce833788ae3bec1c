import Foundation
import MemoryLedger
import Testing

/// Goal: nothing that is typed makes two contradicting checkpoints or destroys a file, and errors name the file.
/// Method: the commands are run as processes; files are lost and rolled back in between.
@Suite struct SigningCommandTests {
    private func made() async throws -> Workspace {
        let workspace = try Workspace()
        try await workspace.succeed("init")
        try await workspace.succeed("checkpoint", "--never")
        try await workspace.succeed("add", "a")
        return workspace
    }

    private func rollBack(_ workspace: Workspace, to copy: String) throws {
        let file = workspace.path("memory-ledger.sqlite")
        for suffix in ["", "-wal", "-shm", "-head"] { try? FileManager.default.removeItem(atPath: file + suffix) }
        try FileManager.default.copyItem(atPath: workspace.path(copy), toPath: file)
    }

    @Test func aKeyWithoutItsStateIsAdopted() async throws {
        let workspace = try await made()
        try await workspace.succeed("stats")
        let file = workspace.path("memory-ledger.sqlite")
        try FileManager.default.copyItem(atPath: file, toPath: workspace.path("old"))
        try await workspace.succeed("add", "b")
        let signed = try await workspace.json("checkpoint", "--output", "A.cp")
        try FileManager.default.removeItem(atPath: file + "-key-signed")
        try rollBack(workspace, to: "old")
        let added = try await workspace.run(["add", "c"])
        #expect(added.status == 0)
        for command in [["checkpoint"], ["checkpoint", "--every-events", "1"], ["keys", "rotate"]] {
            #expect(try await workspace.run(command).isFailure(1, saying: "keys adopt"), "\(command)")
        }
        let adopted = try await workspace.json("keys", "adopt", "--as", "admin")
        let again = try await workspace.json("checkpoint", "--output", "B.cp")
        #expect(again["origin"] == adopted["origin"] && again["origin"] != signed["origin"] && again["size"] == 3)
        let new = try await workspace.json("keys", "new", "--signing-key", "k2")
        let other = try await workspace.json("checkpoint", "--signing-key", "k2")
        #expect(other["origin"] == new["origin"] && other["origin"] != again["origin"])
        #expect(try await workspace.run(["checkpoint"]).isFailure(1, saying: "another key may have signed"))
    }

    /// A new epoch is not begun by a slip.
    @Test func aKeyThatSignsIsAdoptedOnlyIfItIsMeant() async throws {
        let workspace = try await made()
        let refused = try await workspace.run(["keys", "adopt"])
        #expect(refused.isFailure(1, saying: "goes on from what it signed"), "\(refused)")
        try await workspace.succeed("checkpoint")
        #expect(try await workspace.run(["keys", "adopt", "--json"]).isFailure(1, saying: "--yes"))
        #expect(try await workspace.json("stats")["epoch"] == 1)
        try await workspace.succeed("keys", "adopt", "--yes")
        #expect(try await workspace.json("stats")["epoch"] == 2)
    }

    /// What `--key` takes, of every key of the ledger.
    @Test func theVerifierKeysAreWrittenForThoseWhoCheck() async throws {
        let workspace = try await made()
        try await workspace.succeed("checkpoint", "--output", "a.cp")
        try await workspace.succeed("keys", "rotate")
        try await workspace.succeed("add", "b")
        try await workspace.succeed("checkpoint", "--output", "b.cp")
        try await workspace.succeed("prove", "b", "--output", "b.proof")
        let shown = try await workspace.json("keys", "show", "--output", "team.vkey")
        let keys = shown["keys"]?.array?.compactMap { $0["verifier_key"]?.string } ?? []
        #expect(try keys.count == 2 && workspace.read("team.vkey") == keys.map { $0 + "\n" }.joined())
        for checkpoint in ["a.cp", "b.cp"] {
            try await workspace.succeed("verify", "--checkpoint", checkpoint, "--key", "team.vkey")
        }
        try await workspace.succeed("check", "b.proof", "--key", "team.vkey")
        #expect(try await workspace.run(["keys", "show", "--output", "team.vkey"]).isFailure(1, saying: "team.vkey"))
        try await workspace.succeed("keys", "show", "--output", "team.vkey", "--force")
        let key = try await workspace.run(["keys", "show", "--output", "memory-ledger.sqlite-key", "--force"])
        #expect(key.status == 1, "\(key)")
    }

    @Test func aCheckpointReplacesOnlyWhatItContinues() async throws {
        let workspace = try await made()
        try await workspace.succeed("checkpoint", "--output", "a.cp")
        try await workspace.succeed("add", "b")
        #expect(try await workspace.json("checkpoint", "--output", "a.cp")["size"] == 2)
        #expect(try workspace.read("a.cp").contains("\n2\n"))
        try workspace.write("notes.txt", "precious\n")
        let master = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
        try workspace.write("mk", master)
        #expect(try await workspace.run(["checkpoint", "--output", "notes.txt"]).isFailure(1, saying: "--force"))
        for name in ["mk", "memory-ledger.sqlite-key", "memory-ledger.sqlite-key-signed", "memory-ledger.sqlite", "."] {
            for force in [[], ["--force"]] {
                let outcome = try await workspace.run(["checkpoint", "--output", name] + force)
                #expect(outcome.isFailure(1, saying: name), "\(name)")
            }
        }
        #expect(try workspace.read("mk") == master)
        let other = try await made()
        try await other.succeed("checkpoint", "--output", "a.cp")
        try workspace.write("other.cp", try other.read("a.cp"))
        #expect(try await workspace.run(["checkpoint", "--output", "other.cp"]).isFailure(1, saying: "continue"))
        #expect(try workspace.read("other.cp") == other.read("a.cp"))
        try await workspace.succeed("checkpoint", "--output", "notes.txt", "--force")
        #expect(try workspace.read("notes.txt").contains("\n2\n"))
    }

    @Test func aFolderIsTriedBeforeItIsRemembered() async throws {
        let workspace = try await made()
        try workspace.write("file", "x")
        #expect(try await workspace.run(["checkpoint", "--folder", "file"]).isFailure(1, saying: "file"))
        #expect(try await workspace.run(["checkpoint", "--folder", "file/below"]).isFailure(1, saying: "file/below"))
        try await workspace.succeed("checkpoint", "--folder", "out")
        #expect(try FileManager.default.contentsOfDirectory(atPath: workspace.path("out")).isEmpty)
    }

    @Test func errorsNameTheFile() async throws {
        let workspace = try await made()
        try await workspace.succeed("checkpoint", "--output", "a.cp")
        try FileManager.default.createDirectory(atPath: workspace.path("sub"), withIntermediateDirectories: false)
        try workspace.write("bad.vkey", "a+b+c\n")
        for (arguments, words) in [
            (["check", "sub"], "sub: "), (["check", "a.cp", "--key", "sub"], "sub: "),
            (["check", "a.cp", "--key", "nofile"], "nofile is no verifier key, and there is no such file"),
            (["check", "a.cp", "--key", "bad.vkey"], "bad.vkey: "),
            (["verify", "--checkpoint", "sub"], "sub: "),
            (["checkpoint", "--signing-key", "sub"], "sub is no regular file"),
            (["checkpoint", "--output", "sub"], "sub is no regular file"),
            (["checkpoint", "--signing-key", "a.cp"], "a.cp"),
        ] {
            let outcome = try await workspace.run(arguments)
            #expect(outcome.isFailure(1, saying: words), "\(arguments): \(outcome.error)")
        }
    }
}
