import EmbeddedLedger
import EventLog
import Foundation
import LedgerCapabilities
import LedgerStorage
import MerkleLog
import SQLiteEventLog
import Testing

import class EventLogTesting.FixedClock

@testable import MemoryLedger

/// Goal: a backup is the whole ledger of one moment and says so itself; it appears whole or not at all, and never in
/// the place of a ledger.
/// Method: backups of a random log are opened as ledgers and with plain SQLite; everything that can be in the way is
/// put there.
@Suite struct BackupTests {
    private static func ledger() async throws -> TestLedger {
        try await RandomLedger.make(seed: 11, events: 400)
    }

    @Test func itIsTheWholeLedger() async throws {
        let test = try await Self.ledger()
        let id = test.ledger.options.ids.next(at: test.clock.now())
        try await test.ledger.log.inFile.adoptSigningKey(in: .beside(test.path), making: true, id: id)
        let signed = try await test.ledger.signCheckpoint()
        let (head, digest) = (try await test.ledger.log.head(), try await test.ledger.digest())
        let report = try await test.ledger.backUp(to: test.backup)
        #expect(report.info.position == head && report.info.digestsWithPast == digest.tables)
        #expect(report.info.ledgerID == (try test.ledger.log.inFile.ledgerID) && report.info.madeAt == test.clock.now())
        #expect(report.info.root == (try test.ledger.log.inFile.readTree { try $0.root(at: head) }))
        #expect(report.info.origin == signed.checkpoint.origin && report.info.checkpoint == signed.signed)
        #expect(try test.names("backup", ".backup") == ["backup.sqlite"])

        let summary = try SQLiteEventLog.summary(ofBackup: test.backup)
        #expect(summary.info == report.info && summary.position == head && summary.sizeBytes == report.sizeBytes)
        let database = try TestDatabase(test.backup)
        func text(_ sql: String) throws -> String {
            let row = try database.connection.statement(sql)
            defer { row.reset() }
            return try row.step() ? row.text(0) : ""
        }
        #expect(try text("PRAGMA journal_mode") == "wal" && text("PRAGMA integrity_check") == "ok")
        #expect(try text("PRAGMA application_id") == "\(0x4d4c_4752)")
        #expect(try text("SELECT value FROM backup_info WHERE name = 'root'") == report.info.root.description)
        #expect(try text("SELECT value FROM backup_info WHERE name = 'position'") == "\(head)")
        for (table, value) in digest.tables {
            #expect(try text("SELECT value FROM backup_info WHERE name = 'digest.\(table)'") == value)
        }
        database.close()
        #expect(try await TestLedger.digest(at: test.backup, clock: test.clock) == digest)
        await test.ledger.close()
    }

    @Test func withoutAKeyItHasNoCheckpoint() async throws {
        let test = try await Self.ledger()
        #expect(try await test.ledger.backUp(to: test.backup).info.checkpoint == nil)
        await test.ledger.close()
    }

    @Test func anEmptyLedgerAndOneInMemoryAreBackedUp() async throws {
        let test = try await TestLedger.open()
        let report = try await test.ledger.backUp(to: test.backup)
        #expect(report.info.position == 0 && report.info.root == .emptyRoot)
        await test.ledger.close()

        let memory = try await MemoryLedger.inMemory(options: MemoryLedgerOptions(clock: test.clock))
        try await memory.add("tea", MemoryContent(summary: "green"))
        let path = test.folder.file("of-memory.sqlite")
        try await memory.backUp(to: path)
        let digest = try await memory.digest()
        await memory.close()
        #expect(try await TestLedger.digest(at: path, clock: test.clock) == digest)
    }

    @Test(arguments: [0o600, 0o640] as [mode_t])
    func itIsReadByThoseWhoReadTheLedger(mode: mode_t) async throws {
        let test = try await Self.ledger()
        #expect(chmod(test.path, mode) == 0)
        try await test.ledger.backUp(to: test.backup)
        var status = stat()
        #expect(stat(test.backup, &status) == 0 && status.st_mode & 0o777 & ~mode == 0)
        await test.ledger.close()
    }

    // MARK: What is there already

    @Test func aFileIsReplacedOnlyWhereThatIsSaid() async throws {
        let test = try await Self.ledger()
        for mine in ["mine", String(repeating: "mine", count: 100)] {
            try Data(mine.utf8).write(to: URL(filePath: test.backup))
            for replacing in [false, true] {
                await expectLogError(.fileExists) {
                    try await test.ledger.backUp(to: test.backup, replacing: replacing)
                }
            }
            #expect(try String(contentsOfFile: test.backup, encoding: .utf8) == mine)
        }
        try Data().write(to: URL(filePath: test.backup))
        try await test.ledger.backUp(to: test.backup, replacing: true)
        await expectLogError(.fileExists) { try await test.ledger.backUp(to: test.backup) }
        // A backup is a ledger's file, and may be replaced all the same.
        try await test.ledger.backUp(to: test.backup, replacing: true)
        #expect(try test.names("backup", ".backup") == ["backup.sqlite"])
        await test.ledger.close()
    }

    @Test(arguments: [
        "", "-wal", "-lock", "-key", "-key-signed", "-key.old-00112233", "-rebuild", "-snapshots/x", "-views",
    ])
    func whatBelongsToTheLedgerIsNeverReplaced(suffix: String) async throws {
        let test = try await Self.ledger()
        await expectLogError(.fileExists) { try await test.ledger.backUp(to: test.path + suffix, replacing: true) }
        await test.ledger.close()
    }

    @Test func anotherLedgerIsNeverReplaced() async throws {
        let test = try await Self.ledger()
        let other = try await TestLedger.open()
        await other.ledger.close()
        let link = test.folder.file("link.sqlite")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: test.path)
        // A backup that was opened for writing is one too.
        try await test.ledger.backUp(to: test.backup)
        await (try await MemoryLedger.open(at: test.backup)).close()
        for path in [other.path, link, test.backup, test.folder.path] {
            await expectLogError(.fileExists, "\(path)") { try await test.ledger.backUp(to: path, replacing: true) }
        }
        await test.ledger.close()
    }

    @Test(arguments: ["-partial", "-partial-wal", "-lock"])
    func whatIsNoBackupIsNotClearedAway(name: String) async throws {
        let test = try await Self.ledger()
        let other = test.folder.file(".backup.sqlite.memledger-backup\(name)")
        try Data("precious".utf8).write(to: URL(filePath: other))
        await expectLogError(.fileExists) { try await test.ledger.backUp(to: test.backup) }
        #expect(try String(contentsOfFile: other, encoding: .utf8) == "precious")
        await test.ledger.close()
    }

    @Test func cancelledItLeavesNothing() async throws {
        let test = try await Self.ledger()
        let task = Task { try await test.ledger.backUp(to: test.backup) }
        task.cancel()
        _ = await task.result
        #expect(try test.names("backup", ".backup").allSatisfy { $0 == "backup.sqlite" })
        let error = await #expect(throws: EventLogError.self) {
            try await test.ledger.backUp(to: test.folder.file("no/folder/b.sqlite"))
        }
        #expect(error?.code == .storage)
        #expect(error?.message.contains("The folder \(test.folder.file("no/folder")) does not exist") == true)
        await test.ledger.close()
    }

    @Test func onlyOneOfTwoGetsTheName() async throws {
        let test = try await Self.ledger()
        let made = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<6 {
                group.addTask { (try? await test.ledger.backUp(to: test.backup)) != nil }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(made == 1)
        #expect(try test.names("backup", ".backup") == ["backup.sqlite"])
        await test.ledger.close()
    }

    /// Another ledger's key, a master key: nothing that is no backup.
    @Test func anotherLedgersKeyIsNotReplaced() async throws {
        let (test, other) = (try await Self.ledger(), try await TestLedger.open())
        try other.ledger.log.inFile.makeSigningKey(in: .beside(other.path))
        let key = try Data(contentsOf: URL(filePath: other.path + "-key"))
        await expectLogError(.fileExists) { try await test.ledger.backUp(to: other.path + "-key", replacing: true) }
        #expect(try Data(contentsOf: URL(filePath: other.path + "-key")) == key)
        await test.ledger.close()
        await other.ledger.close()
    }

    @Test func deepItComparesTheTables() async throws {
        let test = try await Self.ledger()
        #expect(try await test.ledger.backUp(to: test.backup, deep: true).areTablesCompared)
        try test.ledger.log.inFile.file.withWriterLock { try $0.execute("UPDATE memories SET summary = 'evil'") }
        #expect(try await !test.ledger.backUp(to: test.backup, replacing: true).areTablesCompared)
        let path = test.folder.file("deep.sqlite")
        let error = await #expect(throws: EventLogError.self) { try await test.ledger.backUp(to: path, deep: true) }
        #expect(error?.code == .digestMismatch && error?.difference?.tables.map(\.table) == ["memories"])
        #expect(try test.names("deep", ".deep") == [])
        await test.ledger.close()
    }

    /// What a ledger is damaged in does not get into a backup unseen, and no backup is made of it.
    @Test(arguments: [
        "UPDATE events SET payload = x'00' WHERE position = 7", "DELETE FROM events WHERE position = 9",
        "UPDATE tree_tail SET hashes = zeroblob(length(hashes))",
    ])
    func aDamagedLedgerIsNotBackedUp(sql: String) async throws {
        let test = try await Self.ledger()
        try test.ledger.log.inFile.file.withWriterLock { try $0.execute(sql) }
        let error = await #expect(throws: EventLogError.self) { try await test.ledger.backUp(to: test.backup) }
        #expect([.damagedBackup, .damagedLog].contains(error?.code), "\(String(describing: error))")
        #expect(try test.names("backup", ".backup") == [])
        await test.ledger.close()
    }
}
