import ArgumentParser
import EventLog
import MemoryLedger
import MerkleLog
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
        let clock = ContinuousClock()
        let start = clock.now
        let bar = ProgressBar("Verifying", unit: "events")
        defer { bar.finish() }
        let (log, projections, unread) = try await global.withLedgerAsItIs(.readOnly) { ledger in
            let log = try await ledger.log.verify(against: given, trusting: trusted, deep: deep) {
                bar.update($0, of: $1)
            }
            return (log, deep ? await Self.projections(of: ledger, bar) : nil, try await Unread(ledger))
        }
        bar.finish()
        let report = Report(
            log: log, projections: projections, unread: unread, seconds: (clock.now - start) / .seconds(1),
            hasKeys: !trusted.isEmpty,
            hasCheckpoints: !given.isEmpty)
        try global.show(report.json) { $0.verified(report, shown: Self.shownDamages) }
        if !report.isClean || report.unread.needsALook { throw ExitCode(ExitStatus.lookAt) }
        if let unseen = report.unseen { throw CommandError("The projections were not looked at: \(unseen)") }
    }

    /// Damaged events may keep the projections from being built; that is a finding, too.
    private static func projections(of ledger: MemoryLedger, _ bar: ProgressBar) async -> Projections {
        do {
            return .compared(try await ledger.verifyProjections { bar.update($0) })
        } catch let error as EventLogError where [.masterKeyMissing, .masterKeyWrong].contains(error.code) {
            return .unseen(error.message)
        } catch {
            return .failed(String(describing: error))
        }
    }

    fileprivate enum Projections {
        case compared(VerificationReport)
        case failed(String)
        /// That cannot be told without the master key.
        case unseen(String)
    }

    /// What is in the log, and in nothing that this program shows.
    fileprivate struct Unread {
        /// Nil where damage kept it from being read, which the log's verification names.
        var events: UnreadEvents?
        var letters: [DeadLetter]

        init(_ ledger: MemoryLedger) async throws {
            events = try? await ledger.unreadEvents()
            letters = try await ledger.deadLetters().filter { $0.state == .waiting }
        }

        var needsALook: Bool { !(events?.newer.isEmpty ?? true) || !letters.isEmpty }
    }

    fileprivate struct Report {
        var log: LogVerification
        var projections: Projections?
        var unread: Unread
        var seconds: Double
        var hasKeys: Bool
        var hasCheckpoints: Bool

        /// What is wrong with the projections.
        var projectionDamages: [LogDamage] {
            switch projections {
            case nil, .unseen?: []
            case .failed(let reason)?:
                [LogDamage(.projectionDiffers, "the projections cannot be rebuilt: \(reason)")]
            case .compared(let report)?:
                report.comparisons.filter { $0.outcome != .equal }.map {
                    LogDamage(.projectionDiffers, "the projection \($0.projection) is not what the log says")
                }
            }
        }

        var difference: GenerationDifference? {
            if case .compared(let report)? = projections { report.difference } else { nil }
        }

        /// Why the projections could not be looked at.
        var unseen: String? {
            if case .unseen(let reason)? = projections { reason } else { nil }
        }

        var damages: [LogDamage] { projectionDamages + log.damages }
        var count: Int64 { log.damageCount + Int64(projectionDamages.count) }
        var isClean: Bool { count == 0 }

        private static let perSecond = 1_000.0

        var json: JSONValue {
            [
                "clean": .bool(isClean), "ledger_id": JSONValue(optional: log.ledgerID?.description),
                "origin": .string(log.origin),
                "events": JSONValue(log.events), "root": JSONValue(optional: log.root?.description),
                "checkpoints": JSONValue(log.checkpoints),
                "signers": .array(log.signers.map { .string($0.description) }),
                "deep": .bool(projections != nil && unseen == nil),
                "seconds": JSONValue((seconds * Self.perSecond).rounded() / Self.perSecond),
                "damage_count": JSONValue(count),
                "damages": .array(
                    damages.map { damage in
                        [
                            "kind": .string(damage.kind.description),
                            "position": damage.position.map { JSONValue($0) } ?? .null,
                            "last_position": damage.lastPosition.map { JSONValue($0) } ?? .null,
                            "what": .string(damage.what),
                        ]
                    }),
                "difference": difference?.json ?? .null,
                "unknown_events": .array(unread.events?.unknown.map(\.json) ?? []),
                "newer_events": .array(unread.events?.newer.map(\.json) ?? []),
                "dead_letters": .array(unread.letters.map { JSONValue($0.position) }),
            ]
        }
    }
}

extension Page {
    fileprivate mutating func verified(_ report: Verify.Report, shown: Int) {
        let log = report.log
        if report.isClean {
            line("Nothing was altered: \(Figures.count(log.events, "event", "events")) verified.", .green)
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
            ("checkpoints", report.checkpoints),
            ("signed by", log.signers.map(\.description).joined(separator: ", ")),
            ("projections", report.projectionsText),
            ("seconds", Figures.decimal(report.seconds, places: 2)),
        ])
        unread(report.unread)
        if !report.hasCheckpoints {
            line(
                "Whether the end was cut off or the file replaced by an older copy, only a checkpoint from outside tells: "
                    + "--checkpoint.", .dim)
        } else if !report.hasKeys {
            line("Who signed the checkpoints was not looked at: --key.", .dim)
        }
    }
}

extension Page {
    fileprivate mutating func unread(_ unread: Verify.Unread) {
        for kind in unread.events?.newer ?? [] {
            let events = Figures.count(kind.events, "event", "events")
            line(
                "\(events) of the type \(kind.type) in schema version \(kind.schemaVersion ?? 0), from position "
                    + "\(Figures.grouped(kind.firstPosition)): this program cannot read them; use a newer one.", .yellow
            )
        }
        if !unread.letters.isEmpty {
            let events = Figures.count(unread.letters.count, "event is", "events are")
            line("\(events) set aside: `memledger dead-letters list`.", .yellow)
        }
        unknownEvents(unread.events?.unknown ?? [])
    }
}

extension Verify.Report {
    fileprivate var checkpoints: String {
        log.checkpoints == 0 ? "none to compare with" : "compared with \(Figures.grouped(log.checkpoints))"
    }

    fileprivate var projectionsText: String {
        guard projections != nil else { return "not looked at (--deep)" }
        guard unseen == nil else { return "not looked at" }
        return projectionDamages.isEmpty ? "what the log says" : "NOT what the log says"
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
