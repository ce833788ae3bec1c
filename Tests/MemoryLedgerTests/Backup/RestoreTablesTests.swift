import EmbeddedLedger
import EventLog
import Foundation
import LedgerCapabilities
import LedgerStorage
import MerkleLog
import Projections
import SQLiteEventLog
import Testing

@testable import MemoryLedger

/// Goal: a restored ledger's tables are what its log says, whatever the backup says of them; nothing is put in the
/// place of another ledger unasked; and the log says what it was put in the place of.
/// Method: tables are changed before the backup is made, or the backup is taken for a plain ledger; checkpoints of
/// logs that were replaced are held against what replaced them.
@Suite struct RestoreTablesTests {
    private static func evil(_ path: String) throws {
        let database = try TestDatabase(
            path, "PRAGMA journal_mode = DELETE; UPDATE memories SET summary = 'evil'; PRAGMA journal_mode = WAL")
        database.close()
        for suffix in ["-wal", "-shm"] { unlink(path + suffix) }
    }

    @Test(arguments: [true, false]) func tablesThatContradictTheLogAreBuiltAnew(isBackup: Bool) async throws {
        let test = try await RandomLedger.make(seed: 21, events: 300)
        let good = try await test.ledger.digest()
        if isBackup {
            try test.ledger.log.inFile.file.withWriterLock { try $0.execute("UPDATE memories SET summary = 'evil'") }
            // Its digests are those of the changed tables.
            try await test.ledger.backUp(to: test.backup)
        } else {
            try await test.ledger.backUp(to: test.backup)
            try Self.evil(test.backup)
            try TestDatabase(test.backup, "DROP TABLE backup_info").close()
        }
        await test.ledger.close()
        let report = try await test.restore()
        #expect(report.projections.rebuilt == ["memories"] && !report.projections.areAsTheLogSays)
        let restored = try await test.another()
        #expect(try await restored.ledger.digest().tables == good.tables)
        try await restored.expectRebuildChangesNothing()
        await restored.ledger.close()
        // Nor can anybody go back to them.
        let again = try await test.restore(from: test.path, to: test.folder.file("again.sqlite"))
        #expect(again.projections == RestoredProjections())
        let ledger = try await MemoryLedger.open(at: test.folder.file("again.sqlite"), options: test.restoring)
        await expectLogError(.noFormerGeneration) { try await ledger.rollBack() }
        await ledger.close()
    }

    /// What this program cannot build is built again by the one that can.
    @Test func whatIsNotKnownHereIsBuiltAnewLater() async throws {
        let test = try await RandomLedger.make(seed: 22, events: 300)
        let good = try await test.ledger.digest()
        try test.ledger.log.inFile.file.withWriterLock { try $0.execute("UPDATE memories SET summary = 'evil'") }
        try await test.ledger.backUp(to: test.backup)
        await test.ledger.close()
        var options = RestoreOptions()
        options.isReplacing = true
        let report = try await SQLiteEventLog.restore(
            test.backup, to: test.path, options, clock: test.clock, ids: RandomEventIDs())
        let own = MemoryProjector().projections + AccessTokenProjector().projections
        #expect(report.projections.outdated == own.map(\.name).sorted())
        let restored = try await test.another()
        #expect(try await restored.ledger.digest().tables == good.tables)
        await restored.ledger.close()
    }

    @Test func anotherLedgerIsReplacedOnlyWhereThatIsSaid() async throws {
        let (test, other) = (try await TestLedger.open(), try await TestLedger.open())
        try await other.ledger.put("theirs", MemoryContent(summary: "theirs"))
        let (ours, theirs) = (try test.ledger.log.inFile.ledgerID, try other.ledger.log.inFile.ledgerID)
        try await test.ledger.backUp(to: test.backup)
        let before = try await other.ledger.digest()
        await test.ledger.close()
        await other.ledger.close()
        await expectLogError(.otherLedger) { try await test.restore(to: other.path) }
        #expect(try await TestLedger.digest(at: other.path, clock: test.clock) == before)
        #expect(try other.names(".ledger", "ledger.sqlite.before") == [])
        try await test.restore(to: other.path) { $0.allowsOtherLedger = true }
        let restored = try await other.another()
        #expect(try restored.ledger.log.inFile.ledgerID == ours)
        let replaced = try await Self.start(restored.ledger).replaced
        #expect(replaced?.origin == LedgerOrigin(ledger: theirs).text && replaced?.size == 1)
        await restored.ledger.close()
    }

    private static func start(_ ledger: MemoryLedger) async throws -> EpochStart {
        let head = try await ledger.log.head()
        let event = try #require(try await ledger.log.event(at: head))
        guard case .epochStarted(let start)? = try LedgerEvent.decode(event) else { throw EventLogError.closed }
        return start
    }

    /// A log that gave way to the same backup is known by what replaced it.
    @Test func checkpointsOfWhatWasReplacedAreLostByTheRestore() async throws {
        let test = try await TestLedger.open()
        try test.ledger.log.inFile.makeSigningKey(in: .beside(test.path))
        try await test.ledger.put("first", MemoryContent(summary: "first"))
        try await test.ledger.backUp(to: test.backup)
        await test.ledger.close()
        try await test.restore()
        let second = try await test.another()
        try await second.ledger.put("second", MemoryContent(summary: "second"))
        let signed = try await second.ledger.signCheckpoint()
        await second.ledger.close()
        try await test.restore()
        let third = try await test.another()
        let start = try await Self.start(third.ledger)
        #expect(start.number == 3 && start.replaced?.origin == signed.checkpoint.origin)
        #expect(start.replaced?.size == signed.checkpoint.size && start.replaced?.root == signed.checkpoint.root)
        #expect(start.replaced?.checkpoint == String(decoding: signed.signed.bytes, as: UTF8.self))
        let lost = CheckpointToVerify(signed.signed, name: "lost")
        #expect(try await third.ledger.log.inFile.verify(against: [lost]).damages.map(\.kind) == [.lostByRestore])
        await third.ledger.close()
    }

    /// What cannot be read is not spoken of, and gives way all the same.
    @Test func ofADamagedLedgerNothingIsSaid() async throws {
        let test = try await RandomLedger.make(seed: 23, events: 300)
        try await test.ledger.backUp(to: test.backup)
        await test.ledger.close()
        let file = try FileHandle(forWritingTo: URL(filePath: test.path))
        try file.seek(toOffset: 100)
        try file.write(contentsOf: Data(repeating: 0xff, count: 100_000))
        try file.close()
        try await test.restore()
        let restored = try await test.another()
        #expect(try await Self.start(restored.ledger).replaced == nil)
        await restored.ledger.close()
    }

    @Test func aMissingFolderIsNamed() async throws {
        let test = try await TestLedger.open()
        try await test.ledger.backUp(to: test.backup)
        await test.ledger.close()
        let error = await #expect(throws: EventLogError.self) {
            try await test.restore(to: test.folder.file("sub/dir/x.sqlite"))
        }
        #expect(error?.message.contains("The folder \(test.folder.file("sub/dir")) does not exist") == true)
    }

    /// Somebody's view in the place of the events is no log.
    @Test func aViewOverTheEventsIsRefused() async throws {
        let test = try await RandomLedger.make(seed: 24, events: 20)
        try await test.ledger.backUp(to: test.backup)
        await test.ledger.close()
        try TestDatabase(
            test.backup,
            "PRAGMA journal_mode = DELETE; PRAGMA legacy_alter_table = ON; ALTER TABLE events RENAME TO hidden;"
                + "CREATE VIEW events AS SELECT * FROM hidden; PRAGMA journal_mode = WAL"
        ).close()
        for suffix in ["-wal", "-shm"] { unlink(test.backup + suffix) }
        await expectLogError(.damagedBackup) { try await test.restore(to: test.folder.file("new.sqlite")) }
    }
}
