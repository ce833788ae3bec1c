import EventLog
import Foundation
import SQLiteEventLog
import Testing

@testable import MemoryLedger

/// Goal: every row of every table of one file is accounted for, and what several tables hold of one memory is imported
/// once, from the newest. Method: files as the old program's own migrations left them.
@Suite(.onEveryBackend) struct MigrationTablesTests {
    private static let keyv = "CREATE TABLE keyv (key TEXT PRIMARY KEY, value TEXT);"
    private static let native = """
        CREATE TABLE memories(
            key TEXT PRIMARY KEY, summary TEXT NOT NULL, text TEXT NOT NULL, meta TEXT NOT NULL, links TEXT NOT NULL,
            created_at INTEGER NOT NULL);
        """
    private static let leftover = """
        CREATE TABLE memories_legacy(
            key TEXT, namespace TEXT, domain TEXT, summary TEXT, text TEXT, type TEXT, keywords TEXT, meta TEXT,
            links TEXT, created_at INTEGER, PRIMARY KEY (namespace, key));
        """

    private static func meta(_ created: Int, _ accessed: Int, _ count: Int = 0) -> String {
        #"{"created_at":\#(created),"last_accessed_at":\#(accessed),"access_count":\#(count)}"#
    }

    private static func entry(_ key: String, _ summary: String, _ meta: String) -> String {
        #"INSERT INTO keyv VALUES ('\#(key)', '{"value":{"domain":"d","summary":"\#(summary)","meta":\#(meta)}}');"#
    }

    private static func memory(_ key: String, _ summary: String, _ meta: String) -> String {
        "INSERT INTO memories VALUES ('\(key)', '\(summary)', '', '\(meta)', '[]', 5);"
    }

    private static func old(_ namespace: String, _ key: String, _ summary: String, _ meta: String) -> String {
        "INSERT INTO memories_legacy VALUES ('\(key)', '\(namespace)', '', '\(summary)', '', '', '[]', '\(meta)', '[]', 5);"
    }

    private func check(_ report: MigrationReport) {
        for table in report.tables {
            #expect(table.rows == table.imported + table.duplicates + table.quarantined, "\(table)")
        }
        #expect(report.rows == report.tables.reduce(0) { $0 + $1.rows })
        #expect(report.rows == report.imported + report.duplicates + report.quarantined)
        #expect(report.verified.different.isEmpty, "\(report.verified.different)")
        #expect(report.quarantine.count == report.quarantined)
    }

    @Test func aKeyvRowWhoseMemoryIsNewerElsewhereIsADuplicate() async throws {
        let test = try await TestLedger.open()
        let path = test.folder.file("kv.db")
        try TestDatabase(
            path,
            Self.keyv + Self.native
                + Self.memory("same", "s", Self.meta(10, 20, 2)) + Self.entry("mem:same", "s", Self.meta(10, 20, 2))
                + Self.memory("newer", "now", Self.meta(10, 30, 3)) + Self.entry("mem:newer", "s", Self.meta(10, 20, 2))
                + Self.memory("anew", "now", Self.meta(25, 25)) + Self.entry("mem:anew", "s", Self.meta(10, 20, 2))
                + Self.memory("older", "s", Self.meta(10, 20, 2)) + Self.entry("mem:older", "now", Self.meta(10, 30, 3))
                + Self.memory("read", "s", Self.meta(10, 20, 2)) + Self.entry("mem:read", "now", Self.meta(10, 20, 3))
                + Self.memory("new", "s", Self.meta(10, 20)) + Self.entry("mem:gone", "s", Self.meta(10, 20))
                + Self.entry("other:same", "elsewhere", Self.meta(11, 20))
        ).close()
        let report = try await test.ledger.migrate(from: path)
        check(report)
        #expect(report.tables.map(\.table) == ["memories", "keyv"])
        #expect(report.tables.map(\.rows) == [6, 7])
        #expect(report.tables.map(\.imported) == [6, 2])
        #expect(report.tables.map(\.duplicates) == [0, 3])
        #expect(report.quarantine.map(\.key) == ["mem:older", "mem:read"])
        #expect(report.quarantine.allSatisfy { $0.table == "keyv" && $0.reason.contains("older memory") })
        #expect((report.source.table, report.source.format) == ("memories", .kvMemory2))
        #expect(report.json["tables"]?.array?.count == 2 && report.json["rows"] == 13)
        #expect(try await test.ledger.get("newer")?.content.summary == "now")
        #expect(try await test.ledger.get("older")?.content.summary == "s")
        #expect(try await test.ledger.get("gone")?.content.domain == "d")
        let digest = try await test.ledger.digest()
        let again = try await test.ledger.migrate(from: path)
        check(again)
        #expect((again.imported, again.duplicates, again.quarantined) == (0, 11, 2))
        #expect(try await test.ledger.digest() == digest)
        try await test.expectRebuildChangesNothing()
        // One of the tables alone is another thing to ask for.
        var options = MigrationOptions()
        options.tables = [.init(name: "keyv")]
        options.isDryRun = true
        let other = try await TestLedger.open()
        #expect(try await other.ledger.migrate(from: path, options: options).imported == 7)
        await test.ledger.close()
        await other.ledger.close()
    }

    /// 1.1.0 died where a key stood in two namespaces.
    @Test func whatABrokenOffMigrationLeftIsAccountedFor() async throws {
        let test = try await TestLedger.open()
        let path = test.folder.file("kv.db")
        try TestDatabase(
            path,
            Self.native + Self.leftover + Self.keyv
                + Self.memory("both", "of proj, and on", Self.meta(10, 30, 3))
                + Self.memory("one", "s", Self.meta(10, 20))
                + Self.old("proj", "both", "of proj", Self.meta(10, 20, 2))
                + Self.old("mem", "both", "of mem", Self.meta(11, 20, 2))
                + Self.old("mem", "one", "s", Self.meta(10, 20)) + Self.old("proj", "later", "s", Self.meta(10, 20))
                + Self.entry("proj:both", "of proj", Self.meta(10, 15))
                + Self.entry("proj:later", "s", Self.meta(10, 15))
        ).close()
        let report = try await test.ledger.migrate(from: path)
        check(report)
        #expect(report.tables.map(\.table) == ["memories", "memories_legacy", "keyv"])
        #expect(report.tables.map(\.imported) == [2, 1, 0])
        #expect(report.tables.map(\.duplicates) == [0, 2, 2])
        #expect(report.quarantine.map(\.key) == ["both"])
        #expect(report.quarantine.first?.reason.contains("another memory, of the table memories") == true)
        #expect(try await test.ledger.get("both")?.content.summary == "of proj, and on")
        #expect(try await test.ledger.get(MemoryKey(namespace: "proj", key: "both")) == nil)
        #expect(try await test.ledger.get(MemoryKey(namespace: "proj", key: "later"))?.content.summary == "s")
        // The past of the streams says the same as the tables of each moment.
        for position in 1...(try await test.ledger.log.head()) {
            for key in [MemoryKey(key: "both"), MemoryKey(namespace: "proj", key: "both")] {
                let view = try await test.ledger.asOf(.position(position))
                let expected = position > 1 && key.namespace == "mem"
                #expect(try await (view.get(key) != nil) == expected, "\(key) at \(position)")
            }
        }
        try await test.expectRebuildChangesNothing()
        await test.ledger.close()
    }

    @Test func severalStoresAreNamedWithTheirNamespaces() async throws {
        let test = try await TestLedger.open()
        let path = test.folder.file("kv.db")
        let stores = ["work", "home"].map { "CREATE TABLE \($0)(key TEXT PRIMARY KEY, value TEXT);" }.joined()
        try TestDatabase(
            path,
            stores + """
                INSERT INTO work VALUES ('a', '{"value":{"summary":"work a"}}'), ('w:1:b', '{"value":{"summary":"work b"}}'),
                    ('x:y', '{"value":{"summary":"work x"}}');
                INSERT INTO home VALUES ('a', '{"value":{"summary":"home a"}}'), ('mem:c', '{"value":{"summary":"c"}}');
                """
        ).close()
        let error = await #expect(throws: LegacySourceError.self) { try await test.ledger.migrate(from: path) }
        #expect(error?.code == .ambiguousFormat && error?.message.contains("--table TABLE=NAMESPACE") == true)
        var options = MigrationOptions()
        options.tables = [.init(name: "work", namespace: "w:1"), .init(name: "home")]
        let report = try await test.ledger.migrate(from: path, options: options)
        check(report)
        #expect((report.imported, report.verified.equal) == (5, 5))
        #expect(report.tables.map(\.namespace) == ["w:1", nil])
        let found = try await test.ledger.all().map { "\($0.id.namespace) \($0.id.key) \($0.content.summary)" }
        #expect(Set(found) == ["w:1 a work a", "w:1 b work b", "w:1 x:y work x", "mem a home a", "mem c c"])
        #expect(try await test.ledger.migrate(from: path, options: options).duplicates == 5)
        try await test.expectRebuildChangesNothing()
        await test.ledger.close()
    }

    /// What could have been read, and is not, is named, all of it.
    @Test func tablesThatAreNotReadAreNamed() async throws {
        let source = try await GrowingSource.open()
        let stores = (10..<22).map { "store\($0)" }
        try source.replace(
            GrowingSource.nativeTable + GrowingSource.memory("a", "native", GrowingSource.meta(1, 1))
                + GrowingSource.keyv([("b", "keyv")]) + "CREATE TABLE kv_cache (key TEXT, value TEXT);"
                + "CREATE TABLE wide (key TEXT, value TEXT, more TEXT);"
                + stores.map { "CREATE TABLE \($0) (key TEXT, value TEXT);" }.joined())
        let report = try await source.migrate()
        #expect(report.tables.map(\.table) == ["memories", "keyv"] && report.passedOver.sorted() == stores)
        let native = try await source.migrate { $0.format = .kvMemory2 }
        #expect(native.rows == 1 && native.passedOver.sorted() == ["keyv"] + stores)
        let named = try await source.migrate { $0.tables = [.init(name: "store10")] }
        #expect(named.passedOver.sorted() == ["keyv", "memories"] + stores.dropFirst())
        await source.ledger.close()
    }
}
