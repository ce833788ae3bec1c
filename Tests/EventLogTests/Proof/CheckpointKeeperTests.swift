import EventLog
import Foundation
import LedgerCapabilities
import MerkleLog
import Testing

@testable import SQLiteEventLog

/// Goal: checkpoints are signed by themselves when they are due, and a failure keeps no process from writing.
/// Method: the rule as a table; the keeper on a ledger whose clock the test sets.
@Suite struct CheckpointKeeperTests {
    @Test func dueByEventsOrByTime() async throws {
        let signing = try SigningFile()
        _ = try await signing.make(events: 0)
        let log = try signing.open()
        let folder = signing.file.folder.path("out")
        let keeper = CheckpointKeeper(
            log, CheckpointOptions(rule: .every(events: 10, milliseconds: 1_000), folder: folder))
        #expect(try await keeper.signDue() == nil, "nothing to sign")
        try await signing.grow(log, by: 1)
        #expect(try await keeper.signDue()?.checkpoint.size == 1, "the first")
        try await signing.grow(log, by: 9)
        #expect(try await keeper.signDue() == nil)
        try await signing.grow(log, by: 1)
        #expect(try await keeper.signDue()?.checkpoint.size == 11, "ten events")
        signing.file.clock.advance(by: 5_000)
        #expect(try await keeper.signDue() == nil, "nothing new")
        try await signing.grow(log, by: 1)
        #expect(try await keeper.signDue()?.checkpoint.size == 12, "a second")
        signing.file.clock.advance(by: 999)
        try await signing.grow(log, by: 1)
        #expect(try await keeper.signDue() == nil)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        #expect(
            names == [
                "00000000000000000001.checkpoint", "00000000000000000011.checkpoint",
                "00000000000000000012.checkpoint", "latest.checkpoint",
            ])
        let latest = try SignedCheckpoint(Data(contentsOf: URL(fileURLWithPath: folder + "/latest.checkpoint")))
        #expect(try latest == log.checkpoints().first?.signed)
        await log.close()
    }

    @Test func withoutAKeyNothingIsSigned() async throws {
        let signing = try SigningFile()
        let log = try signing.open()
        try await signing.grow(log, by: 5)
        let keeper = CheckpointKeeper(log, CheckpointOptions(rule: .every(events: 1, milliseconds: 1)))
        #expect(try await keeper.signDue() == nil)
        await expectError(.noSigningKey) { _ = try await keeper.sign() }
        await log.close()
    }

    @Test func theLedgerRemembersHowItIsSigned() async throws {
        let signing = try SigningFile()
        _ = try await signing.make(events: 3)
        let log = try signing.open()
        #expect(try log.checkpointSettings() == CheckpointSettings())
        let settings = CheckpointSettings(
            rule: .every(events: 2, milliseconds: .max), folder: signing.file.folder.path("ä"), signingKey: "/k")
        try await log.setCheckpointSettings(settings)
        #expect(try log.checkpointSettings() == settings)
        var off = settings
        off.rule = .off
        off.signingKey = nil
        try await log.setCheckpointSettings(off)
        #expect(try log.checkpointSettings() == off)
        #expect(try await CheckpointKeeper(log, CheckpointOptions()).signDue() == nil)
        #expect(try await CheckpointKeeper(log, CheckpointOptions()).sign().checkpoint.size == 3)
        #expect(FileManager.default.fileExists(atPath: signing.file.folder.path("ä/latest.checkpoint")))
        await log.close()
    }

    @Test func inTheBackgroundAndWhenItCloses() async throws {
        let signing = try SigningFile()
        _ = try await signing.make(events: 0)
        let log = try signing.open()
        let keeper = CheckpointKeeper(log, CheckpointOptions(rule: .every(events: 10, milliseconds: 3_600_000)))
        keeper.start()
        try await signing.grow(log, by: 10)
        #expect(try await eventually { try log.checkpoints().first?.checkpoint.size == 10 })
        try await signing.grow(log, by: 10)
        #expect(try await eventually { try log.checkpoints().first?.checkpoint.size == 20 })
        signing.file.clock.advance(by: 3_600_000)
        try await signing.grow(log, by: 1)
        await keeper.close()
        #expect(try log.checkpoints().first?.checkpoint.size == 21)
        await log.close()
    }

    @Test func aFailureKeepsNobodyFromWriting() async throws {
        let signing = try SigningFile()
        _ = try await signing.make(events: 0)
        chmod(signing.keyFile.path, 0o644)
        let log = try signing.open()
        let keeper = CheckpointKeeper(log, CheckpointOptions(rule: .every(events: 1, milliseconds: 1)))
        keeper.start()
        for _ in 0..<5 { try await signing.grow(log, by: 3) }
        await expectError(.unsafeKeyFile) { try await keeper.signDue() }
        await keeper.close()
        #expect(try await log.head() == 15)
        #expect(try log.checkpoints().isEmpty)
        await log.close()
    }

    /// Of one size in two epochs each has a file.
    @Test func anEpochsFilesHaveItsName() throws {
        let folder = CheckpointFolder(path: "/x")
        let first = Checkpoint(origin: "memory-ledger/aa", size: 7, root: .leaf([1]))
        let later = Checkpoint(origin: "memory-ledger/aa/0011223344556677", size: .max, root: .leaf([1]))
        #expect(folder.file(of: first) == "/x/00000000000000000007.checkpoint")
        #expect(folder.file(of: later) == "/x/09223372036854775807-0011223344556677.checkpoint")
    }
}
