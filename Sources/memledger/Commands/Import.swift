import ArgumentParser
import EventLog
import MemoryLedger

struct Import: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Append the events of an export.",
        discussion: """
            Events that the ledger has by their id are left out, so importing again changes nothing. A line that is \
            no event ends the import with its number; what stands before it stays. To bring a legacy database in, use \
            `migrate`.

            What another ledger decided about itself is left out and counted: its policy, quarantines, epochs and \
            keys, who read what. Decide it here by `policy`, `quarantine` and `protect`.

            JSON: {"events", "imported", "duplicates", "left_out", "first_position", "last_position"}.

              memledger import backup.jsonl --ledger copy.sqlite
              gunzip -c backup.jsonl.gz | memledger import - --ledger copy.sqlite
            """)

    @Argument(help: "The file with lines of JSON; - reads standard input.", completion: .file()) var file: String
    @OptionGroup var actor: ActorOption
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let descriptor = file == "-" ? 0 : try System.openFile(file)
        defer { if file != "-" { try? System.closeFile(descriptor) } }
        let bar = ProgressBar("Importing", unit: "bytes")
        defer { bar.finish() }
        let total = System.size(ofDescriptor: descriptor)
        let chunks = FileChunks(descriptor: descriptor) { bar.update($0, of: total) }
        let report = try await global.withLedger(.create) { try await $0.importEvents(chunks) }
        bar.finish()
        let document: JSONValue = [
            "events": JSONValue(report.events), "imported": JSONValue(report.imported),
            "duplicates": JSONValue(report.duplicates), "left_out": JSONValue(report.leftOut),
            "first_position": report.firstPosition.map { JSONValue($0) } ?? .null,
            "last_position": report.lastPosition.map { JSONValue($0) } ?? .null,
        ]
        try global.show(document) { page in
            page.line("Imported \(Figures.count(report.imported, "event", "events")).", .green)
            if report.duplicates > 0 {
                page.line("\(Figures.count(report.duplicates, "event was", "events were")) there already.")
            }
            if report.leftOut > 0 {
                let events = Figures.count(report.leftOut, "event", "events")
                page.line("Left out \(events) of what the other ledger decided about itself.", .yellow)
            }
        }
    }
}
