import ArgumentParser
import EventLog
import MemoryLedger

struct Checkout: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write the tables as they stood at a moment into an SQLite file of their own.",
        discussion: """
            For any SQL tool: the same tables, indexes and columns, built from the log. Its table checkout_info names \
            the ledger, the position, the versions of the projectors and the digest of each table. The file appears \
            whole or not at all; a ledger is never replaced. Without --at it is the present.

            JSON: {"file", "position", "time", "size_bytes", "tables": {TABLE: SHA256}, "info": {NAME: VALUE}}.

              memledger checkout --at 2026-01-23 --output then.sqlite
              sqlite3 then.sqlite "SELECT key, summary FROM memories"
            """)

    @OptionGroup var moment: MomentOptions
    @Option(help: ArgumentHelp("The file to make.", valueName: "file"), completion: .file()) var output: String
    @Flag(help: "Replace the file where there is one.") var force = false
    @OptionGroup var actor: ActorOption
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if output.isEmpty { throw ValidationError("--output names no file.") }
    }

    func run() async throws {
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
        try global.show(report.json) { page in
            page.line("Wrote \(report.file) as of position \(Figures.grouped(report.moment.position)).", .green)
            page.fields([("size", Figures.bytes(report.sizeBytes))])
            page.fields(report.info.map { ($0.name, $0.value) })
        }
    }
}

extension CheckoutReport {
    fileprivate var json: JSONValue {
        let tables = digests.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        return [
            "file": .string(file), "position": JSONValue(moment.position), "time": .string(moment.time.rfc3339),
            "size_bytes": JSONValue(sizeBytes),
            "tables": .object(JSONObject(tables.map { JSONObject.Member(name: $0.key, value: .string($0.value)) })),
            "info": .object(JSONObject(info.map { JSONObject.Member(name: $0.name, value: .string($0.value)) })),
        ]
    }
}
