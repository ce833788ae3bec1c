import ArgumentParser
import EventLog
import LedgerCapabilities
import LedgerOperations
import MemoryLedger
import MerkleLog
import SQLiteEventLog

struct Prove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prove that an event is in what was signed, or that one checkpoint continues another.",
        discussion: """
            A number is an event's position and a UUID its id; anything else, or with --namespace anything at all, is a \
            memory's key, which means the last event under it, or with --all every one. The proof (C2SP tlog-proof) has \
            the event itself in it: `memledger check` needs nothing else.

            It is made against the newest checkpoint of the ledger that covers the event, or --checkpoint; where there \
            is none, one is signed first. With --from and --to, two files, it proves that the later checkpoint \
            continues the earlier one.

            JSON: {"file", "proofs": [{"kind", "position", "event_id", "type", "stream", "origin", "size", "root", \
            "hashes", "proof"}]}; of --from and --to [{"kind", "origin", "old_size", "old_root", "size", "root", \
            "hashes", "proof"}]; "hashes" is how many, "proof" the file's text.

              memledger prove green-tea --output tea.tlog-proof
              memledger prove 1000 --checkpoint monday.checkpoint
              memledger prove --from monday.checkpoint --to friday.checkpoint --output week.proof
            """)

    @Argument(help: ArgumentHelp("The event's id or position, or a memory's key.", valueName: "event-id|position|key"))
    var subject: String?
    @Option(help: "The key's namespace.") var namespace: String?
    @Flag(help: "Every event under the key, one proof behind the other.") var all = false
    @Option(help: ArgumentHelp("The checkpoint to prove it against.", valueName: "file"), completion: .file())
    var checkpoint: String?
    @Option(help: ArgumentHelp("The earlier checkpoint.", valueName: "file"), completion: .file()) var from: String?
    @Option(help: ArgumentHelp("The later checkpoint.", valueName: "file"), completion: .file()) var to: String?
    @Option(help: ArgumentHelp("The file to make.", valueName: "file"), completion: .file()) var output: String?
    @Flag(help: "Replace the file if there is one.") var force = false
    @OptionGroup var signing: SigningKeyOption
    @OptionGroup var actor: ActorOption
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if output?.isEmpty == true { throw ValidationError("--output names no file.") }
        if from != nil || to != nil {
            guard from != nil, to != nil else { throw ValidationError("--from and --to go together.") }
            guard subject == nil, checkpoint == nil, !all, namespace == nil else {
                throw ValidationError("--from and --to prove checkpoints; leave out the event.")
            }
        } else if subject == nil {
            throw ValidationError("Name an event or a key, or --from and --to.")
        }
    }

    func run() async throws {
        let target = try output.map { try OutputPath($0, replacing: force, global, signing) }
        if let from, let to {
            let (old, new) = (try await ProofFiles.checkpoint(from), try await ProofFiles.checkpoint(to))
            let operation = ProveConsistency(from: old, to: new)
            let proof = try await global.withLedger(.readOnly) { try await $0.run(operation, by: actor.attribution) }
            return try show([proof.bytes], proof.document(), target)
        }
        let given = if let checkpoint { try await ProofFiles.checkpoint(checkpoint) } else { SignedCheckpoint?.none }
        var operation = ProveEvents(asked, in: given)
        let result: ProveEvents.Result
        do {
            result = try await global.withLedger(.readOnly) { try await prove(operation, $0) }
        } catch let error as EventLogError where error.code == .noCheckpoint && given == nil {
            result = try await global.withLedger(.readWrite) { ledger in
                guard try signing.keyFile(of: ledger).exists else { throw error }
                operation.checkpoint = try await ledger.signCheckpoint(with: signing.given).signed
                return try await prove(operation, ledger)
            }
        }
        try show(result.proofs.map(\.bytes), try result.document(), target)
    }

    private func prove(_ operation: ProveEvents, _ ledger: MemoryLedger) async throws -> ProveEvents.Result {
        try await ledger.run(operation, by: actor.attribution)
    }

    private var asked: ProveEvents.Subject {
        let subject = subject ?? ""
        let event = namespace == nil && !all ? MomentReference(subject) : nil
        if let event, !event.isTime { return .event(event) }
        return .memory(MemoryKey(namespace: namespace ?? MemoryKey.defaultNamespace, key: subject), all: all)
    }

    private func show(_ proofs: [[UInt8]], _ document: JSONValue, _ target: OutputPath?) throws {
        try target?.write(proofs.flatMap(\.self))
        try global.show(document.naming(file: output)) { page in
            if let output {
                page.line("Wrote \(Figures.count(proofs.count, "proof", "proofs")) to \(output).", .green)
            } else {
                for proof in proofs { page.block(String(decoding: proof, as: UTF8.self)) }
            }
        }
    }
}
