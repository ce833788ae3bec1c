import Foundation
import MemoryLedger
import Testing

/// Goal: a refused command leaves behind what it found and nothing else, and takes nothing away that another process
/// has acknowledged. Method: commands that must fail, each in a folder without a ledger and in one with a ledger; then
/// processes that race for a ledger that is not there yet.
@Suite struct RefusedCommandTests {
    struct Refusal: Sendable, CustomTestStringConvertible {
        var arguments: [String]
        var status: Int32 = 1
        /// Refused only where there is no ledger.
        var isForNewLedgers = false

        init(_ arguments: String..., status: Int32 = 1, isForNewLedgers: Bool = false) {
            self.arguments = arguments
            self.status = status
            self.isForNewLedgers = isForNewLedgers
        }

        var testDescription: String { arguments.joined(separator: " ").prefix(60).description }
    }

    static let refusals: [Refusal] = [
        Refusal("migrate", "missing.db"), Refusal("migrate", "../given/text"), Refusal("migrate", "../given"),
        Refusal("migrate", "../given/notes.db"), Refusal("migrate", "../given/text", "--dry-run"),
        Refusal("migrate", "../given/kv.db", "--backup-dir", "/dev/null/backups", isForNewLedgers: true),
        Refusal("migrate", "../given/kv.db", "--continues"),
        Refusal("migrate", "../given/kv.db", "--continues", "--dry-run"),
        Refusal("import", "missing.jsonl"), Refusal("import", "../given/text"), Refusal("import", "../given"),
        Refusal("import", "../given/other.jsonl"),
        Refusal("add", "a\tb", "--summary", "S"), Refusal("add", "", "--summary", "S"),
        Refusal("add", String(repeating: "k", count: 1_025), "--summary", "S"),
        Refusal("add", "k", "--summary", "S", "--namespace", "a\tb"),
        Refusal("add", "k", "--summary", "S", "--derived-from", "a\tb"),
        Refusal("update", "k", "--summary", "S"), Refusal("delete", "k"), Refusal("rename", "k", "l"),
        Refusal("link", "k", "design:0.5:a:l"), Refusal("unlink", "k", "--to", "l"),
        Refusal("init", "--signing-key", "../given/text", isForNewLedgers: true),
        Refusal("init", "--signing-key", "missing/key", isForNewLedgers: true),
        Refusal("restore", "missing.sqlite", "--yes"), Refusal("restore", "../given/text", "--yes"),
        Refusal("backup", "missing/backup.sqlite"), Refusal("checkout", "--output", "missing/then.sqlite"),
        Refusal("checkout", "--at", "2001-01-01", "--output", "then.sqlite"),
        Refusal("export", "missing/events.jsonl"),
        Refusal("protect", "a\tb", "--new-master-key", "master"), Refusal("protect", "people"),
        Refusal("protect", "people", "--new-master-key", "missing/master"),
        Refusal("protect", "people", "--new-master-key", "../given/text"),
        Refusal("protect", "people", "--master-key-file", "../given/text"),
        Refusal("keys", "new", "--signing-key", "missing/key"), Refusal("keys", "adopt"), Refusal("keys", "rotate"),
        Refusal("checkpoint"), Refusal("prove", "7", "--output", "proof.txt"),
    ]

    /// Every file with its bytes, but for what only says who has the ledger open.
    private func contents(_ workspace: Workspace) throws -> [String: Data] {
        var contents: [String: Data] = [:]
        let root = workspace.path("here")
        for name in try FileManager.default.subpathsOfDirectory(atPath: root) {
            let isOfProcesses = name.hasSuffix("-shm") || name.hasSuffix("-lock")
            contents[name] = isOfProcesses ? Data() : FileManager.default.contents(atPath: root + "/" + name) ?? Data()
        }
        return contents
    }

    private func makeWorkspace() throws -> Workspace {
        let workspace = try Workspace()
        for folder in ["here", "given"] {
            try FileManager.default.createDirectory(
                atPath: workspace.path(folder), withIntermediateDirectories: true)
        }
        try workspace.write("given/text", "hello\n")
        try workspace.write("given/other.jsonl", #"{"id":"x"}"# + "\n")
        try workspace.database("given/notes.db", "CREATE TABLE notes (a, b)")
        try workspace.database("given/kv.db", Workspace.keyvTable)
        return workspace
    }

    @Test(arguments: refusals) func nothingIsLeftWithoutALedger(_ refusal: Refusal) async throws {
        let workspace = try makeWorkspace()
        let outcome = try await workspace.run(refusal.arguments, in: "here")
        #expect(outcome.status != 0 && outcome.status < 128, "\(outcome.error)")
        #expect(try contents(workspace).keys.sorted() == [])
    }

    @Test(arguments: refusals.filter { !$0.isForNewLedgers })
    func aLedgerStaysAsItIs(_ refusal: Refusal) async throws {
        let workspace = try makeWorkspace()
        #expect(try await workspace.run(["add", "a", "--summary", "A"], in: "here").status == 0)
        let before = try contents(workspace)
        let outcome = try await workspace.run(refusal.arguments, in: "here")
        #expect(outcome.status != 0 && outcome.status < 128, "\(outcome.error)")
        let after = try contents(workspace)
        #expect(after.keys.sorted() == before.keys.sorted())
        #expect(after == before)
    }

    /// A key that is left of another ledger cannot be the new one's.
    @Test func aForeignKeyMakesNoLedger() async throws {
        let workspace = try Workspace()
        try await workspace.succeed("init", "--ledger", "one.sqlite")
        try FileManager.default.moveItem(atPath: workspace.path("one.sqlite-key"), toPath: workspace.path("two-key"))
        let outcome = try await workspace.run(["init", "--ledger", "two"])
        #expect(outcome.isFailure(1, saying: "is the key of another ledger"))
        #expect(!workspace.exists("two"))
    }

    // MARK: Races

    /// A refused migration against the first memory: what was acknowledged is there.
    @Test func aRefusedMigrationTakesNothingAway() async throws {
        for _ in 0..<3 {
            let workspace = try makeWorkspace()
            let refused = try (0..<2).map { _ in try workspace.start(["migrate", "../given/text"], in: "here") }
            let adding = try (0..<3).map { try workspace.start(["add", "k\($0)", "--summary", "S"], in: "here") }
            for (number, add) in adding.enumerated() {
                let outcome = try await add.outcome()
                #expect(outcome.status == 0, "\(outcome.error)")
                #expect(try await workspace.run(["get", "k\(number)"], in: "here").status == 0)
            }
            for migration in refused { #expect(try await migration.outcome().status == 1) }
        }
    }

    /// Two first migrations at once: the rows of both are there.
    @Test func twoFirstMigrationsKeepEachOthersRows() async throws {
        for _ in 0..<2 {
            let workspace = try makeWorkspace()
            try workspace.database("given/b.db", Workspace.keyvTable.replacing("mem:", with: "other:"))
            let migrations = try ["kv.db", "b.db"].map {
                try workspace.start(["migrate", "../given/\($0)", "--no-backup"], in: "here")
            }
            for migration in migrations {
                let outcome = try await migration.outcome()
                #expect(outcome.status == 0, "\(outcome.error)")
            }
            for namespace in ["mem", "other"] {
                #expect(try await workspace.run(["get", "a", "--namespace", namespace], in: "here").status == 0)
            }
        }
    }
}
