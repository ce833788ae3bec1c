import FaultLaboratory
import Foundation
import MemoryLedger
import Testing

/// Goal: a command that says it failed has changed nothing, after a restart neither; where the disk keeps even that
/// from being certain, the command says that.
/// Method: the sync at COMMIT fails, once or from then on. Then the shared memory is removed, so that what opens the
/// ledger next recovers it from the file, as after a power cut.
@Suite(.enabled(if: FaultInterposer.isSupported, "LD_PRELOAD is Linux's")) struct FailedCommitCommandTests {
    /// The first sync is that of a new log's header.
    private static let commitSync = 2

    private func made() async throws -> Workspace {
        let workspace = try Workspace()
        try await workspace.succeed("init")
        try await workspace.succeed("add", "tea", "--summary", "green")
        return workspace
    }

    private func events(_ workspace: Workspace) async throws -> [String] {
        let path = workspace.path("memory-ledger.sqlite-shm")
        if FileManager.default.fileExists(atPath: path) { try FileManager.default.removeItem(atPath: path) }
        #expect(try await workspace.run(["verify", "--deep"]).status == 0)
        let log = try await workspace.json("log")
        return log["events"]?.array?.compactMap { $0["event_id"]?.string } ?? []
    }

    private func inject(_ workspace: Workspace, _ kind: FaultKind, sticky: Bool) throws -> FaultInjection {
        try FaultInjection(
            FaultPlan(
                folder: workspace.folder.path, at: Self.commitSync, kind: kind, sticky: sticky,
                operations: [.fdatasync, .fsync], suffix: "-wal"))
    }

    @Test(arguments: [["add", "new", "--summary", "n"], ["rename", "tea", "coffee"], ["delete", "tea"]])
    func whatIsSaidToHaveFailedIsNotThere(arguments: [String]) async throws {
        let workspace = try await made()
        let before = try await events(workspace)
        #expect(before.count == 1)
        for kind in [FaultKind.eio, .enospc] {
            let faults = try inject(workspace, kind, sticky: false)
            let outcome = try await workspace.run(arguments, environment: faults.environment)
            #expect(try faults.hits == 1)
            #expect(outcome.isFailure(1, saying: "try again"), "\(outcome.error)")
            #expect(try await events(workspace) == before)
        }
        #expect(try await workspace.run(arguments).status == 0)
        #expect(try await events(workspace).count > 1)
    }

    @Test func whatNobodyCanSayIsSaidToBeUnknown() async throws {
        let workspace = try await made()
        let before = try await events(workspace)
        let faults = try inject(workspace, .eio, sticky: true)
        let outcome = try await workspace.run(["add", "new", "--summary", "n"], environment: faults.environment)
        #expect(try faults.hits > 1)
        #expect(outcome.isFailure(1, saying: "is not known"))
        #expect(!outcome.error.contains("try again"))
        // The one id that is named is that of what was added, if that is there.
        let added = try await events(workspace).filter { !before.contains($0) }
        #expect(added.count <= 1 && added.allSatisfy { outcome.error.contains($0) })
        try await workspace.succeed("add", "later", "--summary", "l")
    }
}
