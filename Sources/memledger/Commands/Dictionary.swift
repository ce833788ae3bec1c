import ArgumentParser
import EventLog
import LedgerCapabilities
import LedgerOperations
import MemoryLedger
import SQLiteEventLog

struct Dictionary: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compression dictionaries, made from the ledger's own events.",
        discussion: """
            Small events shrink only with a dictionary. Train one when there are some thousand events, and again when \
            what they talk about has changed.

              memledger dictionary train
              memledger dictionary list
            """,
        subcommands: [DictionaryTrain.self, DictionaryList.self])
}

struct DictionaryTrain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Make a dictionary that later events are compressed with.",
        discussion: """
            JSON: {"dictionary": {"number", "size_bytes", "sha256", "added_at", "added_at_position"}, "samples", \
            "sample_bytes", "ratio_before", "ratio_after"}; the ratios are stored bytes by bytes, measured on samples \
            that were not trained on.

              memledger dictionary train --size 32768
            """)

    @Option(
        help: ArgumentHelp(
            "At most this many bytes, \(CompressionDictionary.minimumBytes) to \(CompressionDictionary.maximumBytes).",
            valueName: "bytes")
    )
    var size = CompressionDictionary.maximumBytes

    @Option(help: ArgumentHelp("How many events to read at the most.", valueName: "events")) var samples = 20_000
    @OptionGroup var actor: ActorOption
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        guard samples > 0 else { throw ValidationError("--samples is 1 or more, not \(samples).") }
        let operation = TrainDictionary(size: size, samples: samples)
        let training = try await global.withLedger(.readWrite) { try await $0.run(operation, by: actor.attribution) }
        try global.show(training.document()) { page in
            page.line(
                "Added dictionary \(training.dictionary.number), \(Figures.grouped(training.dictionary.sizeBytes)) bytes.",
                .green)
            page.line(
                "Events shrink to \(Figures.decimal(training.ratioAfter, places: 3)) of their size; before, to "
                    + "\(Figures.decimal(training.ratioBefore, places: 3)).")
        }
    }
}

struct DictionaryList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the dictionaries; the last one is in use.",
        discussion: """
            JSON: {"dictionaries": [{"number", "size_bytes", "sha256", "added_at", "added_at_position"}]}.

              memledger dictionary list
            """)

    @OptionGroup var actor: ActorOption
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let listed = try await global.withLedger(.readOnly) {
            try await $0.run(ListDictionaries(), by: actor.attribution)
        }
        let dictionaries = listed.dictionaries
        try global.show(listed.document()) { page in
            var table = Table([
                .init("NUMBER", right: true, paint: .bold), .init("BYTES", right: true), .init("ADDED"),
                .init("AT POSITION", right: true), .init("SHA-256", paint: .dim),
            ])
            for dictionary in dictionaries {
                table.add([
                    String(dictionary.number), Figures.grouped(dictionary.sizeBytes), dictionary.addedAt.rfc3339,
                    Figures.grouped(dictionary.addedAtPosition), dictionary.sha256,
                ])
            }
            page.table(table)
            if dictionaries.isEmpty { page.line("No dictionaries; make one with `memledger dictionary train`.", .dim) }
        }
    }
}
