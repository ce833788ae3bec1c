import EmbeddedLedger
import EventLog
import Foundation
import LedgerCapabilities
import LedgerStorage
import SQLiteEventLog
import Testing

@testable import MemoryLedger

/// Goal: several processes share one ledger, and a process that is killed at any moment leaves every acknowledged
/// command whole and no command by half. Method: processes of their own write, with frequent checkpoints, and some of
/// them are killed (SIGKILL) after a seeded random time.
@Suite(.serialized) struct LedgerProcessTests {
    static let seed: UInt64 = 271_828
    static let rounds = 16

    private func expectIntegrity(_ test: TestLedger) async throws {
        try await test.expectRebuildChangesNothing()
        let ok = try test.ledger.log.inFile.file.read {
            try $0.integer("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'")
        }
        #expect(ok == 1)
    }

    @Test(.timeLimit(.minutes(10)))
    func killedWritersLeaveNoHalfACommand() async throws {
        let test = try await TestLedger.open()
        try await test.ledger.add("hub", MemoryContent(summary: "hub"))
        await test.ledger.close()
        var random = SeededGenerator(seed: Self.seed)
        for round in 0..<Self.rounds {
            let report = test.folder.file("acks\(round)")
            let process = try LedgerProcess([
                "write", test.path, "--writer", "r\(round)", "--checkpoint-pages", "\([4, 60, 4_096][round % 3])",
                "--report", report,
            ])
            let deadline = ContinuousClock.now + .seconds(600)
            while round % 5 != 4, reportLines(report).isEmpty, ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(2))
            }
            try await Task.sleep(for: .microseconds(Int.random(in: 0...120_000, using: &random)))
            process.killNow()
            guard round % 2 == 1 else { continue }
            let found = try await test.another(access: round % 4 == 1 ? .readOnly : .readWrite)
            var check = try await WriterCheck(found.ledger)
            for known in 0...round {
                check.compare(reportLines(test.folder.file("acks\(known)")), writer: "r\(known)", isKilled: true)
            }
            check.checkDegrees()
            #expect(check.problems == [], "seed \(Self.seed), round \(round)")
            await found.ledger.close()
            if !check.problems.isEmpty { return }
        }
        let last = try await test.another()
        // The hub, and one of each round that was waited for, at least.
        #expect(try await last.ledger.all().count > (0..<Self.rounds).count { $0 % 5 != 4 })
        try await expectIntegrity(last)
        await last.ledger.close()
    }

    @Test(.timeLimit(.minutes(10)))
    func fourProcessesWriteWhileAFifthLists() async throws {
        let test = try await TestLedger.open()
        try await test.ledger.add("hub", MemoryContent(summary: "hub"))
        await test.ledger.close()
        let memories = 40
        let writers = try (0..<4).map { index in
            try LedgerProcess([
                "write", test.path, "--writer", "w\(index)", "--memories", "\(memories)", "--checkpoint-pages", "16",
                "--report", test.folder.file("acks\(index)"),
            ])
        }
        let lister = try LedgerProcess([
            "list", test.path, "--until", "\(4 * memories + 1)", "--report", test.folder.file("listed"),
        ])
        for writer in writers { #expect(try await writer.exitCode() == 0) }
        #expect(try await lister.exitCode() == 0)
        let found = try await test.another()
        var check = try await WriterCheck(found.ledger)
        for index in 0..<4 {
            let lines = reportLines(test.folder.file("acks\(index)"))
            check.compare(lines, writer: "w\(index)", isKilled: false)
            check.compareReads(lines, writer: "w\(index)")
        }
        check.checkDegrees()
        #expect(check.problems == [])
        #expect(try await found.ledger.all().count == 4 * memories + 1)
        try await expectIntegrity(found)
        await found.ledger.close()
    }
}
