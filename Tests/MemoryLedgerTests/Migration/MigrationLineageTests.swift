import EventLog
import Foundation
import SQLiteEventLog
import Testing

@testable import MemoryLedger

/// Goal: only the rows say whether a database is one that was imported before, and how a row has changed. Method:
/// databases that have grown, were read by the old program, or are another agent's at the same path.
@Suite(.onEveryBackend) struct MigrationLineageTests {
    private static func keyv(_ rows: [(String, String)]) -> String {
        "CREATE TABLE keyv (key VARCHAR(255) PRIMARY KEY, value TEXT);"
            + rows.map { "INSERT INTO keyv VALUES ('mem:\($0.0)', '{\"value\":\($0.1)}');" }.joined()
    }

    private static func likes(_ summary: String) -> String { keyv([("likes", "{\"summary\":\"\(summary)\"}")]) }

    private func replace(_ path: String, _ sql: String) throws {
        try? FileManager.default.removeItem(atPath: path)
        try TestDatabase(path, sql).close()
    }

    /// The dry run says the same.
    @Test func anotherDatabaseAtTheSamePathOverwritesNothing() async throws {
        let test = try await TestLedger.open()
        let path = test.folder.file("kv.db")
        try replace(path, Self.likes("Ann likes tea"))
        let first = try await test.ledger.migrate(from: path)
        #expect(!first.source.isContinued && !first.source.isAnother && first.source.lineage == first.source.sha256)
        try replace(path, Self.likes("Bob likes beer"))
        for isDryRun in [true, false] {
            var options = MigrationOptions()
            options.isDryRun = isDryRun
            let report = try await test.ledger.migrate(from: path, options: options)
            #expect((report.imported, report.duplicates, report.quarantined) == (0, 0, 1))
            #expect(report.source.isAnother && !report.source.isContinued)
            let reason = try #require(report.quarantine.first?.reason)
            #expect(reason.contains("The key likes in namespace mem holds the memory of another database, "))
            #expect(reason.contains(", which lay at this path when it was imported. "))
            #expect(try await test.ledger.get("likes")?.content.summary == "Ann likes tea")
        }
        try await test.expectRebuildChangesNothing()
        await test.ledger.close()
    }

    @Test func aGrownDatabaseIsKnownWhereverItLies() async throws {
        let test = try await TestLedger.open()
        let (one, two) = (test.folder.file("one.db"), test.folder.file("two.db"))
        let rows = (0..<5).map { ("k\($0)", "{\"summary\":\"\($0)\"}") }
        try replace(one, Self.keyv(rows))
        let first = try await test.ledger.migrate(from: one)
        try replace(two, Self.keyv([("k0", "{\"summary\":\"new\"}")] + rows.dropFirst() + [("k9", "{}")]))
        let report = try await test.ledger.migrate(from: two)
        #expect(report.source.isContinued && report.source.lineage == first.source.lineage)
        #expect((report.imported, report.duplicates, report.quarantined) == (2, 4, 0))
        #expect(try await test.ledger.get("k0")?.content.summary == "new")
        await test.ledger.close()
    }

    /// Rows at the beginning are no fair sample: of 600 the first 300 were changed, 299 others and one more were not.
    @Test(arguments: [299, 301]) func allRowsAreAsked(unchanged: Int) async throws {
        let test = try await TestLedger.open()
        let path = test.folder.file("kv.db")
        let rows = (0..<600).map { ("k\($0 + 100)", "{\"summary\":\"\($0)\"}") }
        try replace(path, Self.keyv(rows))
        _ = try await test.ledger.migrate(from: path)
        try replace(
            path, Self.keyv(rows.enumerated().map { $0 < 600 - unchanged ? ($1.0, "{\"summary\":\"x\"}") : $1 }))
        let report = try await test.ledger.migrate(from: path)
        #expect(report.source.isContinued == (unchanged > 300))
        await test.ledger.close()
    }

    @Test func continuingIsSaidByHand() async throws {
        let test = try await TestLedger.open()
        let path = test.folder.file("kv.db")
        var options = MigrationOptions()
        options.continuesEarlierImport = true
        try replace(path, Self.likes("Ann likes tea"))
        let error = await #expect(throws: LegacySourceError.self) {
            try await test.ledger.migrate(from: path, options: options)
        }
        #expect(error?.code == .nothingToContinue)
        #expect(try await test.ledger.log.head() == 0)
        _ = try await test.ledger.migrate(from: path)
        try replace(path, Self.likes("Ann likes coffee"))
        let report = try await test.ledger.migrate(from: path, options: options)
        #expect((report.imported, report.quarantined) == (1, 0) && report.source.isContinued)
        #expect(try await test.ledger.get("likes")?.content.summary == "Ann likes coffee")
        await test.ledger.close()
    }

    // MARK: Statistics

    private static func read(_ count: Int, _ time: Int) -> String {
        #"{"summary":"S","links":[{"type":"design","key":"b","term":"t","weight":1}],"#
            + #""meta":{"id":"a","created_at":1700000000000,"access_count":\#(count),"last_accessed_at":\#(time)}}"#
    }

    /// The old program rewrites `meta` at each read: every row differs, and every row is the same.
    @Test func whatWasOnlyReadIsADuplicateWithNewerCounts() async throws {
        let test = try await TestLedger.open()
        let path = test.folder.file("kv.db")
        try replace(path, Self.keyv([("a", Self.read(1, 1_700_000_000_001)), ("b", "{\"summary\":\"B\"}")]))
        _ = try await test.ledger.migrate(from: path)
        let before = try #require(try await test.ledger.get("a"))
        try replace(path, Self.keyv([("a", Self.read(7, 1_700_000_000_009)), ("b", "{\"summary\":\"C\"}")]))
        var options = MigrationOptions()
        options.continuesEarlierImport = true
        let report = try await test.ledger.migrate(from: path, options: options)
        #expect((report.rows, report.imported, report.duplicates, report.quarantined) == (2, 1, 1, 0))
        #expect(report.statisticsAdvanced == 1 && report.verified.different.isEmpty)
        let after = try #require(try await test.ledger.get("a"))
        #expect(after.content == before.content && after.meta.createdAt == before.meta.createdAt)
        #expect(after.meta.accessCount == 7 && after.meta.lastAccessedAt.milliseconds == 1_700_000_000_009)
        try await test.expectRebuildChangesNothing()
        let again = try await test.ledger.migrate(from: path)
        #expect((again.duplicates, again.statisticsAdvanced, again.firstPosition) == (2, 0, nil))
        await test.ledger.close()
    }

    /// A count never goes back, and the second reading knows it.
    @Test func aRowThatChangedWithFewerReadsIsNoDifference() async throws {
        let source = try await GrowingSource.open()
        try source.replace(
            GrowingSource.keyv([("x", "x"), ("y", "y")])
                + GrowingSource.entry("mem:a", "one", GrowingSource.meta(10, 20, 9)))
        try await source.migrate()
        try source.change(GrowingSource.entry("mem:a", "two", GrowingSource.meta(10, 20, 1)))
        let report = try await source.migrate()
        #expect(report.imported == 1 && !report.needsAttention && report.verified.compared == 3)
        #expect(try await source.migrate().verified.equal == 3)
        #expect(try await source.ledger.get("a")?.meta.accessCount == 9)
        try await source.finish()
    }

    /// What was changed here keeps its own statistics, and is no conflict: the source says nothing new.
    @Test func whatWasOnlyReadConflictsWithNothing() async throws {
        let test = try await TestLedger.open()
        let path = test.folder.file("kv.db")
        let row = Self.read(1, 1_700_000_000_001)
        try replace(path, Self.keyv(["a", "c", "d"].map { ($0, row) } + [("b", "{}")]))
        _ = try await test.ledger.migrate(from: path)
        try await test.ledger.update("a", MemoryChange(summary: "mine"))
        try await test.ledger.delete("c")
        // Its link follows the target.
        try await test.ledger.rename("b", to: "b2")
        let digest = try await test.ledger.digest()
        try replace(path, Self.keyv(["a", "c", "d"].map { ($0, Self.read(9, 1_700_000_000_009)) } + [("b", "{}")]))
        let report = try await test.ledger.migrate(from: path)
        #expect((report.imported, report.duplicates, report.quarantined) == (0, 4, 0), "\(report.quarantine)")
        #expect(report.statisticsAdvanced == 0 && report.firstPosition == nil && report.verified.different.isEmpty)
        #expect(try await test.ledger.digest() == digest)
        await test.ledger.close()
    }

    /// Layout 4: the decay task moves `score` and `created_at`, and reading the links their access columns.
    @Test func theDecayTaskChangesNoRow() async throws {
        let test = try await TestLedger.open()
        let path = test.folder.file("kv.db")
        let database = try TestDatabase(
            path,
            """
            CREATE TABLE memories (key TEXT PRIMARY KEY, summary TEXT, text TEXT, meta TEXT, created_at INTEGER, score REAL);
            CREATE TABLE memory_links (id INTEGER PRIMARY KEY, from_key TEXT, to_key TEXT, link_type TEXT, term TEXT,
                weight REAL, created_at INTEGER, access_count INTEGER, last_accessed_at INTEGER);
            INSERT INTO memories VALUES ('a', 'S', 'T', '{"id":"a","created_at":1700000000000,"score":50}', 1700000000, 50);
            INSERT INTO memory_links VALUES (1, 'a', 'a', 'design', 't', 0.5, 1700000000, 0, NULL);
            """)
        let first = try await test.ledger.migrate(from: path)
        try database.execute(
            """
            UPDATE memories SET score = 31, created_at = 1700009999,
                meta = '{"id":"a","created_at":1700000000000,"score":31,"version":2,"access_count":3,"status":"cold"}';
            UPDATE memory_links SET access_count = 5, last_accessed_at = 1700009999;
            """)
        let report = try await test.ledger.migrate(from: path)
        #expect(report.source.lineage == first.source.lineage)
        #expect((report.imported, report.duplicates, report.statisticsAdvanced) == (0, 1, 1))
        let memory = try #require(try await test.ledger.get("a"))
        #expect(memory.meta.status == .cold && memory.meta.accessCount == 3)
        try await test.expectRebuildChangesNothing()
        await test.ledger.close()
    }
}
