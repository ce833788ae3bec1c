import Testing

@testable import MemoryLedger

/// Goal: the format is read off the schema, or an error names the tables. Method: schemas with the format or the error.
@Suite struct LegacySchemaTests {
    private static let keyv = "CREATE TABLE keyv(key VARCHAR(255) PRIMARY KEY, value TEXT);"
    private static let leftover = """
        CREATE TABLE memories_legacy(key, namespace, domain, summary, text, type, keywords, meta, links, created_at);
        """
    private static let native = """
        CREATE TABLE memories(key TEXT PRIMARY KEY, summary TEXT, text TEXT, meta TEXT, created_at INTEGER, score REAL);
        CREATE TABLE memory_links(id INTEGER PRIMARY KEY, from_key TEXT, to_key TEXT, link_type TEXT, weight REAL);
        """

    @Test(
        arguments: [
            (keyv, nil, .keyv, "keyv"),
            ("CREATE TABLE store(key TEXT, value TEXT); CREATE TABLE other(a, b);", "store", .keyv, "store"),
            (keyv + "CREATE TABLE settings(key TEXT, value TEXT);", nil, .keyv, "keyv"),
            (native + "CREATE TABLE settings(key TEXT, value TEXT);", nil, .kvMemory2, "memories"),
            ("CREATE TABLE Keyv(KEY TEXT, Value TEXT, namespace TEXT, expires BIGINT)", nil, .keyv6, "Keyv"),
            ("CREATE TABLE keyv(key TEXT, value TEXT, namespace TEXT NOT NULL DEFAULT '')", nil, .keyv6, "keyv"),
            (
                "CREATE TABLE memories(key, namespace, domain, summary, text, type, keywords, meta, links, created_at)",
                nil,
                .kvMemory1, "memories"
            ),
            (native, nil, .kvMemory2, "memories"),
            (native + "CREATE TABLE kv_cache(key TEXT, value TEXT);", nil, .kvMemory2, "memories"),
            (native + "CREATE VIRTUAL TABLE memories_fts USING fts5(key, text);", nil, .kvMemory2, "memories"),
            (native + "CREATE TABLE kv_cache(key TEXT, value TEXT);", "kv_cache", .keyv, "kv_cache"),
            (keyv + native, "keyv", .keyv, "keyv"),
            (keyv + "CREATE TABLE more(key, value, note);", "more", .keyv, "more"),
            (keyv + "CREATE TABLE settings(key, value, note);", nil, .keyv, "keyv"),
        ] as [(String, String?, LegacyFormat, String)])
    func detects(sql: String, named: String?, format: LegacyFormat, table: String) throws {
        let folder = try TemporaryFolder()
        try TestDatabase(folder.file("a.sqlite"), sql).close()
        let source = try LegacySource(path: folder.file("a.sqlite"), table: named)
        #expect(source.format == format)
        #expect(source.table == table)
        #expect(try source.allRows().isEmpty)
        #expect(try source.rowCount() == 0)
        #expect(try LegacySecondReading(source).next() == nil)
    }

    /// All that hold memories are read, the newest first; named ones are sorted the same way.
    @Test(
        arguments: [
            (keyv + native, [], ["memories", "keyv"]),
            (leftover + keyv + native, [], ["memories", "memories_legacy", "keyv"]),
            (leftover, [], ["memories_legacy"]),
            (native + "CREATE TABLE settings(key, value); CREATE TABLE kv_cache(key, value);", [], ["memories"]),
            (leftover + keyv + native, ["keyv", "memories"], ["memories", "keyv"]),
            (keyv + "CREATE TABLE b(key, value); CREATE TABLE c(key, value);", ["c", "b"], ["c", "b"]),
        ] as [(String, [String], [String])])
    func readsSeveralTables(sql: String, named: [String], tables: [String]) throws {
        let folder = try TemporaryFolder()
        try TestDatabase(folder.file("a.sqlite"), sql).close()
        let database = try LegacyDatabase(path: folder.file("a.sqlite"))
        let sources = try database.sources(tables: named.map { .init(name: $0) })
        #expect(sources.map(\.table) == tables)
        #expect(throws: LegacySourceError.self) {
            try database.sources(tables: [.init(name: tables[0]), .init(name: tables[0])])
        }
    }

    @Test(
        arguments: [
            ("a", MigrationOptions.Table(name: "a")), ("a=b:c", MigrationOptions.Table(name: "a", namespace: "b:c")),
            ("a=b=c", MigrationOptions.Table(name: "a", namespace: "b=c")), ("=b", nil), ("a=", nil), ("", nil),
        ] as [(String, MigrationOptions.Table?)])
    func readsATableAndItsNamespace(argument: String, table: MigrationOptions.Table?) {
        #expect(MigrationOptions.Table(argument: argument) == table)
    }

    @Test(
        arguments: [
            ("CREATE TABLE a(b); CREATE TABLE c(d);", nil, nil, .unknownFormat, "a, c"),
            (
                "CREATE TABLE store(key TEXT, value TEXT); CREATE TABLE other(a);", nil, nil, .ambiguousFormat,
                "No table is called keyv or memories. Those that could be Keyv's: store (keyv). Name it with --table"
            ),
            (
                (1...13).map { "CREATE TABLE store\($0)(key TEXT, value TEXT);" }.joined(), nil, nil,
                .ambiguousFormat,
                "store6 (keyv) and 3 more. Name it with --table TABLE, once for each of several, or --table TABLE=NAMES"
            ),
            (
                (1...12).map { "CREATE TABLE t\($0)(a);" }.joined(), nil, nil, .unknownFormat,
                "t1, t10, t11, t12, t2, t3, t4, t5, t6, t7 and 2 more"
            ),
            (keyv, "kevy", nil, .tableMissing, "it has: keyv"),
            (keyv, nil, .keyv6, .unknownFormat, "keyv6"),
            (keyv, "keyv", .kvMemory1, .unknownFormat, "key, value"),
            ("CREATE TABLE memories(a); PRAGMA user_version = 1;", "memories", nil, .unknownFormat, "memories"),
        ] as [(String, String?, LegacyFormat?, LegacySourceError.Code, String)])
    func refuses(
        sql: String, named: String?, format: LegacyFormat?, code: LegacySourceError.Code, message: String
    ) throws {
        let folder = try TemporaryFolder()
        try TestDatabase(folder.file("a.sqlite"), sql).close()
        let error = #expect(throws: LegacySourceError.self) {
            try LegacySource(path: folder.file("a.sqlite"), format: format, table: named)
        }
        #expect(error?.code == code)
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }
}
