import ArgumentParser
import EventLog
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

    /// Events of one key that --all proves.
    private static let maximumEvents = 10_000

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
            let proof = try await global.withLedger(.readOnly) { try $0.log.proveConsistency(from: old, to: new) }
            return try show([(proof.bytes, proof.members)], target)
        }
        let given = if let checkpoint { try await ProofFiles.checkpoint(checkpoint) } else { SignedCheckpoint?.none }
        let proofs: [TreeProofFile]
        do {
            proofs = try await global.withLedger(.readOnly) { try await prove(in: given, $0) }
        } catch let error as EventLogError where error.code == .noCheckpoint && given == nil {
            proofs = try await global.withLedger(.readWrite) { ledger in
                guard try signing.keyFile(of: ledger).exists else { throw error }
                return try await prove(in: ledger.signCheckpoint(with: signing.given).signed, ledger)
            }
        }
        try show(proofs.map { ($0.bytes, try $0.members()) }, target)
    }

    private func prove(in checkpoint: SignedCheckpoint?, _ ledger: MemoryLedger) async throws -> [TreeProofFile] {
        try await positions(ledger).map { try ledger.log.prove($0, in: checkpoint) }
    }

    private func positions(_ ledger: MemoryLedger) async throws -> [Position] {
        let subject = subject ?? ""
        if namespace == nil, !all {
            switch MomentReference(argument: subject) {
            case .position(let position)?: return [position]
            case .event(let id)?:
                guard let event = try await ledger.log.event(id: id) else {
                    throw CommandError("There is no event \(id); look for it with `memledger log`.")
                }
                return [event.position]
            case .time?, nil: break
            }
        }
        let key = MemoryKey(namespace: namespace ?? MemoryKey.defaultNamespace, key: subject)
        return try await ledger.positions(of: key, limit: all ? Self.maximumEvents : 1).reversed()
    }

    private func show(_ proofs: [(bytes: [UInt8], members: [JSONObject.Member])], _ target: OutputPath?) throws {
        try target?.write(proofs.flatMap(\.bytes))
        let list = proofs.map { proof in
            let text = JSONValue.string(String(decoding: proof.bytes, as: UTF8.self))
            return JSONValue.object(JSONObject(proof.members + [.init(name: "proof", value: text)]))
        }
        try global.show(["file": JSONValue(optional: output), "proofs": .array(list)]) { page in
            if let output {
                page.line("Wrote \(Figures.count(proofs.count, "proof", "proofs")) to \(output).", .green)
            } else {
                for proof in proofs { page.block(String(decoding: proof.bytes, as: UTF8.self)) }
            }
        }
    }
}

extension TreeProofFile {
    fileprivate func members() throws -> [JSONObject.Member] {
        let event = try self.event()
        return [
            .init(name: "kind", value: "inclusion"), .init(name: "position", value: JSONValue(position)),
            .init(name: "event_id", value: JSONValue(optional: event?.id.description)),
            .init(name: "type", value: JSONValue(optional: event?.type.rawValue)),
            .init(name: "stream", value: JSONValue(optional: event?.stream.rawValue)),
        ] + checkpoint.checkpoint.members + [.init(name: "hashes", value: JSONValue(proof.hashes.count))]
    }
}

extension ConsistencyProofFile {
    fileprivate var members: [JSONObject.Member] {
        [
            .init(name: "kind", value: "consistency"), .init(name: "origin", value: .string(new.checkpoint.origin)),
            .init(name: "old_size", value: JSONValue(old.checkpoint.size)),
            .init(name: "old_root", value: .string(old.checkpoint.root.description)),
            .init(name: "size", value: JSONValue(new.checkpoint.size)),
            .init(name: "root", value: .string(new.checkpoint.root.description)),
            .init(name: "hashes", value: JSONValue(hashes.count)),
        ]
    }
}
