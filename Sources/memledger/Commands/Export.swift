import ArgumentParser
import EventLog
import LedgerCapabilities
import LedgerOperations
import LedgerStorage
import MemoryLedger
import SQLiteEventLog

struct Export: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write all events as lines of JSON.",
        discussion: """
            A line is an event as `log` shows it, and "payload", its body in base64: nothing is lost. The first line says \
            what this is, and the last one counts the events, so that `import` can tell whether it has all of it. The \
            file appears whole or not at all; one that exists is not overwritten. To standard output the lines are all \
            that is printed, with --json too.

            JSON, for a file: {"file", "events", "first_position", "last_position"}.

              memledger export backup.jsonl
              memledger export - | gzip > backup.jsonl.gz
              memledger export then.jsonl --at 2026-01-23
            """)

    @Argument(help: "The file to make; - writes to standard output.", completion: .file()) var file = "-"
    @Option(help: ArgumentHelp("Only events after this position.", valueName: "position")) var after: Int64 = 0
    @OptionGroup var moment: MomentOptions
    @OptionGroup var actor: ActorOption
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if after < 0 { throw ValidationError("--after is 0 or more, not \(after).") }
    }

    func run() async throws {
        let target = file == "-" ? nil : try OutputPath(file, global, standardOutput: "give - to print it")
        try await global.withLedger(.readOnly) { ledger in
            guard let target else {
                let writer = FileWriter.standardOutput()
                _ = try await write(ledger, isTerminal: System.isTerminal(1)) {
                    try writer.write($0)
                } flush: {
                    try writer.flush()
                }
                return
            }
            let report = try await interruptible("no file was written") { try await writeFile(target, ledger) }
            try global.show(report.document().naming(file: file)) { page in
                page.line("Wrote \(Figures.count(report.events, "event", "events")) to \(file).", .green)
            }
        }
    }

    /// Makes the whole file, or none.
    private func writeFile(_ target: OutputPath, _ ledger: MemoryLedger) async throws -> EventExportReport {
        let output = try target.open()
        let report = try await write(ledger, isTerminal: false) {
            try output.write($0)
        } flush: {
        }
        try output.finish()
        return report
    }

    private func write(
        _ ledger: MemoryLedger, isTerminal: Bool, line: ([UInt8]) throws -> Void, flush: () throws -> Void
    ) async throws -> EventExportReport {
        // Beside lines on the same terminal a bar would only disturb.
        let bar = ProgressBar(
            "Exporting", unit: "events",
            isActive: !isTerminal && System.isTerminal(FileWriter.standardError))
        defer { bar.finish() }
        let through = try await moment.resolved(in: ledger)
        let end = if let through { through.position } else { try await ledger.log.head() }
        let total = max(0, end - after)
        var done: Int64 = 0
        let report: EventExportReport
        do {
            report = try await ledger.exportEvents(after: after, through: through) { bytes in
                try line(bytes)
                done += 1
                bar.update(done, of: total)
            }
        } catch {
            // What stands before a damaged event can be read from a pipe.
            try flush()
            throw error
        }
        try flush()
        return report
    }
}
