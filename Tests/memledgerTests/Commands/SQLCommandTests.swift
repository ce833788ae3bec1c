import MemoryLedger
import Testing

/// Goal: `sql` shows what a SELECT answers as a table, as CSV that spreadsheets and programs read, and as one document.
/// Method: the command as a process; values that need quotes, and such as steer a terminal.
@Suite struct SQLCommandTests {
    private func workspace() async throws -> Workspace {
        let workspace = try Workspace()
        try await workspace.succeed("add", "tea", "--summary", "Green, \"hot\"", "--text", "one\ntwo\r\nthree")
        try await workspace.succeed("add", "cup", "--summary", "=1+1", "--text", "量子")
        return workspace
    }

    private static let query = "SELECT key, summary, text FROM memories ORDER BY key"

    @Test func documents() async throws {
        let workspace = try await workspace()
        let document =
            #"{"columns":["key","summary","text"],"rows":[["cup","=1+1","量子"],"#
            + #"["tea","Green, \"hot\"","one\ntwo\r\nthree"]],"more":false,"locked":[]}"# + "\n"
        for options in [["--json"], ["--format", "json"], ["--json", "--format", "json"]] {
            let outcome = try await workspace.run(["sql", Self.query] + options)
            #expect(
                outcome.status == 0 && outcome.error.isEmpty && outcome.output == document, "\(options): \(outcome)")
        }
        let values = try await workspace.json("sql", "SELECT 1, 0.5, NULL, x'00ff', 'a', -9223372036854775808, 1e999")
        #expect(
            values["rows"]?.description == #"[[1,0.5,null,"00ff","a",-9223372036854775808,"inf"]]"#)
    }

    /// What SQLite keeps in memory for a query has a bound, in a process that has used SQLite for nothing before. What
    /// is sorted need not be kept in memory.
    @Test func memoryIsBounded() async throws {
        let workspace = try await workspace()
        let text = "hex(zeroblob(30000000))"
        let rows = [
            (Array(repeating: "length(\(text) || x)", count: 2), true),
            ((1...6).map { "max(\(text) || \($0))" }, false),
        ]
        for (columns, isAnswered) in rows {
            let sql = "WITH c(x) AS (SELECT 1 UNION SELECT 2) SELECT \(columns.joined(separator: ", ")) FROM c"
            let outcome = try await workspace.run(["sql", sql, "--timeout", "60"])
            #expect((outcome.status == 0) == isAnswered, "\(outcome)")
            #expect(outcome.error.contains("needs more than 268435456 bytes of memory") != isAnswered, "\(outcome)")
        }
        let numbers = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 150)"
        let sorted = "\(numbers) SELECT x FROM c ORDER BY hex(zeroblob(1000000)) || x LIMIT 1 OFFSET 140"
        let found = try await workspace.json("sql", sorted, "--timeout", "60")
        #expect(found["rows"]?.array?.count == 1)
    }

    private static let csv = [
        ("SELECT 1 AS a, 'x' AS b", "a,b\r\n1,x\r\n"),
        ("SELECT 'a,b' AS \"c,d\"", "\"c,d\"\r\n\"a,b\"\r\n"),
        ("SELECT 'say \"x\"' AS a", "a\r\n\"say \"\"x\"\"\"\r\n"),
        ("SELECT 'a' || char(10) || 'b' AS a, 'c' || char(13) AS b", "a,b\r\n\"a\nb\",\"c\r\"\r\n"),
        ("SELECT 'a' || char(13, 10) || 'b' AS a", "a\r\n\"a\r\nb\"\r\n"),
        // A spreadsheet takes it for a formula; a program must get what is there.
        ("SELECT '=1+1' AS a, '+1' AS b, '-1' AS c, '@x' AS d", "a,b,c,d\r\n=1+1,+1,-1,@x\r\n"),
        ("SELECT NULL AS a, '' AS b, 0.5 AS c, x'00ff' AS d", "a,b,c,d\r\n,,0.5,00ff\r\n"),
        ("SELECT ' a ' AS a, '量子' AS b", "a,b\r\n a ,量子\r\n"),
        ("SELECT 'a' || char(27) || '[31m' AS a, char(9) AS b", "a,b\r\na\u{1b}[31m,\t\r\n"),
        ("SELECT key FROM memories WHERE 0", "key\r\n"),
    ]

    @Test func commaSeparatedValues() async throws {
        let workspace = try Workspace()
        try await workspace.succeed("init")
        for (query, text) in Self.csv {
            let outcome = try await workspace.run(["sql", query, "--format", "csv"])
            #expect(outcome.status == 0 && outcome.error.isEmpty, "\(outcome)")
            #expect(Array(outcome.output.utf8) == Array(text.utf8), "\(outcome.output.debugDescription)")
        }
    }

    @Test func tables() async throws {
        let workspace = try await workspace()
        let rows: [(String, String)] = [
            (
                "SELECT key, length(text) AS n, summary FROM memories ORDER BY key",
                "KEY   N  SUMMARY\ncup   2  =1+1\ntea  14  Green, \"hot\"\n"
            ),
            ("SELECT text FROM memories ORDER BY key", "TEXT\n量子\none two three\n"),
            ("SELECT key FROM memories WHERE 0", "No rows.\n"),
            (
                "SELECT char(27) || '[31mred' AS a, 'x' || char(8238) || 'y' AS b, 'a' || char(0) || 'b' AS c",
                "A         B    C\n\u{fffd}[31mred  x\u{fffd}y  a\u{fffd}b\n"
            ),
            ("SELECT NULL AS a, 1 AS b", "A  B\n   1\n"),
        ]
        for (query, text) in rows {
            for options in [[], ["--format", "table"]] {
                let outcome = try await workspace.run(["sql", query] + options)
                #expect(outcome.status == 0 && outcome.error.isEmpty && outcome.output == text, "\(query): \(outcome)")
            }
        }
        // A column's name comes from anywhere, too.
        let named = try await workspace.succeed("sql", "SELECT 1 AS \"a\u{1b}[31m\nb\"").output
        #expect(named == "A\u{fffd}[31M B\n       1\n", "\(named.debugDescription)")
    }

    @Test func limits() async throws {
        let workspace = try await workspace()
        let table = try await workspace.succeed("sql", Self.query, "--limit", "1").output
        #expect(table.hasSuffix("There are more rows; raise --limit to get them.\n"), "\(table)")
        let document = try await workspace.json("sql", Self.query, "--limit", "1")
        #expect(document["rows"]?.array?.count == 1 && document["more"] == true)
        let csv = try await workspace.run(["sql", Self.query, "--limit", "1", "--format", "csv"])
        #expect(csv.status == 0 && csv.output.count(where: { $0 == "\r\n" }) == 2)
        #expect(csv.error == "memledger: There are more rows than 1; raise --limit to get them.\n", "\(csv)")
        let exact = try await workspace.run(["sql", Self.query, "--limit", "2", "--format", "csv"])
        #expect(exact.status == 0 && exact.error.isEmpty)
        let endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x FROM c) SELECT count(*) FROM c"
        let ended = try await workspace.run(["sql", endless, "--timeout", "1"])
        #expect(ended.isFailure(1, saying: "ended after 1 s"), "\(ended)")
    }

    @Test func moments() async throws {
        let workspace = try await workspace()
        try await workspace.succeed("update", "cup", "--summary", "blue")
        let query = "SELECT key, summary FROM memories ORDER BY key"
        #expect(try await workspace.json("sql", query, "--at", "1")["rows"]?.array?.count == 1)
        #expect(try await workspace.json("sql", query, "--at", "2")["rows"]?.array?.first == ["cup", "=1+1"])
        #expect(try await workspace.json("sql", query)["rows"]?.array?.first == ["cup", "blue"])
        let csv = try await workspace.succeed("sql", query, "--at", "1", "--format", "csv").output
        #expect(csv == "key,summary\r\ntea,\"Green, \"\"hot\"\"\"\r\n")
        let none = try await workspace.run(["sql", query, "--at", "99"])
        #expect(none.status == 1 && none.output.isEmpty && none.error.contains("99"), "\(none)")
    }

    @Test func whatIsRefused() async throws {
        let workspace = try await workspace()
        let rows: [([String], Int32, String)] = [
            (["SELECT * FROM main.memories"], 1, "one SELECT on the views memories, memory_links"),
            (["SELECT * FROM events"], 1, "one SELECT on the views"),
            (["DELETE FROM memories"], 1, "cannot modify memories"),
            (["SELECT 1; SELECT 2"], 1, "there is more than one"), ([""], 1, "one SELECT"), ([";"], 1, "one SELECT"),
            (["SELECT nosuch FROM memories"], 1, "no such column: nosuch (at byte 8)"),
            (["SELECT 1 +"], 1, "incomplete input"), (["SELECT 1", "--limit", "0"], 64, "1 to 100000 rows"),
            (["SELECT 1", "--timeout", "301"], 64, "1 to 300 seconds"),
            (["SELECT 1", "--format", "xml"], 64, "--format"), (["SELECT 1", "SELECT 2"], 64, "SELECT 2"),
            ([], 64, "select"),
            (["SELECT 1", "--json", "--format", "csv"], 64, "--json excludes --format csv"),
        ]
        for (arguments, status, words) in rows {
            let outcome = try await workspace.run(["sql"] + arguments)
            #expect(outcome.isFailure(status, saying: words), "\(arguments): \(outcome)")
        }
        let elsewhere = try await workspace.run(["sql", "SELECT 1", "--ledger", "none.sqlite"])
        #expect(elsewhere.status == 1 && elsewhere.error.contains("none.sqlite") && !workspace.exists("none.sqlite"))
    }

    @Test func lockedNamespaces() async throws {
        let workspace = try await workspace()
        try await workspace.succeed("protect", "people", "--new-master-key", "ledger.key")
        try await workspace.succeed(
            "add", "ada", "--namespace", "people", "--summary", "secret", "--master-key-file", "ledger.key")
        let document = try await workspace.json("sql", Self.query)
        #expect(document["rows"]?.array?.count == 2 && document["locked"] == ["people"])
        let table = try await workspace.succeed("sql", Self.query).output
        #expect(!table.contains("secret") && table.contains("there is no master key for them: people"))
        let keyed = try await workspace.run(
            ["sql", Self.query, "--json"], environment: ["MEMLEDGER_MASTER_KEY_FILE": "ledger.key"])
        #expect(try keyed.json()["rows"]?.array?.count == 3 && keyed.json()["locked"] == [])
    }
}
