import ArgumentParser
import EventLog
import LedgerCapabilities
import LedgerOperations
import MemoryLedger
import MerkleLog
import SQLiteEventLog

struct EvidenceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evidence",
        abstract: "Write a file that proves to a stranger what happened.",
        discussion: """
            One HTML file: the events, their proofs, the signed checkpoint and the public key, with a page that any \
            browser shows without a network. Tools/verify_evidence.py (Python, written from Schemas alone) and \
            `memledger check` verify it. What is asked for is combined: --key with --actor is what that actor did to \
            that memory. A memory is followed across renames.

            It is proved against the newest checkpoint of the ledger that covers it, or --checkpoint; if there is \
            none, one is signed first. That nothing was left out can be proved for --key alone, from the first version \
            of each stream to the last one given, and for --positions alone; not for an actor, a request or a time. \
            Encrypted events are in it as ciphertext, and readable too where the master key is given.

            --as says who makes the file, for its first page.

            JSON: {"file", "size_bytes", "events", "erased", "locked", "decrypted", "after_checkpoint", "first", "last", \
            "completeness", "ranges": [{"stream", "first_version", "last_version"}], "selection", "origin", "size", \
            "root", "signers", "verifier_keys"}; completeness is versions, positions or not_provable.

              memledger evidence --key tea --output tea.html
              memledger evidence --actor importer --since 2026-01-23 --output importer.html
              memledger evidence --positions 1-1000 --checkpoint monday.checkpoint --output log.html
            """)

    @Option(help: "What happened to the memory under this key.") var key: String?
    @Option(help: "The key's namespace. (default: \(MemoryKey.defaultNamespace))") var namespace: String?
    @Option(help: "Only events of this actor.") var actor: String?
    @Option(help: ArgumentHelp("Only events of this request.", valueName: "id")) var correlation: String?
    @Option(help: ArgumentHelp("From this event or this time on.", valueName: "position|time|event-id"))
    var since: MomentReference?
    @Option(help: ArgumentHelp("Up to this event or this time.", valueName: "position|time|event-id"))
    var until: MomentReference?
    @Option(help: ArgumentHelp("Every event from one position to another.", valueName: "first-last"))
    var positions: PositionsArgument?
    @Option(help: ArgumentHelp("The checkpoint to prove it against.", valueName: "file"), completion: .file())
    var checkpoint: String?
    @Option(
        help: ArgumentHelp(
            "A verifier key of the ledger, or a file with some, to put into the file.", valueName: "verifier-key|file"),
        completion: .file())
    var verifierKey: [String] = []
    @Option(help: ArgumentHelp("The file to make.", valueName: "file"), completion: .file()) var output: String
    @Flag(help: "Replace the file if there is one.") var force = false
    @OptionGroup var acting: ActingOption
    @OptionGroup var signing: SigningKeyOption
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if output.isEmpty { throw ValidationError("--output names no file.") }
        if namespace != nil, key == nil { throw ValidationError("--namespace goes with --key.") }
        guard key != nil || actor != nil || correlation != nil || since != nil || until != nil || positions != nil
        else {
            throw ValidationError("Say which events: --key, --actor, --correlation, --since, --until or --positions.")
        }
    }

    private var selection: EvidenceSelection {
        EvidenceSelection(
            memory: key.map { MemoryKey(namespace: namespace ?? MemoryKey.defaultNamespace, key: $0) }, actor: actor,
            correlationID: correlation, since: since?.time?.first, until: until?.time?.last,
            positions: positions?.range)
    }

    func run() async throws {
        let target = try OutputPath(output, replacing: force, global, signing, standardOutput: "copy that afterwards")
        let given = if let checkpoint { try await ProofFiles.checkpoint(checkpoint) } else { SignedCheckpoint?.none }
        var keys: [NoteVerifierKey] = []
        for key in verifierKey { keys += try await ProofFiles.verifierKeys(key) }
        let made: MakeEvidence.Result
        do {
            made = try await global.withLedger(.readOnly) { try await make($0, given, keys) }
        } catch let error as EventLogError where error.code == .noCheckpoint && given == nil {
            made = try await global.withLedger(.readWrite) { ledger in
                guard try signing.keyFile(of: ledger).exists else { throw error }
                return try await make(ledger, ledger.signCheckpoint(with: signing.given).signed, keys)
            }
        }
        try target.write(made.html)
        try global.show(made.document().naming(file: output)) { $0.evidence(made.evidence, output, made.html.count) }
    }

    private func make(
        _ ledger: MemoryLedger, _ checkpoint: SignedCheckpoint?, _ keys: [NoteVerifierKey]
    ) async throws -> MakeEvidence.Result {
        var operation = MakeEvidence(selection, in: checkpoint, verifierKeys: keys, keyFile: signing.given)
        operation.firstEvent = since?.isTime == false ? since : nil
        operation.lastEvent = until?.isTime == false ? until : nil
        return try await ledger.run(operation, by: acting.attribution)
    }

}

/// `1-1000`, or one position.
struct PositionsArgument: ExpressibleByArgument {
    let range: ClosedRange<Position>

    init?(argument: String) {
        let parts = argument.split(separator: "-", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let first = Position(parts[0]),
            let last = Position(parts[parts.count - 1]),
            first >= 1, last >= first
        else { return nil }
        range = first...last
    }
}

extension Page {
    fileprivate mutating func evidence(_ evidence: Evidence, _ file: String, _ bytes: Int) {
        let counts = evidence.counts
        line(
            "Wrote \(Figures.count(counts.events, "event", "events")) to \(file), \(Figures.bytes(Int64(bytes))).",
            .green)
        let checkpoint = evidence.checkpoint.checkpoint
        var rows: [(String, String)] = [
            ("checkpoint", "\(Figures.count(checkpoint.size, "event", "events")), root \(checkpoint.root)"),
            ("signed by", evidence.checkpoint.note.signerIDs),
        ]
        for range in evidence.ranges {
            rows.append(("stream", "\(range.stream), versions \(range.firstVersion) to \(range.lastVersion)"))
        }
        rows.append(("complete", evidence.completeness.words))
        fields(rows)
        if evidence.eventsAfterCheckpoint > 0 {
            let left = Figures.count(evidence.eventsAfterCheckpoint, "event", "events")
            line("\(left) after the checkpoint left out; give a later one to have them too.", .yellow)
        }
        if counts.locked > 0 {
            line("\(Figures.count(counts.locked, "event is", "events are")) encrypted and not readable in it.", .dim)
        }
        if counts.decrypted > 0 {
            line("What the encrypted events say is readable in it, and not proved by it.", .yellow)
        }
        let key = evidence.signers.last?.description ?? "VERIFIER-KEY"
        line("Verify it: python3 Tools/verify_evidence.py \(file) --key '\(key)'", .dim)
    }
}

extension Evidence.Completeness {
    /// For a person.
    var words: String {
        switch self {
        case .versions: "every version from the first to the last of each stream; later ones cannot be ruled out"
        case .positions: "every position that was asked for"
        case .notProvable: "not provable: there may be more events like these"
        }
    }
}
