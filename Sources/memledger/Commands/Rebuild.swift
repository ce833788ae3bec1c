import ArgumentParser
import EventLog
import LedgerCapabilities
import LedgerOperations
import MemoryLedger
import Projections
import SQLiteEventLog

struct Rebuild: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Build projections from the log, compare them with those that serve, or go back.",
        discussion: """
            The next generation is built beside the serving one and compared with it. If they are equal, it serves. \
            If they differ, nothing is changed, the rows are shown, the rebuilt tables stay in LEDGER-rebuild-differs, \
            and the exit status is 3; --replace lets the rebuilt ones serve all the same, because the log is the truth. \
            The former generation stays in the ledger until the next rebuild, or until --forget. A projection that this \
            program does not build is dropped by --forget with its tables, if it is named.

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
            case .replace: "Let the rebuilt generation serve even if it differs."
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
            let states = try await global.withLedgerAsItIs(.readWrite) {
                try await $0.run(RollBackProjections(names), by: actor.attribution)
            }
            try global.show(states.document()) { page in
                for state in states.projections { page.serves(state, "Went back to") }
            }
        case .forget:
            let states = try await global.withLedgerAsItIs(.readWrite) {
                try await $0.run(ForgetFormerGenerations(names), by: actor.attribution)
            }
            try global.show(states.document()) { page in
                for state in states.projections {
                    page.line("Dropped generation \(Figures.grouped(state.generation)) of \(state.name).", .green)
                }
                if states.projections.isEmpty { page.line("There is no former generation.", .dim) }
            }
        case .replace: try await rebuild(.replace)
        case .noCompare: try await rebuild(.ignore)
        case nil: try await rebuild(.refuse)
        }
    }

    private func rebuild(_ policy: DifferencePolicy) async throws {
        let bar = ProgressBar("Rebuilding", unit: "events")
        defer { bar.finish() }
        let operation = RebuildProjections(names, onDifference: policy)
        let outcome = try await global.withLedgerAsItIs(.readWrite) {
            try await $0.run(operation, by: actor.attribution, bar)
        }
        bar.finish()
        try global.show(outcome.document()) { $0.rebuilt(outcome) }
        if outcome.report == nil { throw ExitCode(ExitStatus.lookAt) }
    }

    private func verify() async throws {
        let bar = ProgressBar("Verifying", unit: "events")
        defer { bar.finish() }
        let verified = try await global.withLedgerAsItIs(.readOnly) {
            try await $0.run(VerifyProjections(names), by: actor.attribution, bar)
        }
        bar.finish()
        let report = verified.report
        try global.show(verified.document()) { page in
            page.comparisons(report.comparisons)
            if let difference = report.difference { page.difference(difference) }
            page.line(
                "Compared at position \(Figures.grouped(report.position)) in "
                    + "\(Figures.decimal(verified.seconds, places: 2)) seconds; nothing was changed.")
        }
        if !report.isEqual { throw ExitCode(ExitStatus.lookAt) }
    }
}

extension Page {
    fileprivate mutating func serves(_ state: ProjectionState, _ what: String) {
        line(
            "\(what) \(state.name), generation \(Figures.grouped(state.generation)), "
                + "at position \(Figures.grouped(state.position)).", .green)
    }

    fileprivate mutating func rebuilt(_ outcome: RebuildProjections.Result) {
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
