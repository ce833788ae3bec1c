import EmbeddedLedger
import EventLog
public import LedgerCapabilities
public import MemoryLedger
public import MerkleLog
import SQLiteEventLog

/// Goes on signing with a key that is there, or with a new one, in a new epoch: under another origin than before.
///
///     let adopted = try await AdoptSigningKey(making: true).run(in: request)
///     print(adopted.key, adopted.origin)
public struct AdoptSigningKey: LedgerOperation, Hashable {
    /// Nil: the file that the ledger remembers, or else the one beside it.
    public var keyFile: SigningKeyFile?
    /// Makes the key, which is not there yet.
    public var isMaking: Bool

    public init(_ keyFile: SigningKeyFile? = nil, making: Bool = false) {
        self.keyFile = keyFile
        isMaking = making
    }

    /// The key that signs from now on.
    public struct Result: Hashable, Sendable, OperationResult {
        public var keyFile: SigningKeyFile
        public var key: NoteVerifierKey
        public var origin: LedgerOrigin

        /// `{"file", "verifier_key", "origin"}`.
        public func document() -> JSONValue {
            [
                "file": .string(keyFile.path), "verifier_key": .string(key.description),
                "origin": .string(origin.text),
            ]
        }
    }

    private static let make = Parameter("make", .boolean, default: false, "Make the key, which is not there yet.")

    public static let name = "key.adopt"
    public static let summary = "Go on signing with a key that is there, or with a new one, in a new epoch."
    public static let parameters: [any OperationParameter] = [make]
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.ledger
    public static let isLocal = true
    public static let errors = OperationErrorCode.ofSigning

    public var namespaces: [String]? { nil }

    public init(_ arguments: OperationArguments) throws {
        keyFile = nil
        isMaking = try arguments[Self.make]
    }

    public func run(in request: OperationRequest) async throws -> Result {
        let ledger = request.ledger
        let file = try keyFile ?? ledger.signingKeyFile()
        let id = ledger.options.ids.next(at: ledger.options.clock.now())
        let adopted = try await ledger.log.inFile.adoptSigningKey(
            in: file, making: isMaking, id: id, by: request.attribution)
        return Result(keyFile: file, key: adopted.key, origin: adopted.origin)
    }
}
