import ArgumentParser
import EventLog
import LedgerCapabilities
import LedgerOperations
import MemoryLedger
import MerkleLog
import Projections
import SQLiteEventLog

struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prove that nothing in the ledger was altered, cut off or slipped in.",
        discussion: """
            Recomputes the hash of every event from what is stored, and with them the Merkle tree; the positions, the \
            versions of each stream, the index of streams, the dictionaries and the checkpoints that the ledger keeps. \
            --deep builds every projection and the whole index again beside the ledger, and compares them. Nothing is changed.

            That the end was cut off, or the whole file replaced by an older copy, only one who holds an earlier \
            checkpoint can tell: --checkpoint, as often as there are some. With --key a trusted key must have signed them.

            Events of types that this program does not know are named, and nothing is wrong with them. Events of known types \
            that a newer program wrote, and those that a projection has set aside, are named too.

            Exit status: 0 if all is well, 3 if something is damaged, set aside or of a newer program, 1 if something could not be looked at, as \
            projections that are encrypted cannot without the master key.

            JSON: {"clean", "ledger_id", "origin", "events", "root", "checkpoints", "signers", "deep", "seconds", \
            "damage_count", "damages": [{"kind", "position", "last_position", "what"}], "difference", \
            "unknown_events": [{"type", "events", "first_position"}], "newer_events": [{"type", "schema_version", "events", \
            "first_position"}], "dead_letters": [POSITION]}; "difference" is \
            as in rebuild, and null if nothing differs.

              memledger verify
              memledger verify --deep --checkpoint monday.checkpoint --key team.vkey
            """)

    @Option(help: ArgumentHelp("A checkpoint that was held outside.", valueName: "file"), completion: .file())
    var checkpoint: [String] = []
    @Option(
        name: .customLong("key"),
        help: ArgumentHelp("Whom to trust: a verifier key, or a file with some.", valueName: "verifier-key|file"),
        completion: .file())
    var keys: [String] = []
    @Flag(help: "Build the projections and the index again beside the ledger, and compare them.") var deep = false
    @OptionGroup var actor: ActorOption
    @OptionGroup var global: GlobalOptions

    /// Damages that a person is shown.
    private static let shownDamages = 50

    func run() async throws {
        var given: [CheckpointToVerify] = []
        for path in checkpoint { given.append(.init(try await ProofFiles.checkpoint(path), name: path)) }
        var trusted: [NoteVerifierKey] = []
        for key in keys { trusted += try await ProofFiles.verifierKeys(key) }
        let bar = ProgressBar("Verifying", unit: "events")
        defer { bar.finish() }
        let operation = VerifyLedger(against: given, trusting: trusted, deep: deep)
        let report = try await global.withLedgerAsItIs(.readOnly) {
            try await $0.run(operation, by: actor.attribution, bar)
        }
        bar.finish()
        try global.show(report.document()) { $0.verified(report, operation, shown: Self.shownDamages) }
        if !report.isClean || report.needsALook { throw ExitCode(ExitStatus.lookAt) }
        if let unseen = report.unseen { throw CommandError("The projections were not looked at: \(unseen)") }
    }

}

extension Page {
    fileprivate mutating func verified(_ report: VerifiedLedger, _ operation: VerifyLedger, shown: Int) {
        let log = report.log
        if report.isClean {
            let events = Figures.count(log.events, "event", "events")
            line("Nothing was altered: \(events) verified; \(report.tablesText).", .green)
        } else {
            line("DAMAGED: \(Figures.count(report.damages.count, "finding", "findings")).", .red)
            for damage in report.damages.prefix(shown) { line("  \(damage.place)\(damage.kind): \(damage.what)") }
            if report.damages.count > shown {
                line("  … and \(Figures.grouped(report.damages.count - shown)) more; --json lists them.", .dim)
            }
            if let difference = report.difference { self.difference(difference) }
        }
        fields([
            ("ledger", log.origin), ("root", log.root?.description ?? ""),
            ("checkpoints", report.checkpointsText),
            ("signed by", log.signers.map(\.description).joined(separator: ", ")),
            ("tables", report.isClean ? "" : report.tablesText),
            ("seconds", Figures.decimal(report.seconds, places: 2)),
        ])
        unread(report)
        if operation.checkpoints.isEmpty {
            line(
                "Whether the end was cut off or the file replaced by an older copy, only a checkpoint from outside tells: "
                    + "--checkpoint.", .dim)
        } else if operation.keys.isEmpty {
            line("Who signed the checkpoints was not looked at: --key.", .dim)
        }
    }
}

extension Page {
    fileprivate mutating func unread(_ report: VerifiedLedger) {
        for kind in report.unreadEvents?.newer ?? [] {
            let events = Figures.count(kind.events, "event", "events")
            line(
                "\(events) of the type \(kind.type) in schema version \(kind.schemaVersion ?? 0), from position "
                    + "\(Figures.grouped(kind.firstPosition)): this program cannot read them; use a newer one.", .yellow
            )
        }
        if !report.waitingLetters.isEmpty {
            let events = Figures.count(report.waitingLetters.positions.count, "event is", "events are")
            line("\(events) set aside: `memledger dead-letters list`.", .yellow)
        }
        unknownEvents(report.unreadEvents?.unknown ?? [])
    }
}

extension VerifiedLedger {
    fileprivate var checkpointsText: String {
        log.checkpoints == 0 ? "none to compare with" : "compared with \(Figures.grouped(log.checkpoints))"
    }

    fileprivate var tablesText: String {
        guard projections != nil else { return "tables not compared (--deep)" }
        guard unseen == nil else { return "tables could not be compared" }
        return areProjectionsDamaged ? "tables are NOT what the log says" : "tables compared with the log"
    }
}

extension LogDamage {
    /// `position 7  `, `positions 7 to 9  `, or nothing.
    fileprivate var place: String {
        guard let position, let lastPosition else { return "" }
        return position == lastPosition
            ? "position \(Figures.grouped(position))  "
            : "positions \(Figures.grouped(position)) to \(Figures.grouped(lastPosition))  "
    }
}
