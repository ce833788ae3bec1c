import EmbeddedLedger
import EventLog
import Foundation
import LedgerCapabilities
import LedgerStorage
import MerkleLog
import SQLiteEventLog
import Testing

@testable import MemoryLedger

/// Goal: a backup beside writers of other processes is of one moment of theirs, and one that is killed leaves the file
/// that was there before.
/// Method: two processes write while this one backs up again and again, and compares each backup with the log; others
/// back up and are killed (SIGKILL), at each step and at seeded random times.
@Suite(.serialized) struct BackupProcessTests {
    private static let seed: UInt64 = 161_803

    @Test(.timeLimit(.minutes(10))) func besideWritersItIsOfOneMoment() async throws {
        let test = try await TestLedger.open()
        try await test.ledger.add("hub", MemoryContent(summary: "hub"))
        // One before there is a writer: however fast they are, the backups are of several moments.
        var positions = [try await test.ledger.backUp(to: test.backup).info.position]
        let writers = try (0..<2).map { index in
            try LedgerProcess([
                "write", test.path, "--writer", "w\(index)", "--memories", "120", "--checkpoint-pages", "32",
                "--report", test.folder.file("acks\(index)"),
            ])
        }
        var acknowledged = 0
        while positions.count < 3 || !writers.allSatisfy(\.hasEnded), positions.count < 200 {
            acknowledged = (0..<2).reduce(0) { sum, index in
                sum + reportLines(test.folder.file("acks\(index)")).count { $0[0] == "add" }
            }
            let report = try await test.ledger.backUp(to: test.backup, replacing: true)
            positions.append(report.info.position)
            #expect(try test.ledger.log.inFile.readTree { try $0.root(at: report.info.position) } == report.info.root)
            // What was acknowledged before it began is in it.
            let copy = try TestDatabase(test.backup)
            #expect(try copy.connection.integer("SELECT count(*) FROM memories") ?? 0 > acknowledged)
            #expect(
                try copy.connection.integer("SELECT position FROM projection_positions WHERE projector = 'memories'")
                    == report.info.position)
            copy.close()
        }
        for writer in writers { #expect(try await writer.exitCode() == 0) }
        #expect(positions == positions.sorted() && Set(positions).count > 1)
        let last = try await test.ledger.backUp(to: test.backup, replacing: true)
        await test.ledger.close()
        let restored = test.folder.file("restored.sqlite")
        try await test.restore(to: restored)
        #expect(try await TestLedger.digest(at: restored, clock: test.clock).tables == last.info.digestsWithPast)
        let former = try await test.another()
        var check = try await WriterCheck(former.ledger)
        for index in 0..<2 {
            check.compare(reportLines(test.folder.file("acks\(index)")), writer: "w\(index)", isKilled: false)
        }
        #expect(check.problems == [])
        await former.ledger.close()
    }

    @Test(.timeLimit(.minutes(10)), arguments: ["claimed", "copied", "described", "synced", "verified", "named"])
    func aKilledBackupLeavesTheFormer(step: String) async throws {
        let test = try await RandomLedger.make(seed: Self.seed, events: 120)
        let first = try await test.ledger.backUp(to: test.backup)
        try await test.ledger.put("more", MemoryContent(summary: "more"))
        let process = try LedgerProcess([
            "backup", test.path, "--output", test.backup, "--report", test.folder.file("report"), "--kill-at", step,
        ])
        #expect(try await process.exitCode() == nil)
        let found = try #require(try SQLiteEventLog.summary(ofBackup: test.backup).info)
        #expect((found == first.info) == (step != "named"))
        // The next one clears away what is left.
        try await test.ledger.backUp(to: test.backup, replacing: true)
        #expect(try test.names("backup", ".backup") == ["backup.sqlite"])
        await test.ledger.close()
    }

    @Test(.timeLimit(.minutes(10))) func killedWheneverItIsWhole() async throws {
        let test = try await RandomLedger.make(seed: Self.seed, events: 400)
        await test.ledger.close()
        var random = SeededGenerator(seed: Self.seed)
        let restored = test.folder.file("restored.sqlite")
        for round in 0..<10 {
            let report = test.folder.file("report\(round)")
            let process = try LedgerProcess([
                "backup", test.path, "--output", test.backup, "--times", "100000", "--report", report,
            ])
            let deadline = ContinuousClock.now + .seconds(600)
            while reportLines(report).count <= round % 3, ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(1))
            }
            try await Task.sleep(for: .microseconds(Int.random(in: 0...150_000, using: &random)))
            process.killNow()
            guard FileManager.default.fileExists(atPath: test.backup) else { continue }
            let done = try await test.restore(to: restored) { $0.isDiscarding = true }
            #expect(done.info?.position == done.restoredSize, "seed \(Self.seed), round \(round)")
        }
        let last = try await test.another(access: .readOnly)
        try await last.ledger.backUp(to: test.backup, replacing: true)
        #expect(try test.names("backup", ".backup") == ["backup.sqlite"])
        await last.ledger.close()
    }
}
