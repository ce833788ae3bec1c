import ArgumentParser
import EventLog
import LedgerCapabilities
import LedgerOperations
import MemoryLedger
import Projections
import SQLiteEventLog

struct Checkout: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write the tables as they stood at a moment into an SQLite file of their own.",
        discussion: """
            For any SQL tool: the same tables, indexes and columns, built from the log. Its table checkout_info names \
            the ledger, the position, the versions of the projections and the digest of each table. The file appears \
            whole or not at all; a ledger is never replaced. Without --at it is the present.

            With --format it is a database that the old program reads, with what was written here since: the way back \
            from a migration. What the format cannot hold is reported for each memory, and the exit status is 3 then.

            JSON: {"file", "position", "time", "size_bytes", "tables": {TABLE: SHA256}, "info": {NAME: VALUE}}. With \
            --format: {"file", "format", "position", "time", "size_bytes", "memories", "links", "left_out", "changed", \
            "quarantined", "locked", "namespaces", "notes", "reported": [{"namespace", "key", "left_out", "fields": \
            [{"field", "reason"}]}]}.

              memledger checkout --at 2026-01-23 --output then.sqlite
              memledger checkout --format keyv --output kv.db --report lost.json
              sqlite3 then.sqlite "SELECT key, summary FROM memories"
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case keyv
        case kvMemory2 = "kv-memory-2"

        var layout: LegacyLayout {
            switch self {
            case .keyv: .keyv
            case .kvMemory2: .kvMemory2
            }
        }
    }

    @OptionGroup var moment: MomentOptions
    @Option(help: "A format of the old program. (default: the ledger's own tables)") var format: Format?
    @Option(help: ArgumentHelp("The file to make.", valueName: "file"), completion: .file()) var output: String
    @Flag(help: "Replace the file if there is one.") var force = false
    @Option(
        help: ArgumentHelp("With --format: write the whole report there as JSON, too.", valueName: "file"),
        completion: .file())
    var report: String?
    @OptionGroup var actor: ActorOption
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if output.isEmpty { throw ValidationError("--output names no file.") }
        guard let report else { return }
        if format == nil { throw ValidationError("--report belongs to --format.") }
        if report.isEmpty { throw ValidationError("--report names no file.") }
        if ProtectedFiles.areSame(report, output) {
            throw ValidationError("--report and --output name the same file.")
        }
    }

    /// What most rows of checkout_info are, which would fill the screen.
    private static let digestPrefix = "digest."
    private static let projectorPrefix = "projector."

    func run() async throws {
        if let format { return try await LegacyCheckoutRun(format.layout, self).run() }
        try global.protectedFiles().check(output)
        let bar = ProgressBar("Checking out", unit: "events")
        defer { bar.finish() }
        let report = try await global.withLedger(.readOnly) { ledger in
            let head = try await ledger.log.head()
            let at: LogMoment
            if let given = try await moment.resolved(in: ledger) {
                at = given
            } else {
                at = try await ledger.asOf(.position(head)).moment
            }
            return try await interruptible("\(output) was not written") {
                try await ledger.checkout(at: at, to: output, replacing: force) {
                    bar.update($0.position, of: $0.head)
                }
            }
        }
        bar.finish()
        try global.show(report.document()) { page in
            page.line("Wrote \(report.file) as of position \(Figures.grouped(report.moment.position)).", .green)
            page.fields([("size", Figures.bytes(report.sizeBytes))])
            let digests = report.info.count { $0.name.hasPrefix(Self.digestPrefix) }
            page.fields(
                report.info.filter { !$0.name.hasPrefix(Self.digestPrefix) && !$0.name.hasPrefix(Self.projectorPrefix) }
                    .map { ($0.name, $0.value) } + [("digests", "of \(digests) tables, in checkout_info and --json")])
        }
    }
}
