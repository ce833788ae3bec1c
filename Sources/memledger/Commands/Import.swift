import ArgumentParser
import EventLog
import LedgerCapabilities
import LedgerOperations
import MemoryLedger
import SQLiteEventLog

struct Import: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Append the events of an export.",
        discussion: """
            Events that the ledger has by their id are left out, so importing again changes nothing. A line that is \
            no event ends the import with its number; what stands before it stays. To bring a legacy database in, use \
            `migrate`.

            A line may have the event's body in "payload", in "data", or in both, which must say the same then. If the \
            file was cut off, so that it lacks its last line or lines before it, what is there is imported, and the exit \
            status is 3.

            What another ledger decided about itself is left out and counted: its policy, quarantines, epochs and \
            keys, who read what. Decide it here by `policy`, `quarantine` and `protect`.

            JSON: {"events", "imported", "duplicates", "left_out", "incomplete": [{"events", "stated", \
            "line"}], "first_position", "last_position"}; "stated" is null for an export without its last line.

              memledger import backup.jsonl --ledger copy.sqlite
              gunzip -c backup.jsonl.gz | memledger import - --ledger copy.sqlite
            """)

    @Argument(help: "The file with lines of JSON; - reads standard input.", completion: .file()) var file: String
    @OptionGroup var actor: ActorOption
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let input = file == "-" ? .standardInput : try InputFile(file)
        let bar = ProgressBar("Importing", unit: "bytes")
        defer { bar.finish() }
        var begun = BegunChunks(FileChunks(file: input) { bar.update($0, of: input.sizeBytes) })
        if !global.hasLedger {
            // A file that begins with something else makes no ledger.
            let beginning = [try await begun.beginning(maximumLineBytes: EventImportLimits().lineBytes)]
            try await global.rehearse { _ = try await $0.importEvents(FixedChunks(beginning)) }
        }
        let chunks = begun
        let report = try await global.withLedger(.create) { ledger in
            try await interruptible("what was imported stays, and importing it again goes on from there") {
                try await ledger.importEvents(chunks)
            }
        }
        bar.finish()
        try global.show(report.document()) { page in
            page.line("Imported \(Figures.count(report.imported, "event", "events")).", .green)
            if report.duplicates > 0 {
                page.line("\(Figures.count(report.duplicates, "event was", "events were")) there already.")
            }
            if report.leftOut > 0 {
                let events = Figures.count(report.leftOut, "event", "events")
                page.line(
                    "Left out \(events) of what the other ledger decided about itself: the two ledgers' digests cannot be "
                        + "equal.", .yellow)
            }
            for export in report.incomplete { page.incomplete(export) }
        }
        if !report.incomplete.isEmpty { throw ExitCode(ExitStatus.lookAt) }
    }
}

extension Page {
    fileprivate mutating func incomplete(_ export: IncompleteExport) {
        let found = Figures.count(export.events, "event", "events")
        let what =
            export.stated.map { "says that it has \(Figures.grouped($0)) events, and has \(found)" }
            ?? "was cut off after \(found)"
        line("The export \(what) (line \(export.line)). Get all of it and import it again.", .yellow)
    }
}
