import ArgumentParser
import EventLog
import MemoryLedger

struct Export: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write all events as lines of JSON.",
        discussion: """
            A line is an event as `log` shows it, and "payload", its body in base64: nothing is lost. The first line says \
            what this is, and the last one counts the events, so that `import` can tell whether it has all of it. A file that \
            exists is not overwritten. To standard output the lines are all that is printed, with --json too.

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
        try await global.withLedger(.readOnly) { ledger in
            if file == "-" {
                _ = try await write(ledger, to: 1)
                return
            }
            let report = try await writeFile(ledger)
            let document: JSONValue = [
                "file": .string(file), "events": JSONValue(report.events),
                "first_position": report.firstPosition.map { JSONValue($0) } ?? .null,
                "last_position": report.lastPosition.map { JSONValue($0) } ?? .null,
            ]
            try global.show(document) { page in
                page.line("Wrote \(Figures.count(report.events, "event", "events")) to \(file).", .green)
            }
        }
    }

    /// Makes the file, and leaves none behind where that fails.
    private func writeFile(_ ledger: MemoryLedger) async throws -> EventExportReport {
        let descriptor: Int32
        do {
            descriptor = try System.openFile(file, makingNew: true)
        } catch let failure as FileFailure where failure.alreadyExists {
            throw CommandError("\(file) exists and is not overwritten; name another file, or delete it.")
        }
        do {
            let report = try await write(ledger, to: descriptor)
            try System.synchronise(descriptor)
            try System.closeFile(descriptor)
            return report
        } catch {
            try? System.closeFile(descriptor)
            System.removeFile(file)
            throw error
        }
    }

    private func write(_ ledger: MemoryLedger, to descriptor: Int32) async throws -> EventExportReport {
        let writer = FileWriter(descriptor: descriptor)
        // Beside lines on the same terminal a bar would only disturb.
        let bar = ProgressBar(
            "Exporting", unit: "events",
            isActive: !System.isTerminal(descriptor) && System.isTerminal(FileWriter.standardError))
        defer { bar.finish() }
        let through = try await moment.resolved(in: ledger)
        let end = if let through { through.position } else { try await ledger.log.head() }
        let total = max(0, end - after)
        var done: Int64 = 0
        let report: EventExportReport
        do {
            report = try await ledger.exportEvents(after: after, through: through) { line in
                try writer.write(line)
                done += 1
                bar.update(done, of: total)
            }
        } catch {
            // What stands before a damaged event can be read.
            try writer.flush()
            throw error
        }
        try writer.flush()
        return report
    }
}
