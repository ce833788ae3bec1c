import Foundation
import Testing

/// Goal: no statement reads or sorts a table that grows with the log as a whole, unless it is meant to; and no
/// statement escapes this rule. Method: a process of its own does everything with a small ledger once and reports how
/// SQLite would run each statement; what scans or sorts is looked for in a list with reasons, as is the SQL of the
/// sources that the process did not run.
@Suite struct StatementPlanTests {
    struct Statement: Decodable, Sendable {
        var sql: String
        var plan: [String]

        /// The steps that read or sort a whole table that grows.
        var findings: [String] {
            plan.filter { step in
                let words = step.split(separator: " ")
                if step.hasPrefix("USE TEMP B-TREE") { return true }
                guard words.first == "SCAN", words.count > 1, !step.contains("CONSTANT ROW") else { return false }
                let table = words[1].split(separator: ".").last ?? words[1]
                return !step.contains("VIRTUAL TABLE") && !table.hasPrefix("(")
                    && !StatementExceptions.smallTables.contains(String(table))
            }
        }
    }

    private static let statements = Task { try run() }

    private static func run() throws -> [Statement] {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let report = folder.appendingPathComponent("report").path
        let process = Process()
        let tool: URL = try #require(executable, "ledger-testbench is not built")
        process.executableURL = tool
        process.arguments = [
            "statements", folder.appendingPathComponent("ledger.sqlite").path, "--folder", folder.path,
            "--samples", RepositoryRulesTests.root.appendingPathComponent("Tools/sample").path, "--report", report,
        ]
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "see what it has written to standard error")
        let lines = try String(contentsOfFile: report, encoding: .utf8).split(separator: "\n")
        return try lines.map { line in
            var statement = try JSONDecoder().decode(Statement.self, from: Data(line.utf8))
            statement.sql = SQLLiteral.normalized(statement.sql)
            return statement
        }
    }

    /// It stands beside the test bundle.
    private static var executable: URL? {
        let paths = [CommandLine.arguments[0], Bundle.main.executablePath, Bundle(for: Marker.self).bundlePath]
        return paths.compactMap { $0.map { URL(filePath: $0).deletingLastPathComponent() } }
            .map { $0.appendingPathComponent("ledger-testbench") }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }
    }

    private final class Marker {}

    @Test func whatScansOrSortsIsListed() async throws {
        let statements = try await Self.statements.value
        #expect(statements.count > 500)
        var used: Set<String> = []
        for statement in statements where !statement.findings.isEmpty {
            let exception = StatementExceptions.all.first { statement.sql.hasPrefix($0.prefix) }
            if let exception { used.insert(exception.prefix) }
            #expect(exception != nil, "\(statement.sql): \(statement.findings.joined(separator: "; "))")
        }
        // A list that is longer than it must be hides what comes later.
        for exception in StatementExceptions.all where !used.contains(exception.prefix) {
            Issue.record("nothing that begins with this scans or sorts: \(exception.prefix)")
        }
    }

    @Test func everyStatementOfTheSourcesIsLookedAt() async throws {
        let seen = try await Self.statements.value.map(\.sql)
        var unused = StatementExceptions.notRun
        var literals = 0
        for (name, lines) in try RepositoryRulesTests.sources(["Sources"])
        where !name.hasPrefix("Sources/MemoryLedgerTesting/") && !name.hasPrefix("Sources/memledger/") {
            for literal in SQLLiteral.all(in: lines.joined(separator: "\n"), file: name) {
                literals += 1
                if seen.contains(where: literal.occurs) { continue }
                let text = literal.parts.joined(separator: "…")
                unused.removeAll { text.hasPrefix($0) }
                #expect(StatementExceptions.notRun.contains { text.hasPrefix($0) }, "\(literal.place): \(text)")
            }
        }
        #expect(literals > 250)
        for text in unused { Issue.record("this is run, or is there no more: \(text)") }
    }

    /// The rules are tried on what breaks them.
    @Test(arguments: [
        ("SCAN events", true), ("SCAN main.memories USING INDEX idx_memories_key", true), ("SCAN m", true),
        ("USE TEMP B-TREE FOR ORDER BY", true), ("SEARCH events USING INTEGER PRIMARY KEY (rowid=?)", false),
        ("SCAN CONSTANT ROW", false), ("SCAN projections", false), ("SCAN json_each VIRTUAL TABLE INDEX 1:", false),
    ])
    func theRuleTells(step: String, isFound: Bool) {
        #expect(Statement(sql: "", plan: [step]).findings.isEmpty != isFound)
    }

    @Test func sqlIsFoundInSources() {
        let source = #"""
            // "SELECT 0"
            let a = "SELECT a, \(b.map { "x(\($0))" }.joined(separator: ", ")) FROM t WHERE c = ?", d = "no SQL"
            let e = """
                UPDATE t
                SET a = \(f) WHERE \
                b = 1
                """
            """#
        let found = SQLLiteral.all(in: source, file: "F")
        #expect(found.map(\.parts) == [["SELECT a,", "FROM t WHERE c = ?"], ["UPDATE t SET a =", "WHERE b = 1"]])
        #expect(found.map(\.place) == ["F:2", "F:3"])
        #expect(found.allSatisfy { !$0.occurs(in: "SELECT a, b FROM u") })
        #expect(found[0].occurs(in: "SELECT a, b FROM t WHERE c = ? LIMIT 1"))
    }
}
