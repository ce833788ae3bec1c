import EventLog
import LedgerStorage
import Testing

@testable import Projections

/// Goal: a schema is what SQLite makes of its script, and what a projection may not have is refused with what to do.
/// Method: scripts with what a parser by hand would trip over; one script for each refusal.
@Suite struct ProjectionSchemaTests {
    @Test func aSchemaIsWhatSQLiteMakesOfIt() throws {
        let schema = ProjectionSchema(
            script: """
                create table if not exists "two words" (a TEXT PRIMARY KEY, b TEXT DEFAULT 'x;--y') WITHOUT ROWID; -- b
                CREATE TABLE plain (id INTEGER PRIMARY KEY, /* not -- a line */ c TEXT); CREATE INDEX i ON plain (c);
                ALTER TABLE plain ADD COLUMN d TEXT;
                ALTER TABLE plain ADD COLUMN e TEXT GENERATED ALWAYS AS (c || d);
                CREATE UNIQUE INDEX j ON plain (e, c);
                CREATE INDEX k ON plain (c) WHERE e > 1;
                CREATE INDEX l ON plain (d);
                CREATE VIRTUAL TABLE v USING fts5 (c);
                CREATE TABLE kept (x, y AS (x + 1) STORED, rowid TEXT)
                """, digestedBy: ["v": "SELECT rowid, c FROM v -- all"])
        try #require(schema.problem == nil)
        #expect(schema.tableNames == ["two words", "plain", "v", "kept"])
        #expect(
            schema.tables.map(\.sql) == [
                "CREATE TABLE \"two words\" (a TEXT PRIMARY KEY, b TEXT DEFAULT 'x;--y') WITHOUT ROWID",
                "CREATE TABLE plain (id INTEGER PRIMARY KEY, /* not -- a line */ c TEXT, d TEXT)",
                "CREATE VIRTUAL TABLE v USING fts5 (c)", "CREATE TABLE kept (x, y AS (x + 1) STORED, rowid TEXT)",
            ])
        #expect(schema.tables.map(\.copiedColumns) == [nil, nil, nil, ["oid", "x", "rowid"]])
        #expect(schema.tables[2].shadows.sorted() == ["v_config", "v_content", "v_data", "v_docsize", "v_idx"])
        #expect(schema.indexes.map(\.name) == ["i", "j", "k", "l"])
        #expect(schema.indexes.map(\.comesLast) == [false, true, true, false])
        #expect(schema.generatedColumns.count == 1)
    }

    @Test(arguments: [
        ("CREATE TABLE a (x); CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END;", "the trigger t; let the"),
        ("CREATE TABLE a (x); CREATE VIEW w AS SELECT * FROM a;", "the view w; let those"),
        ("CREATE TABLE a (x); INSERT INTO a VALUES (1);", "leave out “INSERT INTO a VALUES (1);”"),
        ("CREATE TABLE a (x); CREATE TABLE b (x); DROP TABLE a;", "leave out “DROP TABLE a;”"),
        ("CREATE TABLE a (x); ALTER TABLE a RENAME TO b;", "leave out “ALTER TABLE"),
        ("CREATE TABLE a (x); ALTER TABLE a RENAME COLUMN x TO y;", "it changes the table a; define it"),
        ("CREATE TEMP TABLE a (x);", "leave out “CREATE TEMP TABLE a (x);”"),
        ("BEGIN;", "leave out “BEGIN;”"),
        ("CREATE TABLE a (x); ALTER TABLE a ADD y AS (x); ALTER TABLE a ADD z;", "a.z behind a generated one"),
        ("CREATE VIRTUAL TABLE v USING fts5 (x);", "the virtual table v names nothing"),
        ("CREATE VIRTUAL TABLE v USING no_module (x);", "SQLite says no such module: no_module"),
        ("CREATE TABLE a (x", "SQLite says incomplete input"),
    ])
    func whatAProjectionMayNotHaveIsRefused(script: String, clause: String) throws {
        let schema = ProjectionSchema(script: script)
        let problem = try #require(schema.problem)
        #expect(problem.contains(clause), "\(problem)")
        #expect(schema.tableNames.isEmpty)
        let error = #expect(throws: EventLogError.self) { try schema.check(of: "p") }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.hasPrefix("The schema of projection p cannot") == true)
    }

    @Test(arguments: [
        (["other": "SELECT 1"], "digestedBy names other, which is no virtual table"),
        (["a": "SELECT 1", "v": "SELECT 1"], "digestedBy names a, which is no virtual table"),
        (["v": "SELECT y FROM v"], "SQLite says of what v is digested by that no such column: y"),
        (["v": "DELETE FROM a"], "SQLite says of what v is digested by that near"),
    ])
    func aQueryThatSaysNothingIsRefused(digestedBy: [String: String], clause: String) {
        let schema = ProjectionSchema(
            script: "CREATE TABLE a (x); CREATE VIRTUAL TABLE v USING fts5 (x);", digestedBy: digestedBy)
        #expect(schema.problem?.contains(clause) == true, "\(schema.problem ?? "")")
    }
}
