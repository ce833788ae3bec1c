import ArgumentParser
import EventLog
import MemoryLedger
import SQLiteEventLog

struct Rebuild: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Build projections from the log, compare them with those that serve, or go back.",
        discussion: """
            The next generation is built beside the serving one and compared with it. Where they are equal, it serves. \
            Where they differ, nothing is changed, the rows are shown, the rebuilt tables stay in LEDGER-rebuild-differs, \
            and the exit status is 3; --replace lets the rebuilt ones serve all the same, because the log is the truth. \
            The former generation stays in the ledger until the next rebuild, or until --forget.

            Events that a projector refuses stop a rebuild; `memledger dead-letters skip` lets it pass over them.

            JSON: {"projections": [{"name", "version", "generation", "position", "compared", "not_compared_because"}], \
            "events", "seconds", "digests_equal", "difference": {"position", "kept_path", "tables": [{"projection", \
            "table", "serving_digest", "rebuilt_digest", "changed", "missing", "surplus", "serving_columns", "rows": \
            [{"kind", "key": {COLUMN: VALUE}, "columns": [{"column", "serving", "rebuilt"}]}]}]}, "skipped": [POSITION]}. \
            digests_equal is null if not everything was compared, and difference if nothing differs. --verify has \
            "position" instead of "events" and "skipped"; --rollback and --forget have only "projections".

              memledger rebuild
              memledger rebuild memories --replace
              memledger rebuild --verify
              memledger rebuild --rollback
            """)

    enum Mode: String, EnumerableFlag {
        case replace, noCompare, verify, rollback, forget

        static func help(for value: Mode) -> ArgumentHelp? {
            switch value {
            case .replace: "Let the rebuilt generation serve even where it differs."
            case .noCompare: "Do not compare; let the rebuilt generation serve."
            case .verify: "Only compare; change nothing. Exit status 3 where something differs."
            case .rollback: "Go back to the former generation."
            case .forget: "Drop the former generation."
            }
        }
    }

    @Argument(help: "The projections; all of them if none is named.") var projections: [String] = []
    @Flag(exclusivity: .exclusive) var mode: Mode?
    @OptionGroup var actor: ActorOption
    @OptionGroup var global: GlobalOptions

    private var names: [String]? { projections.isEmpty ? nil : projections }

    func run() async throws {
        switch mode {
        case .verify: try await verify()
        case .rollback:
            let states = try await global.withLedgerAsItIs(.readWrite) { try await $0.rollBack(names) }
            try global.show(["projections": .array(states.map(\.json))]) { page in
                for state in states { page.serves(state, "Went back to") }
            }
        case .forget:
            let states = try await global.withLedgerAsItIs(.readWrite) { try await $0.forgetFormerGenerations(names) }
            try global.show(["projections": .array(states.map(\.json))]) { page in
                for state in states {
                    page.line("Dropped generation \(Figures.grouped(state.generation)) of \(state.name).", .green)
                }
                if states.isEmpty { page.line("There is no former generation.", .dim) }
            }
        case .replace: try await rebuild(.replace)
        case .noCompare: try await rebuild(.ignore)
        case nil: try await rebuild(.refuse)
        }
    }

    private func rebuild(_ policy: DifferencePolicy) async throws {
        let bar = ProgressBar("Rebuilding", unit: "events")
        defer { bar.finish() }
        let clock = ContinuousClock()
        let start = clock.now
        let outcome = try await global.withLedgerAsItIs(.readWrite) { ledger in
            do {
                let report = try await ledger.rebuild(names, onDifference: policy) { bar.update($0) }
                return Outcome(
                    report: report, difference: report.difference, seconds: (clock.now - start) / .seconds(1))
            } catch let error as EventLogError where error.code == .digestMismatch {
                return Outcome(difference: error.difference, seconds: (clock.now - start) / .seconds(1))
            }
        }
        bar.finish()
        try global.show(outcome.json) { $0.rebuilt(outcome) }
        if outcome.report == nil { throw ExitCode(ExitStatus.lookAt) }
    }

    private func verify() async throws {
        let bar = ProgressBar("Verifying", unit: "events")
        defer { bar.finish() }
        let clock = ContinuousClock()
        let start = clock.now
        let report = try await global.withLedgerAsItIs(.readOnly) { ledger in
            try await ledger.verifyProjections(names) { bar.update($0) }
        }
        bar.finish()
        let seconds = (clock.now - start) / .seconds(1)
        let document: JSONValue = [
            "projections": .array(report.comparisons.map(\.json)), "position": JSONValue(report.position),
            "seconds": Outcome.rounded(seconds), "digests_equal": report.comparisons.digestsEqual,
            "difference": report.difference?.json ?? .null,
        ]
        try global.show(document) { page in
            page.comparisons(report.comparisons)
            if let difference = report.difference { page.difference(difference) }
            page.line(
                "Compared at position \(Figures.grouped(report.position)) in "
                    + "\(Figures.decimal(seconds, places: 2)) seconds; nothing was changed.")
        }
        if !report.isEqual { throw ExitCode(ExitStatus.lookAt) }
    }

    fileprivate struct Outcome {
        /// Nil where the serving generation stayed.
        var report: RebuildReport?
        var difference: GenerationDifference?
        var seconds: Double

        private static let millisecondsPerSecond = 1_000.0

        static func rounded(_ seconds: Double) -> JSONValue {
            JSONValue((seconds * millisecondsPerSecond).rounded() / millisecondsPerSecond)
        }

        var json: JSONValue {
            let projections = report.map { report in
                zip(report.projections, report.comparisons).map { state, comparison -> JSONValue in
                    .object(JSONObject((state.json.object?.members ?? []) + comparison.members.dropFirst()))
                }
            }
            return [
                "projections": .array(projections ?? []),
                "events": report.map { JSONValue($0.events) } ?? .null,
                "seconds": Self.rounded(seconds),
                "digests_equal": report?.comparisons.digestsEqual ?? false,
                "difference": difference?.json ?? .null,
                "skipped": .array(report?.skipped.map { JSONValue($0.position) } ?? []),
            ]
        }
    }
}

extension Page {
    fileprivate mutating func serves(_ state: ProjectionState, _ what: String) {
        line(
            "\(what) \(state.name), generation \(Figures.grouped(state.generation)), "
                + "at position \(Figures.grouped(state.position)).", .green)
    }

    fileprivate mutating func rebuilt(_ outcome: Rebuild.Outcome) {
        guard let report = outcome.report else {
            line("The serving tables are not what the log says. They still serve.", .yellow)
            if let difference = outcome.difference { self.difference(difference) }
            line("Let the rebuilt ones serve with `memledger rebuild --replace`.")
            return
        }
        for projection in report.projections { serves(projection, "Rebuilt") }
        line(
            Figures.count(report.events, "event", "events")
                + " in \(Figures.decimal(outcome.seconds, places: 2)) seconds.")
        comparisons(report.comparisons)
        if let difference = outcome.difference { self.difference(difference) }
        for letter in report.skipped {
            line(
                "\(letter.projection) does without event \(Figures.grouped(letter.position)): \(letter.reason)", .yellow
            )
        }
    }
}
