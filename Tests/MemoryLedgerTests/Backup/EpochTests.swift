import EmbeddedLedger
import EventLog
import Foundation
import LedgerCapabilities
import MerkleLog
import SQLiteEventLog
import Testing

@testable import MemoryLedger

/// Goal: two inconsistent checkpoints are never signed under one origin, whatever is backed up, restored, copied or
/// killed (SIGKILL) in between.
/// Method: every checkpoint that was ever written anywhere is collected: tables of all ledgers and backups, the former
/// ones too, folders, reports. Of any two of one origin the smaller must be a beginning of the larger, by a consistency
/// proof of a ledger that has the larger one.
@Suite(.serialized) struct EpochTests {
    private static let seed: UInt64 = 577_215

    private static func signed() async throws -> TestLedger {
        let test = try await TestLedger.open()
        try test.ledger.log.inFile.makeSigningKey(in: .beside(test.path))
        try await test.ledger.log.inFile.setCheckpointSettings(CheckpointSettings(folder: test.folder.path))
        return test
    }

    /// Proves every pair of one origin, by any ledger in the folder that bears the larger one out.
    private static func expectConsistency(_ test: TestLedger, _ comment: Comment) async throws {
        var logs: [SQLiteEventLog] = []
        for name in try test.names("ledger.sqlite", "backup")
        where name.hasSuffix(".sqlite") || name.hasSuffix("Z") || name.contains("Z-") && name.last?.isNumber == true {
            let options = LedgerFileOptions(access: .readOnly)
            let log = try SQLiteEventLog(path: test.folder.file(name), options: options, clock: test.clock)
            #expect(try await log.verify().isClean, comment)
            logs.append(log)
        }
        let groups = Dictionary(grouping: Set(try test.everyCheckpoint()), by: \.checkpoint.origin)
        for (origin, checkpoints) in groups {
            let ascending = checkpoints.sorted { $0.checkpoint.size < $1.checkpoint.size }
            for (index, old) in ascending.enumerated() {
                for new in ascending[index...] {
                    let isProved = logs.contains { log in
                        (try? log.proveConsistency(from: old, to: new).verifyConsistency()) != nil
                    }
                    #expect(isProved, "\(comment): \(origin) of \(old.checkpoint.size) and \(new.checkpoint.size)")
                }
            }
        }
        for log in logs { await log.close() }
    }

    private static func grow(_ ledger: MemoryLedger, _ name: String, _ count: Int) async throws {
        for number in 0..<count {
            try await ledger.put(MemoryKey(key: "\(name)-\(number)"), MemoryContent(summary: name))
        }
    }

    @Test func whatGoesOnDifferentlyIsSignedUnderAnotherOrigin() async throws {
        let test = try await Self.signed()
        try await Self.grow(test.ledger, "first", 5)
        let first = try await test.ledger.signCheckpoint()
        try await test.ledger.backUp(to: test.backup)
        try await Self.grow(test.ledger, "lost", 4)
        let lost = try await test.ledger.signCheckpoint()
        await test.ledger.close()
        var origins = [first.checkpoint.origin]
        for round in 0..<2 {
            let report = try await test.restore()
            #expect(report.checkpoint == first.checkpoint)
            let restored = try await test.another()
            try await Self.grow(restored.ledger, "other\(round)", 7)
            let other = try await restored.ledger.signCheckpoint()
            #expect(other.checkpoint.origin == report.origin.text && other.checkpoint.size == 13)
            origins.append(other.checkpoint.origin)
            // The earlier epoch's checkpoint still holds as far as it was restored, and not beyond.
            let log = try restored.ledger.log.inFile
            let verified = try await log.verify(against: [CheckpointToVerify(first.signed, name: "first")])
            #expect(verified.isClean)
            let damages = try await log.verify(against: [CheckpointToVerify(lost.signed, name: "lost")]).damages
            #expect(damages.map(\.kind) == [.lostByRestore])
            await restored.ledger.close()
        }
        #expect(Set(origins).count == 3)
        try await Self.expectConsistency(test, "restored twice")
    }

    /// `cp` begins no epoch, so what follows cannot be signed.
    @Test func aCopyPutBackIsNotSigned() async throws {
        let test = try await Self.signed()
        try await Self.grow(test.ledger, "first", 5)
        try await test.ledger.backUp(to: test.backup)
        try await Self.grow(test.ledger, "lost", 4)
        try await test.ledger.signCheckpoint()
        await test.ledger.close()
        for suffix in ["", "-wal", "-shm", "-head"] { unlink(test.path + suffix) }
        try FileManager.default.copyItem(atPath: test.backup, toPath: test.path)
        let copied = try await test.another()
        await expectLogError(.inconsistentWithSigned) { try await copied.ledger.signCheckpoint() }
        try await Self.grow(copied.ledger, "other", 9)
        await expectLogError(.inconsistentWithSigned) { try await copied.ledger.signCheckpoint() }
        await copied.ledger.close()
        // It is a ledger by now, and can be restored from as one.
        let report = try await test.restore(from: test.path, to: test.folder.file("ledger.sqlite2"))
        #expect(report.origin.epoch == 2 && report.info == nil && report.restoredSize == 14)
    }

    @Test func anExpectedCheckpointMustBeContinued() async throws {
        let test = try await Self.signed()
        try await Self.grow(test.ledger, "first", 5)
        let first = try await test.ledger.signCheckpoint()
        try await test.ledger.backUp(to: test.backup)
        try await Self.grow(test.ledger, "later", 1)
        let later = try await test.ledger.signCheckpoint()
        let other = try await Self.signed()
        try await Self.grow(other.ledger, "first", 3)
        let foreign = try await other.ledger.signCheckpoint()
        await test.ledger.close()
        await other.ledger.close()
        for unexpected in [later, foreign] {
            await expectLogError(.unexpectedBackup) {
                try await test.restore { $0.expectedCheckpoint = unexpected.signed }
            }
        }
        #expect(try await test.restore { $0.expectedCheckpoint = first.signed }.checkpoint == first.checkpoint)
    }

    // MARK: Killed

    private static let restoreSteps = [
        "claimed", "copied", "verified", "begun", "synced", "settled", "formerKept", "journalsGone", "named", "cleared",
    ]
    private static let signSteps = ["locked", "read", "durable", "intentWritten", "intentRenamed", "signed", "stored"]

    @Test(.timeLimit(.minutes(10)), arguments: restoreSteps)
    func aKilledRestoreLeavesOneOrTheOther(step: String) async throws {
        let test = try await Self.signed()
        try await Self.grow(test.ledger, "first", 5)
        try await test.ledger.signCheckpoint()
        let backup = try await test.ledger.backUp(to: test.backup)
        try await Self.grow(test.ledger, "lost", 4)
        try await test.ledger.signCheckpoint()
        let former = try await test.ledger.digest()
        await test.ledger.close()
        let process = try LedgerProcess([
            "restore", test.path, "--from", test.backup, "--report", test.folder.file("report"), "--kill-at", step,
        ])
        #expect(try await process.exitCode() == nil)
        #expect(reportLines(test.folder.file("report")) == [["restoring"]], "it was not killed at \(step)")

        let isRestored = ["named", "cleared"].contains(step)
        let found = try await TestLedger.digest(at: test.path, clock: test.clock)
        #expect(found == former || isRestored)
        #expect(isRestored == (found.position == backup.info.position + 1))
        if isRestored { #expect(found.tables == backup.info.digestsWithPast) }
        let next = try await test.another()
        #expect(try LedgerOrigin.current(in: next.ledger.log.inFile).epoch == (isRestored ? 2 : 1))
        try await Self.grow(next.ledger, "other", 6)
        try await next.ledger.signCheckpoint()
        await next.ledger.close()
        // The next one goes on, and clears away what is left.
        try await test.restore()
        #expect(try test.names(".ledger") == [])
        let last = try await test.another()
        try await Self.grow(last.ledger, "again", 3)
        try await last.ledger.signCheckpoint()
        await last.ledger.close()
        // No file has two names.
        let names = try test.names("ledger.sqlite").filter { !$0.contains("-lock") }.map { test.folder.file($0) }
        #expect(
            Set(names.compactMap { try? FileManager.default.attributesOfItem(atPath: $0)[.systemFileNumber] as? Int })
                .count == names.count)
        try await Self.expectConsistency(test, "killed at \(step)")
    }

    @Test(.timeLimit(.minutes(10)), arguments: signSteps)
    func aKilledSignerIsNotContradictedAfterARestore(step: String) async throws {
        let test = try await Self.signed()
        try await Self.grow(test.ledger, "first", 5)
        try await test.ledger.signCheckpoint()
        try await test.ledger.backUp(to: test.backup)
        try await Self.grow(test.ledger, "lost", 4)
        await test.ledger.close()
        let process = try LedgerProcess([
            "sign", test.path, "--report", test.folder.file("notes"), "--kill-at", step,
        ])
        #expect(try await process.exitCode() == nil)
        try await test.restore()
        let restored = try await test.another()
        try await Self.grow(restored.ledger, "other", 8)
        #expect(try await restored.ledger.signCheckpoint().checkpoint.size == 14)
        await restored.ledger.close()
        try await Self.expectConsistency(test, "signer killed at \(step)")
    }

    /// Backups, restores and signings by processes that are killed wherever they are, and growth in between.
    @Test(.timeLimit(.minutes(10))) func whateverIsKilledWhenever() async throws {
        let test = try await Self.signed()
        try await Self.grow(test.ledger, "first", 60)
        try await test.ledger.signCheckpoint()
        try await test.ledger.backUp(to: test.backup)
        await test.ledger.close()
        var random = SeededGenerator(seed: Self.seed)
        for round in 0..<18 {
            let command: [String] =
                switch round % 3 {
                case 0: ["restore", test.path, "--from", test.backup]
                case 1: ["sign", test.path]
                default: ["backup", test.path, "--output", test.backup, "--times", "1000"]
                }
            let report = test.folder.file(round % 3 == 1 ? "notes\(round)" : "report\(round)")
            let process = try LedgerProcess(command + ["--report", report])
            let deadline = ContinuousClock.now + .seconds(600)
            while round % 3 != 1, reportLines(report).isEmpty, ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(1))
            }
            try await Task.sleep(for: .microseconds(Int.random(in: 0...120_000, using: &random)))
            process.killNow()
            #expect(try SQLiteEventLog.summary(ofBackup: test.backup).info != nil, "round \(round)")
            let next = try await test.another()
            #expect(try await next.ledger.log.inFile.verify().isClean, "round \(round)")
            try await Self.grow(next.ledger, "round\(round)", 3)
            try await next.ledger.signCheckpoint()
            await next.ledger.close()
        }
        try await test.restore()
        #expect(try test.names(".ledger") == [])
        try await Self.expectConsistency(test, "seed \(Self.seed)")
    }
}
