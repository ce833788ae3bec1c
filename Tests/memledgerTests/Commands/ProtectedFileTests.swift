import EventLog
import Foundation
import LedgerCapabilities
import MemoryLedger
import SQLiteEventLog
import Testing

/// Goal: no command writes over the ledger, what belongs to it, a key, what a key has signed, a master key or a source.
/// Method: every command that is given a path to write to, with every such file, by its name and by another one.
@Suite struct ProtectedFileTests {
    /// `{}` stands for the path. With what a command may well do at some of them.
    private static let commands: [(words: String, except: Set<String>)] = [
        ("prove 1 --checkpoint given --output {} --force", []),
        ("prove --from given --to given --output {} --force", []),
        ("evidence --key a --checkpoint given --output {} --force", []),
        ("checkpoint --output {} --force", []), ("checkpoint --folder {}", []), ("checkout --output {} --force", []),
        ("export {}", []), ("backup {} --replace", []),
        ("migrate kv.db --report {}", []), ("migrate kv.db --backup-dir {}", []),
        // Without --other-ledger a ledger gives way to its own backup, which is asked for by --yes.
        ("restore old --to {} --yes", ["memory-ledger.sqlite"]),
        ("keys new --signing-key {}", []),
        ("protect third --new-master-key {}", []),
    ]

    /// Some of them are not there: what would be made there would be taken for the ledger's, or the key's.
    private static let files = [
        "memory-ledger.sqlite", "memory-ledger.sqlite-wal", "memory-ledger.sqlite-shm", "memory-ledger.sqlite-lock",
        "memory-ledger.sqlite-journal", "memory-ledger.sqlite-rebuild", "keys/team", "keys/team-signed",
        "keys/team-lock", "keys/team.new", "keys/link", "keys/master", "keys/other-master",
    ]

    private func workspace() async throws -> (Workspace, files: [String]) {
        let workspace = try Workspace()
        try FileManager.default.createDirectory(atPath: workspace.path("keys"), withIntermediateDirectories: true)
        try await workspace.succeed("init", "--signing-key", "keys/team")
        try await workspace.succeed("add", "a", "--summary", "A")
        try await workspace.succeed("keys", "rotate")
        try await workspace.succeed("checkpoint", "--output", "given")
        try await workspace.succeed("protect", "secret", "--new-master-key", "keys/master")
        try await workspace.succeed("backup", "old")
        try workspace.makeKeyv("kv.db")
        // Another name of a key that the command is not told of.
        try FileManager.default.createSymbolicLink(
            atPath: workspace.path("keys/link"), withDestinationPath: workspace.path("keys/team"))
        try FileManager.default.copyItem(
            atPath: workspace.path("keys/master"), toPath: workspace.path("keys/other-master"))
        let old = try FileManager.default.contentsOfDirectory(atPath: workspace.path("keys"))
            .filter { $0.hasPrefix("team.old-") }
        try #require(old.count == 1)
        return (workspace, Self.files + old.map { "keys/" + $0 })
    }

    @Test func noCommandWritesOverWhatMustNotBeLost() async throws {
        let (workspace, files) = try await workspace()
        let environment = ["MEMLEDGER_MASTER_KEY_FILE": workspace.path("keys/master")]
        for file in files + ["kv.db", "kv.db-wal"] {
            let path = workspace.path(file)
            for (words, except) in Self.commands where !except.contains(file) {
                if file.hasPrefix("kv.db"), !words.hasPrefix("migrate") { continue }
                let before = FileManager.default.contents(atPath: path)
                let arguments = words.split(separator: " ").map { $0 == "{}" ? path : String($0) }
                let outcome = try await workspace.run(arguments, environment: environment)
                #expect(outcome.status != 0, "\(words) \(file): \(outcome.output)")
                #expect(outcome.error.count(where: \.isNewline) == 1, "\(words) \(file): \(outcome.error)")
                #expect(FileManager.default.contents(atPath: path) == before, "\(words) \(file)")
            }
        }
        for key in ["fresh.sqlite", "fresh.sqlite-wal", "fresh.sqlite-lock"] {
            let outcome = try await workspace.run(["init", "--ledger", "fresh.sqlite", "--signing-key", key])
            #expect(outcome.isFailure(1, saying: "belongs to it"))
            #expect(!workspace.exists("fresh.sqlite") && !workspace.exists(key))
        }
        try await workspace.succeed("verify")
        try await workspace.succeed("checkpoint", "--output", "given")
    }

    /// The library goes through the same guard.
    @Test func noMethodWritesOverWhatTheLedgerRemembers() async throws {
        let (workspace, _) = try await workspace()
        var file = LedgerFileOptions(access: .readWrite)
        file.protectedFiles.add(masterKey: workspace.path("keys/master"))
        let ledger = try await MemoryLedger.open(
            at: workspace.path("memory-ledger.sqlite"), options: MemoryLedgerOptions(file: file))
        for name in ["keys/team", "keys/team-signed", "keys/team.new", "keys/master"] {
            let path = workspace.path(name)
            let before = FileManager.default.contents(atPath: path)
            let checkout = await #expect(throws: EventLogError.self) {
                try await ledger.checkout(at: .position(1), to: path, replacing: true)
            }
            #expect(checkout?.code == .fileExists)
            let backup = await #expect(throws: EventLogError.self) {
                try await ledger.backUp(to: path, replacing: true)
            }
            #expect(backup?.code == .fileExists)
            #expect(FileManager.default.contents(atPath: path) == before)
        }
        await ledger.close()
    }
}
