import EmbeddedLedger
public import EventLog
public import LedgerCapabilities
public import MemoryLedger
public import MerkleLog
import SQLiteEventLog

/// The keys that sign the ledger's checkpoints, in the order in which one replaced the other.
///
///     for key in try await ListSigningKeys().run(in: request).keys { print(key.key, key.isRetired) }
public struct ListSigningKeys: LedgerOperation, Hashable {
    /// Nil: the file that the ledger remembers, or else the one beside it.
    public var keyFile: SigningKeyFile?

    public init(_ keyFile: SigningKeyFile? = nil) { self.keyFile = keyFile }

    /// A key, and from when to when it signed.
    public struct Key: Hashable, Sendable {
        public var key: NoteVerifierKey
        /// The rotation that brought it; 0: it is the first.
        public var since: Position
        public var recordedAt: Timestamp?
        /// Another one took its place.
        public var isRetired: Bool
    }

    /// The keys, the first one first.
    public struct Result: Hashable, Sendable, OperationResult {
        public var keys: [Key]
        /// Events that rotate no key, although they say so.
        public var refusals: [SigningKeyChain.Refusal]
        public var keyFile: SigningKeyFile
        /// The public half of the key in the file, if it is there.
        public var ownKey: NoteVerifierKey?
        /// Another key took the place of the one in the file.
        public var isOwnKeyRetired: Bool

        /// `{"keys": [{"verifier_key", "since", "recorded_at", "retired"}], "refused": [{"position", "reason"}],
        /// "file", "file_key"}`.
        public func document() -> JSONValue {
            [
                "keys": .array(
                    keys.map { key in
                        [
                            "verifier_key": .string(key.key.description), "since": JSONValue(key.since),
                            "recorded_at": JSONValue(optional: key.recordedAt?.rfc3339),
                            "retired": .bool(key.isRetired),
                        ]
                    }),
                "refused": .array(
                    refusals.map { ["position": JSONValue($0.position), "reason": .string($0.reason)] }),
                "file": .string(keyFile.path), "file_key": JSONValue(optional: ownKey?.description),
            ]
        }
    }

    public static let name = "key.list"
    public static let summary = "List the keys that sign the ledger's checkpoints."
    public static let parameters: [any OperationParameter] = []
    public static let access = OperationAccess.reads
    public static let scope = OperationScope.ledger
    public static let isLocal = true
    public static let errors: [OperationErrorCode] = OperationErrorCode.ofKeys + [.log(.noTree), .log(.unsupported)]

    public var namespaces: [String]? { nil }

    public init(_ arguments: OperationArguments) { keyFile = nil }

    public func run(in request: OperationRequest) async throws -> Result {
        let chain = try await request.ledger.log.inFile.signingKeyChain()
        let file = try keyFile ?? request.ledger.signingKeyFile()
        let own = file.exists ? try file.read().verifierKey : nil
        let links = own.map { chain.links(through: $0) } ?? chain.links
        var keys: [Key] = []
        if let first = links.first?.old ?? own {
            keys.append(Key(key: first, since: 0, recordedAt: nil, isRetired: chain.isRetired(first)))
        }
        keys += links.map {
            Key(key: $0.new, since: $0.position, recordedAt: $0.recordedAt, isRetired: chain.isRetired($0.new))
        }
        return Result(
            keys: keys, refusals: chain.refusals, keyFile: file, ownKey: own,
            isOwnKeyRetired: own.map { chain.isRetired($0) } ?? false)
    }
}
