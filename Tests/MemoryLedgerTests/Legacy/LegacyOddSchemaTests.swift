import EventLog
import Foundation
import LedgerStorage
import Testing

@testable import MemoryLedger

/// Goal: a healthy database is migrated however its schema looks. Method: databases with odd tables beside the known
/// ones, without rowids, in UTF-16 and with keys beyond the limit, read twice and compared.
@Suite struct LegacyOddSchemaTests {
    private static let keyv = """
        CREATE TABLE keyv(key TEXT PRIMARY KEY, value TEXT);
        INSERT INTO keyv VALUES ('mem:a', '{"value":{"summary":"one"}}'), ('b', '{"value":{"summary":"two"}}');
        """

    /// JSON functions in the schema of a table that holds no memories.
    @Test(
        arguments: [
            "CREATE TABLE notes(a TEXT, b TEXT GENERATED ALWAYS AS (json_extract(a, '$.b')) VIRTUAL)",
            "CREATE TABLE notes(a TEXT, b TEXT GENERATED ALWAYS AS (json_extract(a, '$.b')) STORED)",
            "CREATE TABLE notes(a TEXT); CREATE INDEX by_b ON notes(json_extract(a, '$.b'))",
            "CREATE TABLE notes(a TEXT CHECK (json_valid(a)))",
            "CREATE TABLE notes(a TEXT); CREATE VIEW bs AS SELECT json_extract(a, '$.b') FROM notes",
        ])
    func otherTablesMayUseJSON(sql: String) async throws {
        let test = try await TestLedger.open()
        let path = test.folder.file("kv.db")
        try TestDatabase(path, Self.keyv + sql + "; INSERT INTO notes(a) VALUES ('{\"b\":1}')").close()
        let report = try await test.ledger.migrate(from: path)
        #expect((report.imported, report.verified.equal) == (2, 2))
        await test.ledger.close()
    }

    @Test(
        arguments: [
            (keyv, LegacyFormat.keyv),
            (
                """
                CREATE TABLE keyv(key TEXT, value TEXT, namespace TEXT DEFAULT '', expires BIGINT, PRIMARY KEY (namespace, key));
                INSERT INTO keyv(key, value, namespace) VALUES ('a', '{"value":{"summary":"one"}}', 'mem'),
                    ('b', '{"value":{"summary":"two"}}', '');
                """, .keyv6
            ),
            (
                """
                CREATE TABLE memories(
                    key TEXT, namespace TEXT, domain TEXT, summary TEXT, text TEXT, type TEXT, keywords TEXT, meta TEXT,
                    links TEXT, created_at INTEGER, PRIMARY KEY (namespace, key));
                INSERT INTO memories(key, namespace, summary) VALUES ('a', 'mem', 'one'), ('b', 'mem', 'two');
                """, .kvMemory1
            ),
            (
                """
                CREATE TABLE memories(key TEXT PRIMARY KEY, summary TEXT, text TEXT, meta TEXT, created_at INTEGER);
                CREATE TABLE memory_links(
                    from_key TEXT, to_key TEXT, link_type TEXT, weight REAL, term TEXT, PRIMARY KEY (from_key, to_key));
                INSERT INTO memories(key, summary) VALUES ('a', 'one'), ('b', 'two');
                INSERT INTO memory_links VALUES ('a', 'b', 'bug', 0.5, 'x'), ('a', 'a', 'bug', 0.5, 'y'), ('c', 'a', 'bug', 1, 'z');
                """, .kvMemory2
            ),
        ])
    func tablesNeedNoRowID(sql: String, format: LegacyFormat) throws {
        let folder = try TemporaryFolder()
        for (name, script) in [("with", sql), ("without", sql.replacing("));", with: ")) WITHOUT ROWID;"))] {
            let script =
                name == "with"
                ? script
                : script.replacing("INTEGER);", with: "INTEGER) WITHOUT ROWID;")
                    .replacing("value TEXT);", with: "value TEXT) WITHOUT ROWID;")
            try TestDatabase(folder.file(name), script).close()
        }
        let (with, without) = (
            try LegacySource(path: folder.file("with")), try LegacySource(path: folder.file("without"))
        )
        #expect(without.format == format && without.tableSchema.primaryKey.isEmpty == false)
        let rows = try without.allRows()
        #expect(Set(rows.map(\.identity)) == Set(try with.allRows().map(\.identity)))
        #expect(try without.rowCount() == rows.count)
        try expectEqualReadings(without)
    }

    @Test(arguments: ["UTF-16le", "UTF-16be"])
    func bothReadingsAgreeInUTF16(encoding: String) throws {
        let folder = try TemporaryFolder()
        try TestDatabase(
            folder.file("keyv"),
            """
            PRAGMA encoding = '\(encoding)'; CREATE TABLE keyv(key TEXT PRIMARY KEY, value TEXT);
            INSERT INTO keyv VALUES
                ('mem:为什么', '{"value":{"domain":"d","summary":"为什么","text":"::x ::","type":"::","keywords":["为","::k","🧠"],"links":[{"type":"bug","key":"::为","term":"㨀","weight":0.25}],"meta":{"created_at":5,"access_count":3,"status":"cold"}}}'),
                ('b', '{"value":{"summary":";","text":":base64:AA=="}}');
            """
        ).close()
        try expectEqualReadings(try LegacySource(path: folder.file("keyv")))
        for sample in [Sample.kvMemory2, .kvMemory11, .kvMemory11Kept] {
            let path = try sample.make(in: folder, before: "PRAGMA encoding = '\(encoding)';")
            let source = try LegacySource(path: path)
            #expect(source.isUTF16)
            try expectEqualReadings(source)
        }
    }

    /// Every row that is a memory looks to the second reading as it does to the first.
    private func expectEqualReadings(_ source: LegacySource) throws {
        let second = LegacySecondReading(source)
        var compared = 0
        for row in try source.allRows() {
            if row.format == .kvMemory2, row.columns.isEmpty { continue }
            let read = try #require(try second.next())
            #expect(read.identity == row.identity)
            guard case .memory(let memory) = LegacyMapping().interpret(row) else { continue }
            compared += 1
            #expect(read.id == memory.id)
            #expect(read.expectation?.differences(from: memory.asMemory) == [], "\(row.displayKey)")
        }
        #expect(try second.next() == nil)
        #expect(compared >= 2)
    }

    /// The rows around a key beyond the limit of a row, and a key beyond that of a key, in tables of both kinds.
    @Test(arguments: ["", " WITHOUT ROWID"])
    func anEndlessKeyIsSetAside(suffix: String) throws {
        let folder = try TemporaryFolder()
        let path = folder.file("kv.db")
        try TestDatabase(
            path,
            """
            CREATE TABLE keyv(key TEXT PRIMARY KEY, value TEXT)\(suffix);
            INSERT INTO keyv VALUES ('mem:a', '{"value":{}}'), ('mem:' || hex(zeroblob(40000)), '{"value":{}}'),
                ('mem:' || hex(zeroblob(40001)), '{"value":{}}'), ('mem:' || hex(zeroblob(1000)), '{"value":{}}'),
                ('mem:z', '{"value":{}}'), (hex(zeroblob(50000)), '{"value":{}}'), ('z', '{"value":{}}');
            """
        ).close()
        var limits = LegacySource.Limits()
        (limits.rowBytes, limits.keyBytes) = (50_000, 1_500)
        let source = try LegacySource(path: path, limits: limits)
        #expect(try source.rowCount() == 7)
        let cursor = LegacyRows(source)
        let second = LegacySecondReading(source)
        var (whole, setAside) = ([String](), Set<[UInt8]>())
        while let read = try cursor.next() {
            let other = try #require(try second.next())
            switch read {
            case .row(let row):
                whole.append(row.displayKey)
                #expect(other.identity == row.identity)
            case .tooLarge(let row, _):
                setAside.insert(row.identity)
                #expect(row.key.byteCount < 3_000 && row.displayKey.contains("SHA-256"))
                #expect(read.quarantineReason?.contains("or its key") == true)
            }
        }
        #expect(try second.next() == nil)
        #expect(whole == ["mem:a", "mem:z", "z"])
        #expect(setAside.count == 4)
    }
}
