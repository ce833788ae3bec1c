import EmbeddedLedger
import EventLog
public import MemoryLedger
public import MerkleLog
import SQLiteEventLog

/// Proves that events are in the log that a checkpoint was signed for, unchanged.
///
///     let proofs = try await ProveEvents(.event(.position(1_000))).run(in: request).proofs
///     print(String(decoding: proofs[0].bytes, as: UTF8.self))
public struct ProveEvents: LedgerOperation, Hashable {
    /// Which events.
    public enum Subject: Hashable, Sendable {
        /// The one at a position, or of an id.
        case event(MomentReference)
        /// The last event of a memory's stream, or all of them, at most `maximumEvents`, the oldest first.
        case memory(MemoryKey, all: Bool)
    }

    public var subject: Subject
    /// Nil: the newest that the ledger keeps.
    public var checkpoint: SignedCheckpoint?

    /// Events of one key.
    public static let maximumEvents = 10_000

    public init(_ subject: Subject, in checkpoint: SignedCheckpoint? = nil) {
        self.subject = subject
        self.checkpoint = checkpoint
    }

    /// A proof of each event.
    public struct Result: Hashable, Sendable, DescribedResult {
        package static let members: [DocumentMember] = [.init("proofs", .objects)]

        public var proofs: [TreeProofFile]

        /// `{"file", "proofs": [{"kind", "position", "event_id", "type", "stream", "origin", "size", "root", "hashes",
        /// "proof"}]}`; the file is null, for who writes the proofs into one.
        public func document() throws -> JSONValue {
            ["file": .null, "proofs": .array(try proofs.map { .object(JSONObject(try $0.members())) })]
        }
    }

    private static let event = Parameter("event", optional: .moment, "The event's id or position.")
    private static let key = Parameter("key", optional: .name, "The last event of the memory of this key.")
    private static let namespace = Parameter(
        "namespace", .string, default: MemoryKey.defaultNamespace, "The key's namespace.")
    private static let all = Parameter("all", .boolean, default: false, "All events of the key.")

    public static let name = "proof.inclusion"
    public static let summary = "Prove that events are in the log that a checkpoint was signed for, unchanged."
    public static let parameters: [any OperationParameter] = [event, key, namespace, all, ProofParameters.checkpoint]
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.ledger
    public static let errors = OperationErrorCode.ofProofs + [.memory(.notFound)]

    public var namespaces: [String]? { nil }

    public init(_ arguments: OperationArguments) throws {
        let (namespace, all) = (try arguments[Self.namespace], try arguments[Self.all])
        switch (try arguments[Self.event], try arguments[Self.key]) {
        case (let event?, nil): subject = .event(event)
        case (nil, let key?): subject = .memory(MemoryKey(namespace: namespace, key: key), all: all)
        case (nil, nil): throw OperationArgumentError(Self.event.name, after: " is missing; give it or `key`.")
        case (_?, _?): throw OperationArgumentError(Self.event.name, after: " excludes `key`.")
        }
        checkpoint = try arguments[ProofParameters.checkpoint]
    }

    public func run(in request: OperationRequest) async throws -> Result {
        let log = try request.ledger.log.inFile
        return Result(proofs: try await positions(request.ledger).map { try log.prove($0, in: checkpoint) })
    }

    private func positions(_ ledger: MemoryLedger) async throws -> [Position] {
        switch subject {
        case .event(.position(let position)): return [position]
        case .event(.event(let id)):
            guard let event = try await ledger.log.event(id: id) else {
                throw EventLogError(.unknownMoment, "There is no event \(id); look for it with `memledger log`.")
            }
            return [event.position]
        case .event(.time):
            throw OperationArgumentError(Self.event.name, after: " is an id or a position; a time is no event.")
        case .memory(let memory, let all):
            return try await ledger.positions(of: memory, limit: all ? Self.maximumEvents : 1).reversed()
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
        ] + checkpoint.checkpoint.members + [
            .init(name: "hashes", value: JSONValue(proof.hashes.count)),
            .init(name: "proof", value: .string(String(decoding: bytes, as: UTF8.self))),
        ]
    }
}
