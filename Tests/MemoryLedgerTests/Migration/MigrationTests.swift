import EventLog
import Foundation
import SQLiteEventLog
import Testing

import class EventLogTesting.FixedClock

@testable import MemoryLedger

/// Goal: invariant 8, every row of a source is accounted for, and a migration can be repeated, continued and rebuilt.
/// Method: the sample databases of `Tools/sample`, which hold every hard case, are migrated for real.
@Suite(.onEveryBackend) struct MigrationTests {
    @Test(arguments: Sample.allCases)
    func accountsForEveryRow(sample: Sample) async throws {
        let test = try await TestLedger.open()
        let source = try sample.make(in: test.folder)
        let bytes = try test.folder.contents().filter { $0.key.hasPrefix(sample.rawValue) }
        let report = try await test.ledger.migrate(from: source)
        #expect(report.rows == report.imported + report.duplicates + report.quarantined)
        #expect(report.duplicates == 0)
        #expect(report.rows > 0)
        #expect(report.verified.different.isEmpty, "\(report.verified.different)")
        #expect(report.verified.equal == report.verified.compared)
        #expect(report.verified.compared > 0)
        #expect(report.quarantine.count == report.quarantined)
        #expect(report.quarantine.allSatisfy { !$0.reason.isEmpty })
        #expect(report.memories == report.imported - report.expired)
        #expect(try test.folder.contents().filter { $0.key.hasPrefix(sample.rawValue) } == bytes)
        try await expectRebuildChangesNothing(test.ledger)
        await test.ledger.close()
    }

    @Test(arguments: Sample.allCases)
    func repeatingChangesNothing(sample: Sample) async throws {
        let test = try await TestLedger.open()
        let source = try sample.make(in: test.folder)
        let first = try await test.ledger.migrate(from: source)
        let digest = try await test.ledger.digest()
        let second = try await test.ledger.migrate(from: source)
        #expect(try await test.ledger.digest() == digest)
        #expect(second.imported == 0)
        #expect(second.duplicates == first.imported)
        #expect(second.quarantined == first.quarantined)
        #expect(second.expired == first.expired)
        #expect(second.memories == first.memories)
        #expect(second.firstPosition == nil)
        await test.ledger.close()
    }

    @Test func aGrownSourceBringsOnlyWhatIsNewOrChanged() async throws {
        let test = try await TestLedger.open()
        let path = test.folder.file("kv.db")
        let source = try TestDatabase(path, Self.threeRows)
        _ = try await test.ledger.migrate(from: path)
        try source.execute(
            """
            UPDATE keyv SET value = '{"value":{"summary":"changed"}}' WHERE key = 'mem:a';
            INSERT INTO keyv VALUES ('mem:c', '{"value":{"summary":"new"}}');
            """)
        let report = try await test.ledger.migrate(from: path)
        #expect(
            (report.rows, report.imported, report.duplicates, report.quarantined) == (4, 2, 2, 0),
            "\(report.quarantine)")
        #expect(report.verified.different.isEmpty)
        #expect(try await test.ledger.get(MemoryKey(key: "a"))?.content.summary == "changed")
        #expect(try await test.ledger.get(MemoryKey(key: "c"))?.content.summary == "new")
        try await expectRebuildChangesNothing(test.ledger)
        await test.ledger.close()
    }

    /// One of them may change, and most are still the same.
    private static let threeRows = """
        CREATE TABLE keyv (key VARCHAR(255) PRIMARY KEY, value TEXT);
        INSERT INTO keyv VALUES ('mem:a', '{"value":{"summary":"first"}}'), ('mem:b', '{"value":{"summary":"second"}}'),
            ('mem:d', '{"value":{"summary":"third"}}');
        """

    @Test func whatWasChangedInTheLedgerIsNotOverwritten() async throws {
        let test = try await TestLedger.open()
        let path = test.folder.file("kv.db")
        let source = try TestDatabase(path, Self.threeRows)
        _ = try await test.ledger.migrate(from: path)
        try await test.ledger.update(MemoryKey(key: "a"), MemoryChange(summary: "mine"))
        try source.execute("UPDATE keyv SET value = '{\"value\":{\"summary\":\"theirs\"}}' WHERE key = 'mem:a'")
        let report = try await test.ledger.migrate(from: path)
        #expect(report.quarantined == 1)
        #expect(report.quarantine.first?.key == "mem:a")
        #expect(try await test.ledger.get(MemoryKey(key: "a"))?.content.summary == "mine")
        #expect(report.needsAttention)
        await test.ledger.close()
    }

    /// Renamed, deleted, read and set by hand here, then changed in the source.
    @Test func aLaterMigrationUndoesNothing() async throws {
        let test = try await TestLedger.open()
        let path = test.folder.file("kv.db")
        let rows = (0..<5).map { "('mem:k\($0)', '{\"value\":{\"summary\":\"first\"}}')" }.joined(separator: ", ")
        let source = try TestDatabase(
            path, "CREATE TABLE keyv (key TEXT PRIMARY KEY, value TEXT); INSERT INTO keyv VALUES \(rows)")
        let ledger = test.ledger
        _ = try await ledger.migrate(from: path)
        try await ledger.rename(MemoryKey(key: "k0"), to: "moved")
        try await ledger.delete(MemoryKey(key: "k1"))
        for _ in 0..<2 { _ = try await ledger.access(MemoryKey(key: "k2")) }
        var meta = MemoryMetaValues(MemoryMeta(id: "k3", at: test.clock.now()))
        meta.status = .cold
        try await ledger.setMeta(MemoryKey(key: "k3"), meta)
        try source.execute("UPDATE keyv SET value = '{\"value\":{\"summary\":\"second\"}}'")
        // No row is the same any more, so somebody has to say which database it is.
        var options = MigrationOptions()
        options.continuesEarlierImport = true
        for _ in 0..<2 {
            let report = try await ledger.migrate(from: path, options: options)
            #expect(report.quarantine.map(\.key) == ["mem:k0", "mem:k1", "mem:k3"])
            #expect(report.verified.different.isEmpty)
            #expect(try await ledger.get(MemoryKey(key: "k0")) == nil)
            #expect(try await ledger.get(MemoryKey(key: "k1")) == nil)
            #expect(try await ledger.get(MemoryKey(key: "k2"))?.meta.accessCount == 2)
            #expect(try await ledger.get(MemoryKey(key: "k2"))?.content.summary == "second")
            #expect(try await ledger.get(MemoryKey(key: "k3"))?.meta.status == .cold)
            #expect(try await ledger.get(MemoryKey(key: "k4"))?.content.summary == "second")
        }
        try await expectRebuildChangesNothing(ledger)
        await ledger.close()
    }

    /// Goal: a namespace with a colon that was not known at first. Method: the same source again, with it known.
    @Test func knowingANamespaceLaterMovesItsMemories() async throws {
        let test = try await TestLedger.open()
        let path = test.folder.file("kv.db")
        _ = try TestDatabase(
            path,
            """
            CREATE TABLE keyv (key TEXT PRIMARY KEY, value TEXT);
            INSERT INTO keyv VALUES ('mem:project:ui', '{"value":{"summary":"here"}}');
            """)
        _ = try await test.ledger.migrate(from: path)
        #expect(try await test.ledger.get(MemoryKey(key: "project:ui")) != nil)
        var options = MigrationOptions()
        options.namespaces = ["mem:project"]
        let report = try await test.ledger.migrate(from: path, options: options)
        #expect(report.imported == 1 && report.verified.different.isEmpty)
        #expect(try await test.ledger.get(MemoryKey(key: "project:ui")) == nil)
        #expect(try await test.ledger.get(MemoryKey(namespace: "mem:project", key: "ui")) != nil)
        try await expectRebuildChangesNothing(test.ledger)
        await test.ledger.close()
    }

    @Test func anotherDatabaseDoesNotOverwriteTheFirst() async throws {
        let test = try await TestLedger.open()
        let (first, second) = (test.folder.file("one.db"), test.folder.file("two.db"))
        _ = try TestDatabase(first, Self.threeRows)
        _ = try TestDatabase(second, Self.threeRows.replacing("first", with: "other").replacing("second", with: "more"))
        _ = try await test.ledger.migrate(from: first)
        let report = try await test.ledger.migrate(from: second)
        // Of one row both say the same.
        #expect((report.imported, report.duplicates, report.quarantined) == (0, 1, 2))
        #expect(try await test.ledger.get(MemoryKey(key: "a"))?.content.summary == "first")
        await test.ledger.close()
    }

    @Test func expiredRowsAreRecordedAndShownOnlyWhenAskedFor() async throws {
        let test = try await TestLedger.open()
        let path = test.folder.file("kv.db")
        let now = test.clock.now().milliseconds
        _ = try TestDatabase(
            path,
            """
            CREATE TABLE keyv (key VARCHAR(255) PRIMARY KEY, value TEXT);
            INSERT INTO keyv VALUES ('mem:old', '{"value":{"summary":"old"},"expires":\(now - 1)}'),
                ('mem:soon', '{"value":{"summary":"soon"},"expires":\(now + 1_000)}');
            """)
        var report = try await test.ledger.migrate(from: path)
        #expect((report.imported, report.expired, report.memories) == (2, 1, 1))
        #expect(try await test.ledger.get(MemoryKey(key: "old")) == nil)
        #expect(try await test.ledger.get(MemoryKey(key: "soon")) != nil)
        test.clock.advance(1_000)
        #expect(try await test.ledger.get(MemoryKey(key: "soon")) == nil)
        var keep = MigrationOptions()
        keep.expired = .keep
        report = try await test.ledger.migrate(from: path, options: keep)
        #expect(try await test.ledger.get(MemoryKey(key: "old"))?.content.summary == "old")
        try await expectRebuildChangesNothing(test.ledger)
        await test.ledger.close()
    }

    @Test func aDryRunSaysWhatWouldHappenAndChangesNothing() async throws {
        let test = try await TestLedger.open()
        let source = try Sample.keyv.make(in: test.folder)
        var options = MigrationOptions()
        options.isDryRun = true
        let rehearsal = try await test.ledger.migrate(from: source, options: options)
        #expect(try await test.ledger.log.head() == 0)
        let report = try await test.ledger.migrate(from: source)
        #expect(rehearsal.isDryRun)
        #expect(
            (rehearsal.rows, rehearsal.imported, rehearsal.quarantined, rehearsal.memories, rehearsal.links)
                == (report.rows, report.imported, report.quarantined, report.memories, report.links))
        #expect(rehearsal.quarantine == report.quarantine)
        await test.ledger.close()
    }

    @Test func theBackupIsWholeAndTheReportNamesIt() async throws {
        let test = try await TestLedger.open()
        let source = try Sample.keyv.make(in: test.folder)
        var options = MigrationOptions()
        options.backupFolder = test.folder.file("backups")
        let report = try await test.ledger.migrate(from: source, options: options)
        let backup = try #require(report.backup)
        let other = try await TestLedger.open()
        let again = try await other.ledger.migrate(from: backup)
        #expect((again.rows, again.imported) == (report.rows, report.imported))
        await test.ledger.close()
        await other.ledger.close()
    }

    @Test func theLedgerItselfIsNoSource() async throws {
        let test = try await TestLedger.open()
        await #expect(throws: LegacySourceError.self) { try await test.ledger.migrate(from: test.path) }
        await test.ledger.close()
    }

    private func expectRebuildChangesNothing(_ ledger: MemoryLedger) async throws {
        let before = try await ledger.digest()
        try await ledger.rebuild()
        #expect(try await ledger.digest() == before)
    }
}
