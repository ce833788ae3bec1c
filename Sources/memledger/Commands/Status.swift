import ArgumentParser
import EmbeddedLedger
import EventLog
import LedgerCapabilities
import LedgerOperations
import MemoryLedger
import MerkleLog
import Projections

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the state of the ledger on one screen, and what needs care.",
        discussion: """
            The exit status is 3 if something needs care: lost events, tables that are not up to date, events that a \
            projector refused, or a clock that was set ahead. Nothing is verified: that is `memledger verify`. Backups \
            are known if they were made while the ledger could be written.

            JSON: {"file", "ledger_id", "epoch", "origin", "size_bytes", "events", "last_event": {"position", "type", \
            "recorded_at", "actor"}, "last_checkpoint": {"events", "made_at", "signers"}, "last_backup": {"events", \
            "made_at", "file"}, "snapshots": {"count", "size_bytes"}, "projections", "dead_letters": {"waiting", \
            "skipped"}, "clock", "clock_jump", "unknown_events": [{"type", "events", "first_position"}], \
            "quarantines", "needs_care": [CODE]}; a code is lost_events, projections, dead_letters, clock_ahead or \
            clock_jump. What there is not is null. "clock" and "clock_jump" are as `memledger projections` has them.

              memledger status
              memledger status --json
            """)

    @OptionGroup var actor: ActorOption
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let status = try await global.withLedgerAsItIs(.readOnly) {
            try await $0.run(ShowStatus(), by: actor.attribution)
        }
        let file = System.absolutePath(global.path)
        try global.show(status.document().naming(file: file)) { page in
            page.status(status, file)
            page.line()
            if status.cares.isEmpty { page.line("Nothing needs care.", .green) }
            for care in status.cares { page.line(care.words, .yellow) }
        }
        if !status.cares.isEmpty { throw ExitCode(ExitStatus.lookAt) }
    }
}

extension Page {
    fileprivate mutating func status(_ status: LedgerStatus, _ file: String) {
        fields([
            ("file", file), ("size", Figures.bytes(status.sizeBytes)), ("ledger", status.origin ?? ""),
            ("events", Figures.grouped(status.position)), ("last event", status.lastEvent?.words ?? "none"),
            ("last checkpoint", checkpoint(status)), ("last backup", backup(status)),
            ("snapshots", snapshots(status.snapshots)), ("projections", projections(status)),
            ("dead letters", deadLetters(status)), ("unknown event types", unknownTypes(status.unknownEvents)),
            (
                "quarantines",
                status.quarantines.map { Figures.grouped($0) } ?? "not known; the tables are not up to date"
            ),
        ])
    }

    private func checkpoint(_ status: LedgerStatus) -> String {
        guard let stored = status.lastCheckpoint else { return "none" }
        return Self.reach(stored.checkpoint.size, stored.madeAt, of: status)
    }

    private func backup(_ status: LedgerStatus) -> String {
        guard let backup = status.lastBackup else { return "none that the ledger knows of" }
        return Self.reach(backup.position, backup.madeAt, of: status) + ", in \(backup.file)"
    }

    /// How far something of the past goes.
    private static func reach(_ events: Int64, _ madeAt: Timestamp, of status: LedgerStatus) -> String {
        let since = status.position - events
        let more = since > 0 ? "; \(Figures.count(since, "event", "events")) since" : ""
        return "\(madeAt.rfc3339), of \(Figures.count(events, "event", "events"))\(more)"
    }

    private func snapshots(_ snapshots: LedgerStatus.Snapshots) -> String {
        snapshots.count == 0 ? "none" : "\(Figures.grouped(snapshots.count)), \(Figures.bytes(snapshots.sizeBytes))"
    }

    private func projections(_ status: LedgerStatus) -> String {
        let stale = status.cares.reduce(0) { if case .projections(let names, _) = $1 { $0 + names.count } else { $0 } }
        let all = Figures.grouped(status.projections.count)
        return stale == 0 ? "\(all), up to date" : "\(Figures.grouped(stale)) of \(all) not up to date"
    }

    private func deadLetters(_ status: LedgerStatus) -> String {
        guard status.waitingEvents + status.skippedEvents > 0 else { return "none" }
        return "\(Figures.grouped(status.waitingEvents)) waiting, \(Figures.grouped(status.skippedEvents)) skipped"
    }

    private func unknownTypes(_ kinds: [UnreadEvents.Kind]) -> String {
        guard !kinds.isEmpty else { return "none" }
        return kinds.map { "\($0.type) (\(Figures.count($0.events, "event", "events")))" }.joined(separator: ", ")
    }
}

extension RecordedEvent {
    fileprivate var words: String {
        let actor = attribution.actor.map { " by \($0)" } ?? ", without an actor"
        return "\(recordedAt.rfc3339), \(type)\(actor)"
    }
}

extension ProjectionHealth {
    fileprivate var words: String { self == .missingTables ? "missing" : description }
}

extension LedgerStatus.Care {
    /// What it is, and what to do.
    fileprivate var words: String {
        switch self {
        case .lostEvents(let lost): "The ledger has lost events: \(lost.what)."
        case .projections(let names, .newer):
            "Built by a newer version of this program: \(names.joined(separator: ", "))."
        case .projections(let names, let health):
            "Tables that are \(health.words): \(names.joined(separator: ", ")). `memledger rebuild` builds them."
        case .deadLetters(let events):
            "\(Figures.count(events, "event of the log is", "events of the log are")) not in the tables; `memledger "
                + "dead-letters list` says why."
        case .clockAhead(let lead): ClockNotice.words(lead)
        case .clockJumped(let jump): ClockNotice.words(jump)
        }
    }
}
