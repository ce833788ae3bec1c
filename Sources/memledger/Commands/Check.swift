import ArgumentParser
import EventLog
import LedgerOperations
import MemoryLedger
import MerkleLog

struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check proofs, checkpoints and evidence, without a ledger and without a network.",
        discussion: """
            Everything is computed again from the files: the event's hash, the roots, the signatures. --key says whom to \
            trust, by a verifier key or a file with some, one a line; get it from the signer by a way that no one else \
            controls. Without it only the mathematics is checked, and anyone can make up a log in which it holds. If a \
            file proves that a trusted key was rotated, the key that follows is trusted too. --ledger has no meaning here.

            Exit status: 0 if all of it holds and a trusted key has signed; 3 if the mathematics holds and no trusted \
            key has signed; 1 if anything does not hold.

            JSON: {"verdict", "proofs": [{"file", "kind", "verdict", "problem", "code", "origin", "size", "root", \
            "old_size", "old_root", "position", "event", "signers"}]}; a verdict is verified, signer_unknown or wrong, \
            "event" is as in log, and what a kind does not have is null. Of evidence a proof has {"file", "kind", \
            "verdict", "problem", "code", "origin", "size", "root", "events", "erased", "locked", "decrypted", \
            "uncompared", "first", "last", "completeness", "ranges", "signers"}, with --events also "proved_events", as in log.

            Evidence is a page with data in it, and only the data is checked: the page around it may say anything. --events \
            shows the events as the data has them.

              memledger check tea.tlog-proof --key 'memory-ledger/…+1f0e…+AX…='
              memledger check week.proof latest.checkpoint --key team.vkey
              memledger check tea.html --key team.vkey --events
            """)

    @Argument(help: "The files; - reads standard input.", completion: .file()) var files: [String]
    @Option(
        name: .customLong("key"),
        help: ArgumentHelp("A verifier key, or a file with some.", valueName: "verifier-key|file"), completion: .file())
    var keys: [String] = []
    @Flag(help: "Show the events of evidence, from what is proved.") var events = false
    @OptionGroup var actor: ActorOption
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        var contents: [(name: String, bytes: [UInt8])] = []
        for file in files {
            contents.append((file, try await ProofFiles.read(file, maximumBytes: Evidence.maximumFileBytes)))
        }
        var given: [NoteVerifierKey] = []
        for key in keys { given += try await ProofFiles.verifierKeys(key) }
        var checked = CheckedFiles(contents, trusting: given)
        checked.listsEvents = events
        let verdict = checked.verdict
        try global.show(try checked.document()) { page in
            for (file, check) in checked.checks {
                switch check {
                case .proof(let check): try page.check(check, file, checked.catalogue)
                case .evidence(let check):
                    page.evidence(check, file)
                    if events, check.verdict != .wrong { try page.events(of: check, checked.catalogue) }
                }
            }
            if verdict == .signerUnknown, given.isEmpty {
                page.line(
                    "Only the mathematics was checked, not who signed: anyone may have made this up. Give --key.",
                    .yellow)
            }
        }
        switch verdict {
        case .verified: break
        case .signerUnknown: throw ExitCode(ExitStatus.lookAt)
        case .wrong: throw ExitCode(ExitStatus.failed)
        }
    }

}

extension ProofCheck {
    fileprivate var words: (text: String, paint: Style.Paint) { verdict.words }
}

extension ProofCheck.Verdict {
    var words: (text: String, paint: Style.Paint) {
        switch self {
        case .verified: ("verified", .green)
        case .signerUnknown: ("holds, but no trusted key has signed it", .yellow)
        case .wrong: ("WRONG", .red)
        }
    }
}

extension Page {
    fileprivate mutating func check(_ check: ProofCheck, _ file: String, _ catalogue: EventCatalogue) throws {
        let words = check.words
        line("\(file): \(check.kind.rawValue) \(words.text)", words.paint)
        if let problem = check.problem, check.verdict == .wrong { line("  \(problem.message)") }
        var fields: [(String, String)] = [("  origin", check.checkpoint?.origin ?? "")]
        if let old = check.oldCheckpoint {
            fields.append(("  from", "\(Figures.count(old.size, "event", "events")), root \(old.root)"))
        }
        if let new = check.checkpoint {
            let name = check.oldCheckpoint == nil ? "  log" : "  to"
            fields.append((name, "\(Figures.count(new.size, "event", "events")), root \(new.root)"))
        }
        for signer in check.signers { fields.append(("  signed by", signer.description)) }
        // What is not proved is not shown as if it were.
        if check.verdict != .wrong, let event = check.event, let position = check.position {
            fields.append(("  event", "\(event.type) at position \(Figures.grouped(position))"))
            fields.append(("  stream", event.stream.rawValue))
            fields.append(("  event id", event.id.description))
            fields.append(("  recorded", event.recordedAt.rfc3339))
            fields.append(("  actor", event.attribution.actor ?? ""))
            self.fields(fields)
            if case let data? = try check.eventJSON(catalogue).object?["data"] { block(data.indented) }
        } else {
            self.fields(fields)
        }
    }
}
