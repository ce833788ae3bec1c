import EventLog
import Foundation
import LedgerCapabilities
import LedgerStorage
import Projections
import SQLiteEventLog
import Testing

@testable import MemoryLedger

/// Goal: a process that is killed while it opens moments, takes snapshots or checks one out leaves nothing half done
/// that anybody uses, and what it left is cleared away.
/// Method: processes of their own do one of these again and again and are killed (SIGKILL) after a seeded random time.
@Suite(.serialized) struct MomentProcessTests {
    private static let seed: UInt64 = 314_159
    private static let rounds = 6
    private static let events: Position = 300
    private static let rule = SnapshotRule.growing(events: 30, divisor: 1_000)

    /// Runs the command and kills it some time after it has begun.
    private static func kill(
        _ arguments: [String], report: String, using random: inout SeededGenerator
    ) async throws {
        let process = try LedgerProcess(arguments + ["--report", report])
        let deadline = ContinuousClock.now + .seconds(600)
        while reportLines(report).isEmpty, !process.hasEnded, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(1))
        }
        try await Task.sleep(for: .microseconds(Int.random(in: 0...60_000, using: &random)))
        #expect(!process.hasEnded, "\(arguments) ended by itself")
        process.killNow()
    }

    private static func names(_ folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }

    @Test(.timeLimit(.minutes(10)))
    func viewsOfTheKilledAreClearedAway() async throws {
        let test = try await RandomLedger.make(seed: Self.seed, events: Self.events) { $0.snapshots = .off }
        let folder = test.path + "-views"
        let living = try await test.ledger.asOf(.position(50))
        let expected = try await living.digest()
        let own = Self.names(folder)
        var random = SeededGenerator(seed: Self.seed)
        for round in 0..<Self.rounds {
            try await Self.kill(["view", test.path], report: test.folder.file("r\(round)"), using: &random)
            #expect(Self.names(folder).count > own.count, "the killed process left nothing")
            let next = try await test.another(access: .readOnly)
            #expect(Self.names(folder) == own)
            await next.ledger.close()
            #expect(try await living.digest() == expected)
        }
        await test.ledger.close()
        #expect(!FileManager.default.fileExists(atPath: folder))
    }

    @Test(.timeLimit(.minutes(10)))
    func snapshotsOfTheKilledAreWholeOrNone() async throws {
        let test = try await RandomLedger.make(seed: Self.seed, events: Self.events) { $0.snapshots = .off }
        let expected = try await test.ledger.digest()
        await test.ledger.close()
        var random = SeededGenerator(seed: Self.seed)
        for round in 0..<Self.rounds {
            try await Self.kill(
                ["snapshots", test.path, "--events", "30"], report: test.folder.file("r\(round)"), using: &random)
            let found = try await test.another { $0.snapshots = Self.rule }
            // Those that are registered are whole.
            for info in try found.ledger.snapshots() { #expect(try found.ledger.isUsable(info), "\(info.position)") }
            #expect(try await found.ledger.asOf(.position(expected.position)).digest() == expected)
            _ = try await found.ledger.takeDueSnapshots()
            let files = Self.names(test.path + "-snapshots").filter { $0 != "lock" }
            #expect(files == (try found.ledger.snapshots().map { "\($0.position).sqlite.lz4" }).sorted())
            #expect(try await found.ledger.asOf(.position(expected.position)).digest() == expected)
            await found.ledger.close()
        }
    }

    @Test(.timeLimit(.minutes(10)))
    func checkoutsOfTheKilledAreWholeOrNone() async throws {
        let test = try await RandomLedger.make(seed: Self.seed, events: Self.events) { $0.snapshots = .off }
        let digest = try await test.ledger.digest()
        let output = test.folder.file("then.sqlite")
        var random = SeededGenerator(seed: Self.seed)
        for round in 0..<Self.rounds {
            try await Self.kill(
                ["checkout", test.path, "--output", output], report: test.folder.file("r\(round)"), using: &random)
            if FileManager.default.fileExists(atPath: output) {
                let opened = try TestDatabase(output)
                let database = opened.connection
                defer { opened.close() }
                let intact = "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'"
                #expect(try database.integer(intact) == 1)
                let stored = "SELECT count(*) FROM checkout_info WHERE name LIKE 'digest.%'"
                #expect(try database.integer(stored) == Int64(digest.tables.count))
            }
            let report = try await test.ledger.checkout(at: .position(digest.position), to: output, replacing: true)
            #expect(report.digests == digest.tables)
            #expect(Self.names(test.folder.path).filter { $0.contains("then.sqlite") } == ["then.sqlite"])
            try FileManager.default.removeItem(atPath: output)
        }
        await test.ledger.close()
    }
}
