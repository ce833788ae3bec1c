import AgentContext
import ArgumentParser
import EventLog
import LedgerOperations
import MemoryLedger

struct SQLCommand: AsyncParsableCommand {
    private static let views = TableQuery.columns(with: AgentContext.modules).map {
        "\($0.view): \($0.columns.joined(separator: ", "))."
    }.joined(separator: " ")

    static let configuration = CommandConfiguration(
        commandName: "sql",
        abstract: "Answer a SELECT on memories, links, namespaces and contexts, now or at any moment.",
        discussion: """
            \(views)

            The language is SQLite's. Nothing else can be read, and nothing can be changed. Memories that are \
            quarantined or have expired are left out; links may point at such, and the counts of namespaces have them. \
            Namespaces that are encrypted without a key here are in no view. Times are milliseconds since \
            1970; keywords, links and derived_from are JSON. On a terminal, CSV has U+FFFD instead of control characters, \
            as a table has; a file or a pipe gets what there is.

            JSON: {"columns", "rows", "more", "locked"}; each row is a list in the order of the columns.

              memledger sql 'SELECT type, count(*) FROM memories GROUP BY type'
              memledger sql 'SELECT key, summary FROM memories WHERE in_degree > 3' --at 2026-01-23 --format csv
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case table, csv, json
    }

    @Argument(help: ArgumentHelp("One SELECT.", valueName: "select")) var sql: String
    @Option(help: "As a table, as CSV (RFC 4180), or as one JSON document.") var format: Format?
    @Option(help: "Rows, 1 to \(TableQuery.maximumRows.upperBound).") var limit = 1_000
    @Option(help: "Seconds that it may take, 1 to \(TableQuery.secondsRange.upperBound).") var timeout = 10
    @OptionGroup var moment: MomentOptions
    @OptionGroup var actor: ActorOption
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if global.json, let format, format != .json { throw ValidationError("--json excludes --format \(format).") }
    }

    func run() async throws {
        let query = TableQuery(sql, limit: limit, seconds: timeout)
        let found = try await global.read(QueryTables(query, moment.asked), by: actor.attribution)
        switch format ?? (global.json ? .json : .table) {
        case .json: try write(GlobalOptions.text(of: found.document()))
        case .csv: try write(CSV.text(found, forTerminal: System.isTerminal(1)))
        case .table: try global.show(found.document()) { $0.rows(found) }
        }
        if found.hasMore, format != nil, format != .table {
            StandardError.say("There are more rows than \(found.rows.count); raise --limit to get them.")
        }
    }
}

extension SQLCommand {
    private func write(_ text: String) throws {
        let output = FileWriter.standardOutput()
        try output.write(text)
        try output.flush()
    }
}

/// Values between commas, as RFC 4180 has them: CRLF, quotes where they are needed.
enum CSV {
    /// - Parameter forTerminal: a person looks, so that what would steer the terminal is replaced, as in a table.
    static func text(_ found: TableRows, forTerminal: Bool) -> String {
        ([found.columns] + found.rows.map { $0.map(\.shown) }).map { row in
            row.map { field(forTerminal ? Line.sanitised($0) : $0) }.joined(separator: ",") + "\r\n"
        }.joined()
    }

    private static func field(_ text: String) -> String {
        guard text.utf8.contains(where: { [0x22, 0x2c, 0x0a, 0x0d].contains($0) }) else { return text }
        return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}

extension JSONValue {
    /// As a cell shows it; nothing for null.
    fileprivate var shown: String { isNull ? "" : string ?? description }
}

extension Page {
    fileprivate mutating func rows(_ found: TableRows) {
        var table = Table(
            found.columns.indices.map { index in
                let areNumbers = found.rows.allSatisfy { $0[index].number != nil || $0[index].isNull }
                return Table.Column(found.columns[index].uppercased(), right: areNumbers && !found.rows.isEmpty)
            })
        for row in found.rows { table.add(row.map(\.shown)) }
        self.table(table)
        if found.rows.isEmpty { line("No rows.", .dim) }
        if found.hasMore { line("There are more rows; raise --limit to get them.", .dim) }
        if !found.locked.isEmpty {
            let names = found.locked.joined(separator: ", ")
            line("Left out, because they are encrypted and there is no master key for them: \(names)", .yellow)
        }
    }
}
