import EmbeddedLedger
import EventLog
import Foundation
import LedgerCapabilities
import LedgerStorage
import Projections
import SQLiteEventLog
import Testing

@testable import MemoryLedger

/// Goal: whenever a process is killed while it rebuilds or goes back, a whole generation serves, and the next process
/// goes on. Method: a process does both in turn and is killed (SIGKILL) after a seeded random time; then what serves is
/// compared with the log.
@Suite(.serialized) struct RebuildKillTests {
    static let seed: UInt64 = 314_159
    static let rounds = 14

    @Test(.timeLimit(.minutes(10)))
    func aWholeGenerationServesWheneverItIsKilled() async throws {
        let test = try await TestLedger.open()
        try await EveryEvent.write(test)
        for index in 0..<800 {
            let link = MemoryLink(type: "design", key: "k\(index / 2)", term: "t")
            try await test.ledger.add(MemoryKey(key: "k\(index)"), MemoryContent(summary: "s", links: [link]))
        }
        await test.ledger.close()
        var random = SeededGenerator(seed: Self.seed)
        var done = 0
        for round in 0..<Self.rounds {
            let report = test.folder.file("report\(round)")
            let process = try LedgerProcess([
                "rebuild", test.path, "--report", report, "--checkpoint-pages", "\([16, 4_096][round % 2])",
            ])
            let deadline = ContinuousClock.now + .seconds(600)
            while reportLines(report).count < round % 3, ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(2))
            }
            try await Task.sleep(for: .microseconds(Int.random(in: 0...400_000, using: &random)))
            process.killNow()
            done += reportLines(report).count
            try await expectAWholeGeneration(test, round)
        }
        // As many as were waited for, at least.
        #expect(done >= (0..<Self.rounds).reduce(0) { $0 + $1 % 3 })
        let last = try await test.another()
        try await last.expectRebuildChangesNothing()
        let leftovers = try FileManager.default.contentsOfDirectory(
            atPath: URL(fileURLWithPath: test.path).deletingLastPathComponent().path
        ).filter { $0.contains("-rebuild") || $0.contains("-verify") }
        #expect(leftovers == [])
        await last.ledger.close()
    }

    /// Looks before anything is mended.
    private func expectAWholeGeneration(_ test: TestLedger, _ round: Int) async throws {
        var options = MemoryLedgerOptions()
        options.file.access = .readWrite
        let found = try MemoryLedger.openAsItIs(at: test.path, options: options)
        let comment: Comment = "seed \(Self.seed), round \(round)"
        let status = try #require(try await found.projections().first)
        #expect(status.health == .ok, comment)
        #expect(try await found.verifyProjections().isEqual, comment)
        let tables = try found.log.inFile.file.read {
            try $0.integer("SELECT count(*) FROM sqlite_master WHERE name GLOB 'former_*'")
        }
        // All of its tables, that of the access tokens, and former_projections itself; or none before the first swap.
        let all = try await found.digest().tables.count + 1
        #expect(tables == (status.former == nil ? 0 : Int64(all) + 1), comment)
        let ok = try found.log.inFile.file.read {
            try $0.integer("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'")
        }
        #expect(ok == 1, comment)
        await found.close()
    }
}
