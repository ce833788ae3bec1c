import EmbeddedLedger
import EventLog
import Foundation
import LedgerCapabilities
import LedgerStorage
import Projections
import SQLiteEventLog
import Testing

import class EventLogTesting.FixedClock

@testable import MemoryLedger

/// Goal: snapshots make moments open sooner and change nothing else, whatever becomes of their files.
/// Method: a small rule, so that a short log has several; files and rows are damaged in every way, and each moment is
/// compared with the one that is built from the whole log.
@Suite(.onEveryBackend) struct SnapshotTests {
    private static let events: Position = 200
    private static let rule = SnapshotRule.growing(events: 40, divisor: 1_000)
    private static let seed: UInt64 = 7

    private static func ledger(_ rule: SnapshotRule = rule) async throws -> TestLedger {
        try await RandomLedger.make(seed: seed, events: events) { $0.snapshots = rule }
    }

    private static func folder(_ test: TestLedger) -> String { test.path + "-snapshots" }
    private static func file(_ test: TestLedger, _ position: Position) -> String {
        "\(folder(test))/\(position).sqlite.lz4"
    }

    /// Some moments, before the snapshots, at them and behind them.
    private static let moments: [Position] = [1, 39, 40, 41, 80, 120, 150, 160, 161, 199]

    private static func digests(_ ledger: MemoryLedger) async throws -> [LedgerDigest] {
        var digests: [LedgerDigest] = []
        for position in moments { digests.append(try await ledger.asOf(.position(position)).digest()) }
        return digests
    }

    @Test(arguments: [
        (SnapshotRule.off, Position(1_000_000), [Position]()), (.growing(events: 100, divisor: 2), 99, []),
        (.growing(events: 100, divisor: 2), 700, [100, 200, 300, 450, 675]),
        (.growing(events: 0, divisor: 0), 4, [1, 2, 4]), (.growing(events: .max, divisor: 1), .max, [.max]),
    ])
    func theRuleSaysWhere(rule: SnapshotRule, head: Position, expected: [Position]) {
        #expect(rule.positions(head: head) == expected)
    }

    @Test func theyAreTakenByThemselves() async throws {
        let test = try await Self.ledger()
        var taken: [Position] = []
        let deadline = ContinuousClock.now + .seconds(600)
        while taken.count < 5, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(5))
            taken = try test.ledger.snapshots().map(\.position)
        }
        #expect(taken.prefix(5) == [40, 80, 120, 160, 200])
        #expect(try test.ledger.snapshots().allSatisfy { try test.ledger.isUsable($0) })
        await test.ledger.close()
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder(test))
        #expect(names.allSatisfy { $0 == "lock" || $0.hasSuffix(".sqlite.lz4") }, "\(names)")
    }

    @Test func whoOnlyReadsTakesNone() async throws {
        let test = try await Self.ledger(.off).reopened(access: .readOnly) { $0.snapshots = Self.rule }
        let error = await #expect(throws: EventLogError.self) { try await test.ledger.takeDueSnapshots() }
        #expect(error?.code == .readOnly)
        #expect(try test.ledger.snapshots() == [])
        await test.ledger.close()
        #expect(!FileManager.default.fileExists(atPath: Self.folder(test)))
    }

    /// A snapshot whose registered digest fits is what a moment is built on: here one that says something else.
    @Test func theyAreUsed() async throws {
        let taken = try await Self.ledger()
        _ = try await taken.ledger.takeDueSnapshots()
        // Otherwise what is damaged for a moment might be taken again in the background.
        let test = try await taken.reopened { $0.snapshots = .off }
        let other = try await RandomLedger.make(seed: 8, events: Self.events) { $0.snapshots = Self.rule }
        _ = try await other.ledger.takeDueSnapshots()
        let expected = try await other.ledger.asOf(.position(200)).digest()
        let info = try #require(try other.ledger.snapshots().first { $0.position == 200 })
        try FileManager.default.removeItem(atPath: Self.file(test, 200))
        try FileManager.default.copyItem(atPath: Self.file(other, 200), toPath: Self.file(test, 200))
        try await Self.execute(
            test,
            """
            UPDATE snapshots SET sha256 = '\(info.sha256)', bytes = \(info.bytes),
            database_bytes = \(info.databaseBytes) WHERE position = 200
            """)
        #expect(try await test.ledger.asOf(.position(200)).digest() == expected)
        await test.ledger.close()
        await other.ledger.close()
    }

    private static func execute(_ test: TestLedger, _ sql: String) async throws {
        try await test.ledger.tables.onWriter { try $0.execute(sql) }
    }

    enum Damage: CaseIterable {
        case flippedByte, truncated, extended, empty, removed, folderRemoved, other, otherVersion, digest, row
    }

    @Test(arguments: Damage.allCases)
    func whatIsDamagedIsNotUsed(damage: Damage) async throws {
        let test = try await Self.ledger()
        let ledger = test.ledger
        let expected = try await Self.digests(ledger)
        _ = try await ledger.takeDueSnapshots()
        let reopened = try await test.reopened { $0.snapshots = .off }
        for position in [Position(80), 160] { try await Self.damage(damage, reopened, position) }
        #expect(try await Self.digests(reopened.ledger) == expected)
        let repaired = try await reopened.reopened { $0.snapshots = Self.rule }
        _ = try await repaired.ledger.takeDueSnapshots()
        let snapshots = try repaired.ledger.snapshots()
        #expect(snapshots.map(\.position) == [40, 80, 120, 160, 200].filter { $0 <= snapshots.last?.position ?? 0 })
        #expect(try await Self.digests(repaired.ledger) == expected)
        await repaired.ledger.close()
    }

    private static func damage(_ damage: Damage, _ test: TestLedger, _ position: Position) async throws {
        let url = URL(filePath: file(test, position))
        var bytes = (try? Data(contentsOf: url)) ?? Data()
        switch damage {
        case .flippedByte:
            bytes[bytes.count / 2] ^= 0x10
            try bytes.write(to: url)
        case .truncated: try bytes.prefix(bytes.count - 5).write(to: url)
        case .extended: try (bytes + Data([0])).write(to: url)
        case .empty: try Data().write(to: url)
        case .removed: try FileManager.default.removeItem(at: url)
        case .folderRemoved: try? FileManager.default.removeItem(atPath: folder(test))
        case .other: try Data(contentsOf: URL(filePath: file(test, 40))).write(to: url)
        case .otherVersion:
            try await execute(test, "UPDATE snapshots SET projectors = 'memories:0' WHERE position = \(position)")
        case .digest:
            try await execute(test, "UPDATE snapshots SET sha256 = upper(sha256) WHERE position = \(position)")
        case .row: try await execute(test, "DELETE FROM snapshots WHERE position = \(position)")
        }
    }

    @Test func aReaderLeavesWhatIsDamagedToOthers() async throws {
        let test = try await Self.ledger()
        _ = try await test.ledger.takeDueSnapshots()
        let count = try test.ledger.snapshots().count
        let reader = try await test.reopened(access: .readOnly)
        try await Self.damage(.truncated, reader, 160)
        #expect(try await reader.ledger.asOf(.position(170)).statistics().position == 170)
        #expect(try reader.ledger.snapshots().count == count)
        await reader.ledger.close()
    }

    /// What somebody does to the serving tables is not in the log.
    @Test func theServingTablesDoNotGetIntoThem() async throws {
        let test = try await Self.ledger(.off)
        let expected = try await Self.digests(test.ledger)
        try await Self.execute(test, "UPDATE memories SET text = 'tampered with'; DELETE FROM memory_links")
        let reopened = try await test.reopened { $0.snapshots = Self.rule }
        #expect(try await reopened.ledger.takeDueSnapshots().count >= 4)
        #expect(try await Self.digests(reopened.ledger) == expected)
        await reopened.ledger.close()
    }

    @Test func aSnapshotOfThePresent() async throws {
        let test = try await Self.ledger(.off)
        let head = try await test.ledger.log.head()
        #expect(try await test.ledger.takeDueSnapshots() == [])
        let taken = try await test.ledger.takeSnapshot()
        #expect(taken.map(\.position) == [head])
        #expect(try await test.ledger.takeSnapshot() == [])
        #expect(try test.ledger.snapshots() == taken)
        #expect(try await test.ledger.asOf(.position(head)).digest() == test.ledger.digest())
        #expect(try await test.ledger.dropSnapshots() == 1)
        #expect(try test.ledger.snapshots() == [])
        #expect(!FileManager.default.fileExists(atPath: Self.folder(test)))
        await test.ledger.close()
    }

    @Test func whatIsNoSnapshotIsNotCleared() async throws {
        let test = try await Self.ledger(.off)
        try FileManager.default.createDirectory(atPath: Self.folder(test), withIntermediateDirectories: false)
        let mine = ["notes.txt", "7.sqlite", "7.sqlite.lz4.bak", "x.sqlite.lz4"]
        for name in mine + ["7.sqlite.lz4", "7.sqlite.lz4.part", "7.sqlite.building"] {
            try Data("mine".utf8).write(to: URL(filePath: "\(Self.folder(test))/\(name)"))
        }
        let taken = try await test.ledger.takeSnapshot().map { "\($0.position).sqlite.lz4" }
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder(test))
        #expect(taken.count == 1 && Set(names) == Set(mine + taken + ["lock"]))
        await test.ledger.close()
    }

    @Test func aLinkToAFolderIsNotUsed() async throws {
        let test = try await Self.ledger(.off)
        let elsewhere = test.folder.file("elsewhere")
        try FileManager.default.createDirectory(atPath: elsewhere, withIntermediateDirectories: false)
        try Data("mine".utf8).write(to: URL(filePath: elsewhere + "/7.sqlite.lz4"))
        try FileManager.default.createSymbolicLink(atPath: Self.folder(test), withDestinationPath: elsewhere)
        let error = await #expect(throws: EventLogError.self) { _ = try await test.ledger.takeSnapshot() }
        #expect(error?.code == .storage)
        #expect(try await test.ledger.dropSnapshots() == 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: elsewhere) == ["7.sqlite.lz4"])
        await test.ledger.close()
    }

    @Test func whatHadOccurredUsesNone() async throws {
        let test = try await Self.ledger()
        let time = test.clock.now()
        let expected = try await test.ledger.asOf(.occurred(time)).digest()
        _ = try await test.ledger.takeSnapshot()
        test.clock.advance(1)
        #expect(try await test.ledger.asOf(.occurred(time)).digest().tables == expected.tables)
        #expect(try await test.ledger.digest().tables == expected.tables)
        await test.ledger.close()
    }

    @Test func twoTakeEachOnce() async throws {
        let test = try await Self.ledger(.off)
        let first = try await test.reopened { $0.snapshots = Self.rule }
        let second = try await first.another { $0.snapshots = Self.rule }
        async let these = first.ledger.takeDueSnapshots()
        async let those = second.ledger.takeDueSnapshots()
        var taken = try await (these + those).map(\.position).sorted()
        taken += try await first.ledger.takeDueSnapshots().map(\.position)
        #expect(taken == Array(Set(taken)).sorted())
        #expect(try first.ledger.snapshots().map(\.position) == taken)
        #expect(try second.ledger.snapshots().allSatisfy { try second.ledger.isUsable($0) })
        await second.ledger.close()
        await first.ledger.close()
    }

    @Test func closingEndsTheWork() async throws {
        let test = try await RandomLedger.make(seed: 3, events: 400) {
            $0.snapshots = .growing(events: 1, divisor: .max)
        }
        await test.ledger.close()
        let reopened = try await test.another { $0.snapshots = .off }
        let expected = try await reopened.ledger.digest()
        #expect(try await reopened.ledger.asOf(.position(expected.position)).digest() == expected)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: Self.folder(test))) ?? []
        #expect(names.allSatisfy { $0 == "lock" || $0.hasSuffix(".sqlite.lz4") }, "\(names)")
        await reopened.ledger.close()
    }
}
