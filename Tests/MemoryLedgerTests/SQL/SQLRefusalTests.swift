import EventLog
import LedgerStorage
import Testing

@testable import MemoryLedger

/// Goal: a query reads the four views and nothing else, changes nothing, and says what it was refused for. Method:
/// tables of attacks on a ledger in a file; afterwards its tables are as they were.
@Suite struct SQLRefusalTests {
    private static func filled() async throws -> TestLedger {
        let test = try await TestLedger.open()
        try await test.ledger.add("tea", MemoryContent(summary: "Green", keywords: ["a", "b"]))
        try await test.ledger.add(
            "held", MemoryContent(summary: "poison"), from: Provenance(source: .init(.tool, "web")))
        try await test.ledger.quarantine(.source(.init(.tool, "web")))
        return test
    }

    private static func expectRefused(
        _ texts: [String], _ ledger: MemoryLedger, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let before = try await ledger.digest()
        let head = try await ledger.log.head()
        for text in texts {
            let error = await expectError(.invalidQuery, "\(text)", sourceLocation: sourceLocation) {
                let rows = try await ledger.query(TableQuery(text)).rows
                Issue.record("\(text) was answered: \(rows)", sourceLocation: sourceLocation)
            }
            #expect(error?.message.hasSuffix(".") == true, "\(text)", sourceLocation: sourceLocation)
        }
        #expect(try await ledger.digest() == before, sourceLocation: sourceLocation)
        #expect(try await ledger.log.head() == head, sourceLocation: sourceLocation)
        // The connection is as it was before.
        let rows = try await ledger.query(TableQuery("SELECT key FROM memories")).rows
        #expect(rows == [["tea"]], sourceLocation: sourceLocation)
    }

    /// Every table, index's table and shadow that the file has, in each way of naming it.
    @Test func noTableIsReadOrCounted() async throws {
        let test = try await Self.filled()
        let tables = try test.ledger.parts.tables.read { sqlite in
            var names: [String] = []
            let row = try sqlite.statement("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
            defer { row.reset() }
            while try row.step() { names.append(row.text(0)) }
            return names
        }
        #expect(Set(["memories", "events", "origins", "quarantined", "namespaces"]).isSubset(of: tables))
        let views = Set(TableQuery.columns.map(\.view))
        try await Self.expectRefused(
            tables.flatMap { table -> [String] in
                let name = table.sqlIdentifier
                let bare = views.contains(table) ? [] : ["SELECT * FROM \(name)", "SELECT count(*) FROM \(name)"]
                return bare + [
                    "SELECT * FROM main.\(name)", "SELECT count(*) FROM main.\(name)", "SELECT 1 FROM main.\(name)",
                    "SELECT 1 WHERE EXISTS (SELECT 1 FROM main.\(name))",
                    "SELECT m.key FROM memories m JOIN main.\(name) x", "SELECT (SELECT max(rowid) FROM main.\(name))",
                ]
            }, test.ledger)
        await test.ledger.close()
    }

    @Test func noSchemaIsRead() async throws {
        let test = try await Self.filled()
        let schemas = [
            "sqlite_schema", "sqlite_master", "main.sqlite_schema", "temp.sqlite_schema", "temp.sqlite_master",
            "sqlite_temp_schema", "sqlite_temp_master",
        ]
        let pragmas = ["table_info('memories')", "database_list", "table_list", "function_list", "compile_options"]
        try await Self.expectRefused(
            schemas.flatMap { ["SELECT * FROM \($0)", "SELECT count(*) FROM \($0)", "SELECT sql FROM \($0)"] }
                + pragmas.flatMap { ["SELECT * FROM pragma_\($0)", "SELECT count(*) FROM pragma_\($0)"] }
                + [
                    "SELECT * FROM dbstat", "SELECT * FROM sqlite_dbpage", "SELECT * FROM sqlite_stmt",
                    "SELECT * FROM bytecode('SELECT 1')", "SELECT * FROM temp.origins",
                    "SELECT * FROM nothing.memories",
                ], test.ledger)
        await test.ledger.close()
    }

    /// Something of a query's own may have the name of a view, or of what views are made of.
    @Test func ownNamesOpenNothing() async throws {
        let test = try await Self.filled()
        let names = TableQuery.columns.map(\.view) + ["json_each", "memledger__memories", "sqlite_schema"]
        try await Self.expectRefused(
            names.flatMap { name in
                [
                    "WITH \(name) AS (SELECT * FROM main.memories) SELECT * FROM \(name)",
                    "WITH \(name) AS (SELECT count(*) FROM main.quarantined) SELECT * FROM \(name)",
                    "WITH RECURSIVE \(name)(x) AS (SELECT key FROM main.memories UNION SELECT x FROM \(name)) "
                        + "SELECT * FROM \(name)",
                    "SELECT * FROM (SELECT * FROM main.memories) AS \(name)",
                    "SELECT (SELECT key FROM main.memories AS \(name))",
                    "SELECT * FROM main.memories AS \(name)",
                ]
            }, test.ledger)
        // The text of a view that is not the query's own is not told by an error either.
        let error = await expectError(.invalidQuery) {
            _ = try await test.ledger.query(TableQuery("SELECT nothing FROM memories"))
        }
        #expect(error?.message.contains("memledger_") == false)
        await test.ledger.close()
    }

    @Test func nothingIsWritten() async throws {
        let test = try await Self.filled()
        let file = test.folder.file("taken")
        try await Self.expectRefused(
            [
                "INSERT INTO memories(key) VALUES ('x')", "INSERT INTO main.origins VALUES (1, 'a', 'b')",
                "REPLACE INTO main.quarantined VALUES (1, 1)", "UPDATE main.memories SET key = 'x'",
                "DELETE FROM main.quarantined", "DELETE FROM main.quarantined RETURNING memory",
                "WITH x AS (SELECT 1) DELETE FROM main.events RETURNING 1",
                "INSERT INTO main.origins VALUES (1, 'a', 'b') RETURNING id",
                "CREATE TABLE x (y)", "CREATE TEMP TABLE x AS SELECT 1", "CREATE TEMP VIEW x AS SELECT 1",
                "CREATE VIRTUAL TABLE temp.x USING fts5(y)",
                "CREATE TEMP TRIGGER x AFTER INSERT ON main.events BEGIN "
                    + "SELECT 1; END",
                "CREATE INDEX x ON memories(key)", "DROP TABLE main.memories", "DROP VIEW memories",
                "DROP VIEW temp.memories", "ALTER TABLE main.memories RENAME TO x",
                "ATTACH '\(file)' AS x", "ATTACH ':memory:' AS x", "DETACH temp", "VACUUM", "VACUUM INTO '\(file)'",
                "REINDEX", "ANALYZE", "BEGIN", "BEGIN IMMEDIATE", "COMMIT", "ROLLBACK", "SAVEPOINT x", "RELEASE x",
                "PRAGMA query_only", "PRAGMA query_only = 0", "PRAGMA user_version = 7", "PRAGMA table_info(memories)",
                "PRAGMA writable_schema = 1", "PRAGMA journal_mode = DELETE", "EXPLAIN DELETE FROM main.memories",
            ], test.ledger)
        #expect(try test.folder.contents()["taken"] == nil)
        await test.ledger.close()
    }

    @Test func noFunctionReachesBeyond() async throws {
        let test = try await Self.filled()
        let file = test.folder.file("taken")
        try await Self.expectRefused(
            [
                "SELECT load_extension('x')", "SELECT LOAD_EXTENSION('x', 'y')", "SELECT \"load_extension\"('x')",
                "SELECT writefile('\(file)', 'x')", "SELECT readfile('/etc/hostname')", "SELECT edit('x')",
                "SELECT fts5(NULL)", "SELECT fts3_tokenizer('x')", "SELECT sqlite_log(1, 'x')",
                "SELECT bm25(memories) FROM memories", "SELECT highlight(memories, 0, '', '') FROM memories",
                "SELECT snippet(memories, 0, '', '', '', 1) FROM memories", "SELECT * FROM fsdir('/')",
                "SELECT * FROM memories WHERE memories MATCH 'x'", "SELECT key FROM memories WHERE key REGEXP 'x'",
                "SELECT raise(ABORT, 'x')",
            ], test.ledger)
        await test.ledger.close()
    }

    // MARK: The text

    @Test func whatIsNoStatement() async throws {
        let test = try await Self.filled()
        try await Self.expectRefused(
            [
                "", " ", "\n", ";", ";;", "-- nothing", "/* nothing */", "-- nothing\n;", "nothing", "SELECT",
                "SELECT (",
                "SELECT 'a", "SELECT \"nothing\"", "SELECT 1 FROM", "é", "\u{feff}", "SELECT 1\u{0}",
                "SELECT '\u{0}'", "\u{0}SELECT 1", "SELECT 1 -- \u{0}", "SELECT 1;\u{0}DELETE FROM main.memories",
                "SELECT 1; SELECT 2", "SELECT 1;SELECT", "SELECT 1; DELETE FROM main.memories",
                "DELETE FROM main.memories; SELECT 1", "SELECT 1; nothing", "/* a */; SELECT 1; /* b */ SELECT 2",
                "SELECT \(String(repeating: "(", count: 5_000))1\(String(repeating: ")", count: 5_000))",
                "SELECT \(Array(repeating: "1", count: 3_000).joined(separator: ","))",
                Array(repeating: "SELECT 1", count: 600).joined(separator: " UNION ALL "),
                "SELECT * FROM \(Array(repeating: "namespaces", count: 100).joined(separator: ","))",
            ], test.ledger)
        await expectError(.invalidArgument) {
            let long = "SELECT 1 --" + String(repeating: "x", count: TableQuery.maximumBytes)
            _ = try await test.ledger.query(TableQuery(long))
        }
        await test.ledger.close()
    }

    @Test(arguments: [
        "SELECT 1", "SELECT 1;", "SELECT 1 ; ;\n;", " \t\nSELECT 1", "-- one\nSELECT 1", "/* one */ SELECT 1",
        "SELECT 1 -- one", "SELECT 1; -- one", "SELECT 1; /* one */ ; -- two\n", "SELECT 1 /* not ended",
        "SELECT /* ; */ 1", "VALUES (1)", "WITH x AS (SELECT 1) SELECT * FROM x", "select 1 as \";\"",
        "SELECT 1\r\n\u{c};\r\n",
    ])
    func oneStatementMayHaveCommentsAround(text: String) async throws {
        let ledger = try await MemoryLedger.inMemory()
        #expect(try await ledger.query(TableQuery(text)).rows == [[1]])
        await ledger.close()
    }
}
