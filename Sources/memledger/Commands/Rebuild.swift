import ArgumentParser
import EventLog
import MemoryLedger

struct Rebuild: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Build projections anew from the log.",
        discussion: """
            The old tables answer until the new ones take their place. Their digests are compared: equal ones prove \
            that the tables held what the log says. Where they differ, the exit status is 3.

            JSON: {"projections": [{"name", "version", "generation", "position"}], "events", "seconds", \
            "digests_equal"}; the last is null with --no-compare, where the old tables could not be read, or where \
            somebody wrote meanwhile.

              memledger rebuild
              memledger rebuild memories --no-compare
            """)

    @Argument(help: "The projections; all of them where none is named.") var projections: [String] = []
    @Flag(inversion: .prefixedNo, help: "Compare the digests before and after.") var compare = true
    @OptionGroup var actor: ActorOption
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let bar = ProgressBar("Rebuilding", unit: "events")
        let progress: RebuildProgress = { bar.update($0.position, of: $0.head) }
        defer { bar.finish() }
        let outcome = try await global.withLedger(.readWrite, progress: progress) { ledger in
            // Tables that were dropped by hand have no digest; that is what the rebuild is for.
            let before = compare ? try? await ledger.digest() : nil
            let start = ContinuousClock().now
            let report = try await ledger.rebuild(projections.isEmpty ? nil : projections, progress: progress)
            let seconds = (ContinuousClock().now - start) / .seconds(1)
            var isEqual: Bool?
            if let before {
                let after = try await ledger.digest()
                if after.position == before.position { isEqual = after.tables == before.tables }
            }
            return Outcome(report: report, seconds: seconds, isEqual: isEqual)
        }
        bar.finish()
        try global.show(outcome.json) { $0.rebuilt(outcome) }
        if outcome.isEqual == false { throw ExitCode(ExitStatus.lookAt) }
    }

    fileprivate struct Outcome {
        var report: RebuildReport
        var seconds: Double
        var isEqual: Bool?

        private static let millisecondsPerSecond = 1_000.0

        var json: JSONValue {
            [
                "projections": .array(
                    report.projections.map {
                        [
                            "name": .string($0.name), "version": JSONValue($0.version),
                            "generation": JSONValue($0.generation), "position": JSONValue($0.position),
                        ]
                    }),
                "events": JSONValue(report.events),
                "seconds": JSONValue(
                    (seconds * Self.millisecondsPerSecond).rounded() / Self.millisecondsPerSecond),
                "digests_equal": isEqual.map { .bool($0) } ?? .null,
            ]
        }
    }
}

extension Page {
    fileprivate mutating func rebuilt(_ outcome: Rebuild.Outcome) {
        for projection in outcome.report.projections {
            line(
                "Rebuilt \(projection.name), generation \(Figures.grouped(projection.generation)), "
                    + "at position \(Figures.grouped(projection.position)).", .green)
        }
        line(
            Figures.count(outcome.report.events, "event", "events")
                + " in \(Figures.decimal(outcome.seconds, places: 2)) seconds.")
        switch outcome.isEqual {
        case true?: line("The digests are equal.")
        case false?: line("The digests differ: the tables did not hold what the log says; they do now.", .yellow)
        case nil: break
        }
    }
}
