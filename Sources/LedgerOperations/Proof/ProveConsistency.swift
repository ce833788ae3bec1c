import EmbeddedLedger
import EventLog
public import MemoryLedger
public import MerkleLog
import SQLiteEventLog

/// Proves that a later checkpoint continues an earlier one: nothing was changed or taken away in between.
///
///     let proof = try await ProveConsistency(from: monday, to: friday).run(in: request)
///     print(String(decoding: proof.bytes, as: UTF8.self))
public struct ProveConsistency: LedgerOperation, Hashable {
    public var old: SignedCheckpoint
    public var new: SignedCheckpoint

    public init(from old: SignedCheckpoint, to new: SignedCheckpoint) {
        self.old = old
        self.new = new
    }

    private static let from = Parameter("from", .checkpoint, "The text of the earlier checkpoint.")
    private static let to = Parameter("to", .checkpoint, "The text of the later checkpoint.")

    public static let name = "proof.consistency"
    public static let summary = "Prove that a later checkpoint continues an earlier one."
    public static let parameters: [any OperationParameter] = [from, to]
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.ledger
    public static let errors = OperationErrorCode.ofProofs

    public var namespaces: [String]? { nil }

    public init(_ arguments: OperationArguments) throws {
        old = try arguments[Self.from]
        new = try arguments[Self.to]
    }

    public func run(in request: OperationRequest) async throws -> ConsistencyProofFile {
        try request.ledger.log.inFile.proveConsistency(from: old, to: new)
    }
}

extension ConsistencyProofFile: DescribedResult {
    package static let members: [DocumentMember] = [.init("proofs", .objects)]

    /// `{"file", "proofs": [{"kind", "origin", "old_size", "old_root", "size", "root", "hashes", "proof"}]}`; the file
    /// is null, for who writes the proof into one.
    public func document() -> JSONValue {
        let members: [JSONObject.Member] = [
            .init(name: "kind", value: "consistency"), .init(name: "origin", value: .string(new.checkpoint.origin)),
            .init(name: "old_size", value: JSONValue(old.checkpoint.size)),
            .init(name: "old_root", value: .string(old.checkpoint.root.description)),
            .init(name: "size", value: JSONValue(new.checkpoint.size)),
            .init(name: "root", value: .string(new.checkpoint.root.description)),
            .init(name: "hashes", value: JSONValue(hashes.count)),
            .init(name: "proof", value: .string(String(decoding: bytes, as: UTF8.self))),
        ]
        return ["file": .null, "proofs": .array([.object(JSONObject(members))])]
    }
}
