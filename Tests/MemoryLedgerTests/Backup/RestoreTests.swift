import EmbeddedLedger
import EventLog
import Foundation
import LedgerCapabilities
import LedgerStorage
import MerkleLog
import Projections
import SQLiteEventLog
import Testing

import class EventLogTesting.FixedClock

@testable import MemoryLedger

/// Goal: what is restored is what was backed up, in a new epoch; the former ledger stays; nothing is changed where the
/// backup does not hold or where somebody is in the way.
/// Method: random ledgers go on after their backup; each kind of damage is done to a copy of it.
@Suite struct RestoreTests {
    private static func backedUp(seed: UInt64 = 12) async throws -> (test: TestLedger, report: BackupReport) {
        let test = try await RandomLedger.make(seed: seed, events: 300)
        let report = try await test.ledger.backUp(to: test.backup)
        try await test.ledger.put("later", MemoryContent(summary: "later"))
        return (test, report)
    }

    @Test func itIsWhatWasBackedUpInANewEpoch() async throws {
        let (test, backup) = try await Self.backedUp()
        _ = try await test.ledger.takeSnapshot()
        let former = try await test.ledger.digest()
        await test.ledger.close()
        let report = try await test.restore { $0.attribution = Attribution(actor: "keeper") }
        #expect(report.restoredSize == backup.info.position && report.restoredRoot == backup.info.root)
        #expect(report.position == backup.info.position + 1 && report.origin.epoch == 2 && report.info == backup.info)

        let restored = try await test.another()
        let digest = try await restored.ledger.digest()
        #expect(digest.tables == backup.info.digestsWithPast && digest.position == report.position)
        #expect(try LedgerOrigin.current(in: restored.ledger.log.inFile) == report.origin)
        let last = try #require(try await restored.ledger.log.event(at: report.position))
        #expect(last.stream == LedgerEvent.Stream.epochs && last.attribution.actor == "keeper")
        guard case .epochStarted(let start)? = try LedgerEvent.decode(last) else {
            Issue.record("it is no EpochStarted")
            return
        }
        #expect(start.number == 2 && start.restoredSize == backup.info.position && start.checkpoint == nil)
        #expect(start.restoredRoot == backup.info.root && start.restoredOrigin == backup.info.origin)
        #expect(start.replaced?.size == former.position && start.replaced?.origin == backup.info.origin)
        #expect(report.projections == RestoredProjections())
        #expect(try await restored.ledger.log.inFile.verify().isClean)
        #expect(try restored.ledger.snapshots() == [])
        #expect(
            try restored.ledger.log.inFile.file.read {
                try $0.integer("SELECT 1 FROM sqlite_master WHERE name = 'backup_info'")
            } == nil)
        try await restored.expectRebuildChangesNothing()
        try await restored.ledger.put("after", MemoryContent(summary: "after"))
        await restored.ledger.close()

        // The former ledger is whole, with what belonged to it.
        let aside = try #require(report.formerLedger)
        #expect(try await TestLedger.digest(at: aside, clock: test.clock) == former)
        #expect(FileManager.default.fileExists(atPath: aside + "-snapshots"))
        #expect(try test.names(".ledger", ".backup") == [])
    }

    @Test func theSameBackupTwiceIsTwoEpochs() async throws {
        let (test, _) = try await Self.backedUp()
        await test.ledger.close()
        let origins = [
            try await test.restore().origin, try await test.restore().origin,
            try await test.restore(to: test.folder.file("other.sqlite")).origin,
        ]
        // One more than what is replaced, too.
        #expect(Set(origins).count == 3 && origins.map(\.epoch) == [2, 3, 2])
        #expect(try test.names("ledger.sqlite.before-restore").filter { !$0.hasSuffix("-lock") }.count == 2)
        // A backup of a restored ledger is one of its epoch.
        let restored = try await test.another()
        let second = try await restored.ledger.backUp(to: test.folder.file("second.sqlite"))
        #expect(second.info.origin == origins[1].text)
        await restored.ledger.close()
        #expect(try await test.restore(from: test.folder.file("second.sqlite")).origin.epoch == 4)
    }

    @Test func aLedgerIsNotReplacedUnasked() async throws {
        let (test, _) = try await Self.backedUp()
        let before = try await test.ledger.digest()
        await test.ledger.close()
        await expectLogError(.fileExists) { try await test.restore { $0.isReplacing = false } }
        let notes = test.folder.file("notes.txt")
        try Data("mine".utf8).write(to: URL(filePath: notes))
        await expectLogError(.fileExists) { try await test.restore(to: notes) }
        await expectLogError(.fileExists) { try await test.restore(from: test.path) }
        await expectLogError(.missing) { try await test.restore(from: test.folder.file("none.sqlite")) }
        await expectLogError(.notALedger) { try await test.restore(from: notes) }
        #expect(try await TestLedger.digest(at: test.path, clock: test.clock) == before)
    }

    @Test func discardedTheFormerLedgerIsGone() async throws {
        let (test, _) = try await Self.backedUp()
        _ = try await test.ledger.takeSnapshot()
        await test.ledger.close()
        #expect(try await test.restore { $0.isDiscarding = true }.formerLedger == nil)
        #expect(try test.names("ledger.sqlite.before") == [])
        #expect(!FileManager.default.fileExists(atPath: test.path + "-snapshots"))
    }

    /// Where it is open for writing nothing is changed; a reader goes on with what it has open.
    @Test func writersKeepItFromBeingReplaced() async throws {
        let (test, _) = try await Self.backedUp()
        let reader = try await test.another(access: .readOnly)
        let before = try await reader.ledger.digest()
        await expectLogError(.busy) { try await test.restore() }
        #expect(try await test.ledger.digest() == before)
        try await test.ledger.put("more", MemoryContent(summary: "more"))
        let former = try await reader.ledger.digest()
        await test.ledger.close()
        try await test.restore()
        #expect(try await reader.ledger.digest() == former)
        let new = try await test.another()
        try await new.ledger.put("other", MemoryContent(summary: "other"))
        #expect(try await reader.ledger.digest() == former)
        #expect(try await new.ledger.get("other") != nil)
        #expect(try await new.ledger.get("more") == nil)
        await reader.ledger.close()
        await new.ledger.close()
    }

    /// What a killed process has left in its write-ahead log is in the former ledger's file.
    @Test func theFormerLedgerKeepsItsWriteAheadLog() async throws {
        let (test, _) = try await Self.backedUp()
        try await test.ledger.put("hub", MemoryContent(summary: "hub"))
        await test.ledger.close()
        let acks = test.folder.file("acks")
        let writer = try LedgerProcess(["write", test.path, "--writer", "w", "--report", acks])
        while reportLines(acks).count < 20, !writer.hasEnded { try await Task.sleep(for: .milliseconds(2)) }
        await expectLogError(.busy) { try await test.restore() }
        writer.killNow()
        let wal = try FileManager.default.attributesOfItem(atPath: test.path + "-wal")[.size] as? Int
        #expect(wal ?? 0 > 0)
        let former = try await TestLedger.digest(at: test.path, clock: test.clock)
        let report = try await test.restore()
        let aside = try #require(report.formerLedger)
        #expect(try await TestLedger.digest(at: aside, clock: test.clock) == former)
        #expect(try await TestLedger.digest(at: test.path, clock: test.clock).position == report.position)
    }

    @Test func aLedgerThatIsNoBackupIsTakenForOne() async throws {
        let (test, _) = try await Self.backedUp()
        // Also while somebody writes to it.
        let other = test.folder.file("other.sqlite")
        let report = try await test.restore(from: test.path, to: other)
        #expect(report.info == nil && report.origin.epoch == 2)
        #expect(try await TestLedger.digest(at: other, clock: test.clock).tables == test.ledger.digest().tables)
        await test.ledger.close()
    }

    /// Projections that the restoring program does not know follow when the ledger is opened.
    @Test func projectionsFollowWhenTheLedgerIsOpened() async throws {
        let (test, backup) = try await Self.backedUp()
        await test.ledger.close()
        var options = RestoreOptions()
        options.isReplacing = true
        _ = try await SQLiteEventLog.restore(
            test.backup, to: test.path, options, clock: test.clock, ids: RandomEventIDs())
        let restored = try await test.another()
        #expect(try await restored.ledger.digest().tables == backup.info.digestsWithPast)
        #expect(try await restored.ledger.projections().allSatisfy { $0.position == backup.info.position + 1 })
        await restored.ledger.close()
    }

    // MARK: What does not hold

    /// Another first digit, whatever it was: a damage that depends on the digits would sometimes be none.
    private static func anotherFirstDigit(of name: String, in table: String = "backup_info") -> String {
        "UPDATE \(table) SET value = CASE substr(value, 1, 1) WHEN '0' THEN '1' ELSE '0' END || substr(value, 2) "
            + "WHERE name = '\(name)'"
    }

    private static let damages: [(sql: String, says: String)] = [
        ("UPDATE events SET payload = zeroblob(length(payload)) WHERE position = 20", "position 20"),
        ("UPDATE events SET recorded_at = recorded_at + 1 WHERE position = 300", "position 300"),
        ("DELETE FROM events WHERE position > 290", "29"), ("DELETE FROM events WHERE position = 100", "position 100"),
        ("UPDATE memories SET summary = 'never said'", "table memories"),
        ("DELETE FROM namespaces", "table namespaces"),
        ("UPDATE backup_info SET value = '299' WHERE name = 'position'", "position 299"),
        ("UPDATE backup_info SET value = 'x' WHERE name = 'position'", "position"),
        (anotherFirstDigit(of: "root"), "root"),
        ("UPDATE backup_info SET value = value || '/0011223344556677' WHERE name = 'origin'", "origin"),
        (anotherFirstDigit(of: "ledger_id"), "ledger"),
        (anotherFirstDigit(of: "digest.memories"), "table memories"),
        ("DELETE FROM backup_info WHERE name = 'digest.memories'", "no digest of the table memories"),
        ("DELETE FROM backup_info WHERE name = 'root'", "no root"),
        ("UPDATE backup_info SET value = 'x' WHERE name = 'made_at'", "made_at"),
        ("UPDATE backup_info SET value = 'x' WHERE name = 'checkpoint'", "checkpoint"),
        ("INSERT INTO backup_info VALUES ('more', '1')", "more"),
        ("INSERT INTO backup_info VALUES ('digest.x y; z', '1')", "x y"),
        ("DELETE FROM tree_tail", "tree"), ("UPDATE tree_tiles SET root = zeroblob(32)", ""),
        (anotherFirstDigit(of: "ledger_id", in: "ledger_info"), ""),
    ]

    @Test(arguments: damages)
    func aDamagedBackupIsNotRestored(sql: String, says: String) async throws {
        let test = try await RandomLedger.make(seed: 13, events: 300)
        let id = test.ledger.options.ids.next(at: test.clock.now())
        try await test.ledger.log.inFile.adoptSigningKey(in: .beside(test.path), making: true, id: id)
        try await test.ledger.signCheckpoint()
        try await test.ledger.backUp(to: test.backup)
        let before = try await test.ledger.digest()
        await test.ledger.close()
        // The triggers go meanwhile and come back, as somebody would do it who does not want to be noticed.
        let names = ["events_are_never_updated", "events_are_never_deleted", "tree_tiles_are_never_updated"]
        let database = try TestDatabase(test.backup, "PRAGMA journal_mode = DELETE")
        let makers = try names.map { name in
            let row = try database.connection.statement("SELECT sql FROM sqlite_master WHERE name = '\(name)'")
            defer { row.reset() }
            try #require(try row.step())
            return row.text(0)
        }
        database.close()
        let damaged = try TestDatabase(
            test.backup,
            names.map { "DROP TRIGGER \($0);" }.joined() + sql + ";" + makers.map { $0 + ";" }.joined()
                + "PRAGMA journal_mode = WAL")
        damaged.close()
        for suffix in ["-wal", "-shm"] { unlink(test.backup + suffix) }
        let error = await #expect(throws: EventLogError.self) { try await test.restore() }
        #expect(error?.code == .damagedBackup || error?.code == .unexpectedBackup, "\(String(describing: error))")
        #expect(says.isEmpty || error?.message.contains(says) == true, "\(String(describing: error))")
        #expect(error?.message.contains("memledger-restore") == false, "\(String(describing: error))")
        #expect(try await TestLedger.digest(at: test.path, clock: test.clock) == before)
        #expect(try test.names(".ledger", "ledger.sqlite.before") == [])
    }

    /// Bits anywhere in the file: what is restored all the same is what was backed up.
    @Test func aFlippedBitChangesNothing() async throws {
        let (test, backup) = try await Self.backedUp()
        await test.ledger.close()
        let bytes = try Data(contentsOf: URL(filePath: test.backup))
        let other = test.folder.file("other.sqlite")
        var random = SeededGenerator(seed: 99)
        var refused = 0
        for _ in 0..<40 {
            var changed = bytes
            changed[Int.random(in: 0..<bytes.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            let path = test.folder.file("flipped.sqlite")
            try changed.write(to: URL(filePath: path))
            do {
                let report = try await test.restore(from: path, to: other) { $0.isDiscarding = true }
                #expect(report.restoredRoot == backup.info.root)
                #expect(try await TestLedger.digest(at: other, clock: test.clock).tables == backup.info.digestsWithPast)
            } catch let error as EventLogError {
                refused += 1
                #expect(
                    [.damagedBackup, .unexpectedBackup, .notALedger, .newerFormat, .noTree].contains(error.code),
                    "\(error)")
            }
        }
        #expect(refused > 3)
        #expect(try test.names(".other", ".flipped", "other.sqlite.before") == [])
    }

    @Test(arguments: [0, 100, 4_096, 50_000, -4_096, -1])
    func aCutFileIsNotRestored(length: Int) async throws {
        let (test, _) = try await Self.backedUp()
        let before = try await test.ledger.digest()
        await test.ledger.close()
        let bytes = try Data(contentsOf: URL(filePath: test.backup))
        try bytes.prefix(length > 0 ? length : bytes.count + length).dropLast(length == 0 ? bytes.count : 0)
            .write(to: URL(filePath: test.backup))
        let error = await #expect(throws: EventLogError.self) { try await test.restore() }
        #expect(error?.code == .damagedBackup || error?.code == .notALedger, "\(String(describing: error))")
        #expect(try await TestLedger.digest(at: test.path, clock: test.clock) == before)
    }

    /// Damaged beyond opening, a ledger gives way all the same, and is kept with its write-ahead log.
    @Test func aDamagedLedgerIsReplaced() async throws {
        let (test, backup) = try await Self.backedUp()
        await test.ledger.close()
        let file = try FileHandle(forWritingTo: URL(filePath: test.path))
        try file.seek(toOffset: 100)
        try file.write(contentsOf: Data(repeating: 0xff, count: 200_000))
        try file.close()
        let report = try await test.restore()
        #expect(try await TestLedger.digest(at: test.path, clock: test.clock).tables == backup.info.digestsWithPast)
        #expect(try Data(contentsOf: URL(filePath: #require(report.formerLedger))).count > 100_000)
    }

    @Test func aLedgerOfFormatOneMustBeUpgradedFirst() async throws {
        let test = try await TestLedger.open()
        await test.ledger.close()
        let old = test.folder.file("format-1.sqlite")
        try FileManager.default.copyItem(atPath: LedgerFormatOne.url("sqlite").path, toPath: old)
        await expectLogError(.noTree) { try await test.restore(from: old) }
        let log = try SQLiteEventLog(path: old, options: LedgerFileOptions(access: .readOnly), clock: test.clock)
        let host = ProjectionStore(log: log, projectors: [MemoryProjector()])
        await expectLogError(.noTree) {
            _ = try await host.backUp(log, to: test.backup, replacing: false, madeBy: "test")
        }
        await log.close()
    }
}
