import ArgumentParser
import EventLog
import LedgerCapabilities
import LedgerOperations
import MemoryLedger
import Projections
import SQLiteEventLog

struct Projections: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the state of the projections.",
        discussion: """
            Health is ok, behind, dead letters, outdated, newer, missing tables or not built; if it is not ok, the exit \
            status is 3. The lag in seconds is the recorded time between the last event in the tables and the log's last.

            Events of types that this program does not know are kept in the log, and named; nothing is wrong with them.

            JSON: {"projections": [{"name", "health", "version", "program_version", "generation", "position", "head", \
            "lag_events", "lag_seconds", "last_error", "last_error_at", "dead_letters", "skipped", "former": {"name", \
            "version", "generation", "position"}, "digests": {TABLE: SHA256}}], "unknown_events": [{"type", "events", \
            "first_position"}], "clock": {"log_time", "now", "ahead_seconds"}, "clock_jump": {"before", "after", \
            "ahead_seconds"}}; the clock is null if the log's time is not ahead of it by more than a day, the jump if \
            the clock was not set ahead by more than a day at the last append or since. Digests are null without --digests.

              memledger projections
              memledger projections --digests --json
            """)

    @Flag(help: "Hash the tables too, which reads all of them.") var digests = false
    @OptionGroup var actor: ActorOption
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let listed = try await global.withLedgerAsItIs(.readOnly) {
            try await $0.run(ListProjections(withDigests: digests), by: actor.attribution)
        }
        try global.show(listed.document()) { page in
            page.projections(listed.projections)
            page.unknownEvents(listed.unknownEvents)
            if let lead = listed.clockLead { page.line(ClockNotice.words(lead), .yellow) }
            if let jump = listed.clockJump, listed.clockLead == nil { page.line(ClockNotice.words(jump), .yellow) }
        }
        if listed.projections.contains(where: { $0.health != .ok }) { throw ExitCode(ExitStatus.lookAt) }
    }
}

extension Page {
    fileprivate mutating func projections(_ statuses: [ProjectionStatus]) {
        var table = Table([
            .init("PROJECTION", paint: .bold), .init("VERSION", right: true), .init("GENERATION", right: true),
            .init("POSITION", right: true), .init("BEHIND", right: true), .init("SECONDS", right: true),
            .init("FORMER", right: true), .init("HEALTH"),
        ])
        for status in statuses {
            table.add([
                status.name, String(status.version), Figures.grouped(status.generation),
                Figures.grouped(status.position), Figures.grouped(status.lagEvents),
                Figures.decimal(status.lagSeconds, places: 1),
                status.former.map { Figures.grouped($0.generation) } ?? "-", status.health.description,
            ])
        }
        self.table(table)
        var told: Set<String> = []
        for status in statuses {
            // What is refused is refused for all that a projector builds.
            if let error = status.lastError, told.insert(error).inserted {
                line("\(status.name), \(status.lastErrorAt?.rfc3339 ?? ""): \(error)", .yellow)
            }
            if status.skipped > 0 {
                line("\(status.name) does without \(Figures.count(status.skipped, "skipped event", "skipped events")).")
            }
            fields(status.sortedDigests)
        }
    }
}

extension Page {
    /// Types that this program does not know, which is no fault of theirs.
    mutating func unknownEvents(_ kinds: [UnreadEvents.Kind]) {
        for kind in kinds {
            let events = Figures.count(kind.events, "event", "events")
            line("\(events) of the type \(kind.type), which this program does not know: kept, and not shown.", .dim)
        }
    }
}
