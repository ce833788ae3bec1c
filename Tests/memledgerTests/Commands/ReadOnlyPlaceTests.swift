import Foundation
import MemoryLedger
import Testing

/// Goal: a ledger or a backup is read where nothing can be written. Method: a folder without the right to write; if the
/// tests have all rights (root), the command runs without them.
@Suite struct ReadOnlyPlaceTests {
    private static let setpriv = "/usr/bin/setpriv"
    private static let isRoot = geteuid() == 0

    /// Runs the command as a user who has no rights but those of the folder's modes.
    private static func run(_ arguments: [String], in workspace: Workspace) async throws -> Outcome {
        let environment = ["TMPDIR": workspace.path("tmp")]
        guard isRoot else { return try await workspace.run(arguments, environment: environment) }
        let others = ["--reuid", "65534", "--regid", "65534", "--clear-groups", try RunningCommand.memledger()]
        return try await RunningCommand(
            workspace, setpriv, others + arguments, input: "", environment: environment
        ).outcome()
    }

    @Test(.enabled(if: !isRoot || FileManager.default.isExecutableFile(atPath: setpriv)))
    func aBackupAndALedgerAreRead() async throws {
        let workspace = try Workspace()
        for folder in ["tmp", "made"] {
            try FileManager.default.createDirectory(atPath: workspace.path(folder), withIntermediateDirectories: true)
            chmod(workspace.path(folder), 0o777)
        }
        try FileManager.default.createDirectory(atPath: workspace.path("ro"), withIntermediateDirectories: true)
        try await workspace.succeed("init")
        try await workspace.succeed("add", "tea", "--summary", "green")
        try await workspace.succeed("backup", "ro/backup.sqlite")
        for name in ["memory-ledger.sqlite", "memory-ledger.sqlite-head"] {
            try FileManager.default.copyItem(atPath: workspace.path(name), toPath: workspace.path("ro/\(name)"))
        }
        // Others may read, as they may on a disc.
        for name in ["backup.sqlite", "memory-ledger.sqlite", "memory-ledger.sqlite-head"] {
            chmod(workspace.path("ro/\(name)"), 0o444)
        }
        chmod(workspace.path("ro"), 0o555)
        defer { chmod(workspace.path("ro"), 0o700) }
        for file in ["ro/backup.sqlite", "ro/memory-ledger.sqlite"] {
            for arguments in [
                ["get", "tea"], ["list", "--at", "1"], ["log"], ["verify", "--deep"], ["status"], ["stats"],
                ["backup", "made/\(file.dropFirst(3))"],
            ] {
                let outcome = try await Self.run(arguments + ["--ledger", file], in: workspace)
                #expect(outcome.status == 0, "\(arguments) \(file): \(outcome)")
            }
            #expect(try await Self.run(["add", "k", "--ledger", file], in: workspace).status == 1)
        }
    }
}
