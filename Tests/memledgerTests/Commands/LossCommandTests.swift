import EventLog
import Foundation
import MemoryLedger
import Testing

/// Goal: who uses a ledger whose write-ahead log was damaged is told, loses nothing more, and can go on.
/// Method: the files are what a crash leaves, with one bit flipped; the command runs as a process.
@Suite struct LossCommandTests {
    private static let ledger = "memory-ledger.sqlite"
    private static let memories = 6

    private func damaged() async throws -> Workspace {
        let workspace = try Workspace()
        let path = workspace.path(Self.ledger)
        try await workspace.succeed("init")
        try await workspace.succeed("add", "first", "--summary", "s")
        let ledger = try await MemoryLedger.open(at: path)
        for number in 1..<Self.memories {
            try await ledger.add(MemoryKey(key: "k\(number)"), MemoryContent(summary: "s"))
        }
        let files = FileManager.default
        for suffix in ["", "-wal", "-head"] {
            try files.copyItem(atPath: path + suffix, toPath: path + suffix + ".kept")
        }
        await ledger.close()
        try files.removeItem(atPath: path + "-shm")
        for suffix in ["", "-wal", "-head"] {
            try files.removeItem(atPath: path + suffix)
            try files.moveItem(atPath: path + suffix + ".kept", toPath: path + suffix)
        }
        var wal = try Data(contentsOf: URL(filePath: path + "-wal"))
        wal[wal.count / 3] ^= 1
        try wal.write(to: URL(filePath: path + "-wal"))
        return workspace
    }

    @Test func aLossIsToldInEveryCommandAndNothingIsWritten() async throws {
        let workspace = try await damaged()
        for arguments in [["list"], ["get", "first"], ["stats"], ["log"], ["backup", "left.sqlite"]] {
            let outcome = try await workspace.run(arguments)
            #expect(outcome.status == 0 && !outcome.output.isEmpty, "\(arguments): \(outcome.error)")
            #expect(outcome.error.components(separatedBy: "has lost events").count == 2, "\(arguments)")
        }
        // The library was opened without what counts over time, and the counts cannot be completed.
        let counted = try await workspace.run(["timeline"])
        #expect(counted.status == 1 && counted.error.contains("Not every event is counted"), "\(counted)")
        #expect(try await workspace.run(["timeline", "--at", "1"]).status == 0)
        let listed = try await workspace.run(["list", "--json"]).json()
        #expect((1..<Self.memories).contains(listed["memories"]?.array?.count ?? 0))
        for arguments in [["verify"], ["verify", "--deep"]] {
            let verified = try await workspace.run(arguments + ["--json"])
            // Tables that the library was opened without do not reach as far, either.
            let damage = try verified.json()["damages"]?.array?.first { $0["kind"] == "lost_head" }
            #expect(verified.status == 3)
            #expect(damage?["last_position"] == JSONValue(Self.memories))
        }
        for arguments in [["add", "new", "--summary", "n"], ["delete", "first"], ["rebuild"], ["checkpoint"]] {
            let outcome = try await workspace.run(arguments)
            #expect(outcome.isFailure(1, saying: "is not written"), "\(arguments): \(outcome.error)")
        }
    }

    @Test func anAcceptedLossLetsItGoOn() async throws {
        let workspace = try await damaged()
        #expect(try await workspace.run(["restore", "--accept-loss"]).status == 64)
        let accepted = try await workspace.run(["restore", "--accept-loss", "--yes", "--as", "me", "--json"])
        let report = try accepted.json()
        #expect(accepted.status == 0 && report["epoch"] == 2)
        #expect(report["acknowledged"]?["position"] == JSONValue(Self.memories))
        let copy = try #require(report["write_ahead_log_copy"]?.string)
        #expect(FileManager.default.fileExists(atPath: copy))

        try await workspace.succeed("add", "new", "--summary", "n")
        try await workspace.succeed("checkpoint", "--output", "after.checkpoint")
        try await workspace.succeed("verify", "--deep", "--checkpoint", "after.checkpoint")
        let again = try await workspace.run(["restore", "--accept-loss", "--yes"])
        #expect(again.isFailure(1, saying: "has lost nothing"))
        #expect(try await workspace.run(["restore", "b.sqlite", "--accept-loss", "--yes"]).status == 64)
        #expect(try await workspace.run(["restore"]).status == 64)
    }
}
