import EmbeddedLedger
import EventLog
import Foundation
import LedgerStorage
import SQLiteEventLog
import Testing

@testable import MemoryLedger

/// Goal: a database that was migrated is known again after the old program has changed its layout: Keyv 6 upgrades its
/// table in place, later versions of kv-memory put native tables into the same file. Method: files in both states,
/// with what was done in the ledger in between.
@Suite(.onEveryBackend) struct MigrationLaterTablesTests {
    // MARK: Native tables

    private static let before =
        GrowingSource.keyvTable
        + ["same", "newer", "older", "read", "renamed", "deleted", "written"].map {
            GrowingSource.entry("mem:\($0)", "keyv", GrowingSource.meta(10, 20, 2))
        }.joined() + GrowingSource.entry("proj:other", "keyv", GrowingSource.meta(10, 20, 2))

    /// The newer content of the same database wins.
    @Test func nativeTablesThatCameLaterReplaceOlderContent() async throws {
        let source = try await GrowingSource.open()
        try source.replace(Self.before)
        try await source.migrate()
        let id = try #require(try await source.ledger.get("newer")).meta
        _ = try await source.ledger.access("read")
        try await source.ledger.rename("renamed", to: "elsewhere")
        try await source.ledger.delete("deleted")
        try await source.ledger.update("written", MemoryChange(summary: "mine"))
        try source.change(
            GrowingSource.nativeTable + GrowingSource.memory("same", "keyv", GrowingSource.meta(10, 20, 2))
                + GrowingSource.memory("older", "native", GrowingSource.meta(10, 15, 1))
                + ["newer", "read", "renamed", "deleted", "written", "fresh"].map {
                    GrowingSource.memory($0, "native", GrowingSource.meta(10, 30, 3))
                }.joined())
        let report = try await source.migrate()
        #expect(report.source.isContinued && report.tables.map(\.table) == ["memories", "keyv"])
        #expect(report.tables.map(\.imported) == [3, 0])
        #expect(report.tables.map(\.duplicates) == [2, 8])
        #expect(report.quarantine.map(\.key).sorted() == ["deleted", "renamed", "written"])
        #expect(report.quarantine.allSatisfy { $0.reason.contains("in the ledger") }, "\(report.quarantine)")
        for key: MemoryKey in ["newer", "read", "fresh"] { #expect(try await source.summary(key) == "native") }
        for key: MemoryKey in ["same", "older", "elsewhere"] { #expect(try await source.summary(key) == "keyv") }
        for key: MemoryKey in ["renamed", "deleted"] { #expect(try await source.summary(key) == nil) }
        #expect(try await source.summary("written") == "mine")
        #expect(try await source.ledger.get("newer")?.meta.createdAt == id.createdAt)
        #expect(report.tables.map(\.memories) == [3, 3])
        let again = try await source.migrate()
        #expect(again.firstPosition == nil && again.quarantined == 3)
        // The older table's row changes, and is older still.
        try source.change(GrowingSource.entry("mem:newer", "late", GrowingSource.meta(10, 25, 2)))
        #expect(try await source.migrate().duplicates == 13)
        #expect(try await source.summary("newer") == "native")
        try source.change(GrowingSource.memory("newer", "on", GrowingSource.meta(10, 40, 4)))
        #expect(try await source.migrate().imported == 1)
        #expect(try await source.summary("newer") == "on")
        try await source.finish()
    }

    /// What differs in its counts alone is the same, and the newer counts are those that stand.
    @Test func newerCountsOfALaterNativeTableAreTakenOver() async throws {
        let source = try await GrowingSource.open()
        let keys = ["first", "later", "own"]
        try source.replace(
            GrowingSource.keyvTable
                + keys.map { GrowingSource.entry("mem:\($0)", "keyv", GrowingSource.meta(10, 20, 2)) }.joined())
        try await source.migrate()
        func native(_ reads: [String: Int]) -> String {
            keys.map { key in
                let count = reads[key] ?? 2
                return GrowingSource.memory(key, "keyv", GrowingSource.meta(10, 18 + count, count))
            }.joined()
        }
        try source.change(GrowingSource.nativeTable + native(["first": 5]))
        let first = try await source.migrate()
        #expect((first.imported, first.duplicates, first.quarantined) == (1, 5, 0), "\(first.quarantine)")
        #expect(try await source.ledger.get("first")?.meta.accessCount == 5)
        // It was a duplicate, and is read then.
        try await source.ledger.update("own", MemoryChange(summary: "mine"))
        try source.change(native(["first": 6, "later": 7, "own": 8]))
        let later = try await source.migrate()
        #expect((later.imported, later.duplicates, later.quarantined) == (0, 6, 0), "\(later.quarantine)")
        #expect(later.statisticsAdvanced == 2)
        #expect(try await source.ledger.get("first")?.meta.accessCount == 6)
        #expect(try await source.ledger.get("later")?.meta.accessCount == 7)
        #expect(try await source.ledger.get("own")?.meta.accessCount == 2)
        #expect(try await source.migrate().firstPosition == nil)
        // Counts of the older table move nothing.
        try source.change(GrowingSource.entry("mem:later", "keyv", GrowingSource.meta(10, 40, 9)))
        #expect(try await source.migrate().duplicates == 6)
        #expect(try await source.ledger.get("later")?.meta.accessCount == 7)
        try await source.finish()
    }

    // MARK: Keyv 6

    static let keyv6 = """
        CREATE TABLE new(key VARCHAR(255) NOT NULL, value TEXT, namespace VARCHAR(255) NOT NULL DEFAULT '',
            expires BIGINT DEFAULT NULL, UNIQUE(key, namespace));
        INSERT INTO new SELECT iif(instr(key, ':') > 1, substr(key, instr(key, ':') + 1), key), value,
            iif(instr(key, ':') > 1, substr(key, 1, instr(key, ':') - 1), ''), NULL FROM keyv;
        DROP TABLE keyv;
        ALTER TABLE new RENAME TO keyv;
        """

    @Test func aTableThatKeyvSixUpgradedIsKnown() async throws {
        let source = try await GrowingSource.open()
        try source.replace(
            GrowingSource.keyv(["a", "p:b", "deleted", "c", "d", "e"].map { ($0, "one") })
                + GrowingSource.entry("plain", "one"))
        let first = try await source.migrate()
        try await source.ledger.delete("deleted")
        try source.change(Self.keyv6)
        let upgraded = try await source.migrate()
        #expect(upgraded.source.format == .keyv6 && upgraded.source.lineage == first.source.lineage)
        #expect((upgraded.duplicates, upgraded.firstPosition, upgraded.verified.compared) == (7, nil, 6))
        #expect(upgraded.memories == 6)
        // Some rows change then: in what they say, and in their statistics alone.
        for (turn, summary) in ["two", "three"].enumerated() {
            try source.change(
                ["a", "deleted", "plain"].map {
                    "UPDATE keyv SET value = '{\"value\":{\"summary\":\"\(summary)\"}}' WHERE key = '\($0)';"
                }.joined()
                    + "UPDATE keyv SET value = '{\"value\":{\"summary\":\"one\",\"meta\":\(GrowingSource.meta(10, 20, 5))}}'"
                    + " WHERE key = 'c' AND \(turn) = 0;")
            let changed = try await source.migrate()
            #expect(changed.source.lineage == first.source.lineage)
            #expect((changed.imported, changed.duplicates) == (2, 4))
            #expect(changed.statisticsAdvanced == 1 - turn && changed.quarantine.map(\.key) == ["deleted"])
            for key: MemoryKey in ["a", "plain"] { #expect(try await source.summary(key) == summary) }
        }
        #expect(try await source.ledger.get("c")?.meta.accessCount == 5)
        #expect(try await source.summary("deleted") == nil)
        #expect(try await source.migrate().firstPosition == nil)
        let rows = try source.ledger.tables.read { try $0.integer("SELECT count(*) FROM import_rows") }
        #expect(rows == 7)
        try await source.finish()
    }

    /// The upgrade splits a key at its first colon, so at most one of two such rows is what became of an older one.
    @Test func rowsThatTheUpgradeCannotHaveMadeAreOfTheirOwn() async throws {
        let source = try await GrowingSource.open()
        try source.replace(GrowingSource.keyvTable + GrowingSource.entry("mem:tea", "one"))
        try source.change(Self.keyv6)
        let rows = [("", "mem:tea"), ("a", "b:tea"), ("a:b", "tea")]
        for (namespace, key) in rows {
            let value = #"{"value":{"summary":"\#(namespace)|\#(key)"}}"#
            try source.change("INSERT INTO keyv (namespace, key, value) VALUES ('\(namespace)', '\(key)', '\(value)')")
        }
        let first = try await source.migrate()
        #expect(first.rows == 4 && first.imported >= 3)
        #expect(try await source.summary("tea") == "one")
        let again = try await source.migrate()
        #expect(again.firstPosition == nil && again.quarantined == first.quarantined)
        try await source.finish()
    }

    /// Half an upgrade left two rows for one key: one is what became of the older row, the other is set aside.
    @Test(arguments: [["mem", ""], ["mem"], [""], []])
    func ofTwoRowsForOneKeyOneIsSetAside(changed: [String]) async throws {
        let source = try await GrowingSource.open()
        try source.replace(GrowingSource.keyv([("a", "one"), ("x", "one"), ("y", "one"), ("z", "one")]))
        try await source.migrate()
        func value(_ namespace: String) -> String {
            let summary = changed.contains(namespace) ? "two \(namespace)" : "one"
            // A row of its own is another one, whether it changed or not.
            return #"{"value":{"summary":"\#(summary)","meta":{}\#(namespace.isEmpty ? #","extra":1"# : "")}}"#
        }
        try source.change(
            """
            ALTER TABLE keyv ADD COLUMN namespace VARCHAR(255) NOT NULL DEFAULT '';
            CREATE TABLE new(key VARCHAR(255) NOT NULL, value TEXT, namespace VARCHAR(255) NOT NULL DEFAULT '',
                UNIQUE(key, namespace));
            INSERT INTO new SELECT key, value, namespace FROM keyv; DROP TABLE keyv; ALTER TABLE new RENAME TO keyv;
            UPDATE keyv SET value = '\(value(""))' WHERE key = 'mem:a';
            INSERT INTO keyv VALUES ('a', '\(value("mem"))', 'mem');
            """)
        let report = try await source.migrate()
        #expect(report.source.isContinued && report.quarantine.map(\.key) == ["mem:a"], "\(report.quarantine)")
        #expect(report.quarantine.first?.reason.contains("another row of this database") == true)
        #expect(try await source.summary("a") == (changed.contains("mem") ? "two mem" : "one"))
        let again = try await source.migrate()
        #expect(again.firstPosition == nil && again.quarantined == 1)
        try await source.finish("\(changed)")
    }
}
