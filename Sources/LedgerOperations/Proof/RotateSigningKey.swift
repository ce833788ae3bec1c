import EmbeddedLedger
import EventLog
public import LedgerCapabilities
public import MemoryLedger
public import MerkleLog
import SQLiteEventLog

/// Replaces the signing key by a new one, recorded as an event that both sign.
///
///     let rotated = try await RotateSigningKey().run(in: request)
///     print(rotated.link.old, rotated.link.new)
public struct RotateSigningKey: LedgerOperation, Hashable {
    /// Nil: the file that the ledger remembers, or else the one beside it.
    public var keyFile: SigningKeyFile?

    public init(_ keyFile: SigningKeyFile? = nil) { self.keyFile = keyFile }

    /// The former key and the new one.
    public struct Result: Hashable, Sendable, OperationResult {
        public var keyFile: SigningKeyFile
        public var link: SigningKeyChain.Link

        /// `{"position", "old_verifier_key", "new_verifier_key", "file"}`.
        public func document() -> JSONValue {
            [
                "position": JSONValue(link.position), "old_verifier_key": .string(link.old.description),
                "new_verifier_key": .string(link.new.description), "file": .string(keyFile.path),
            ]
        }
    }

    public static let name = "key.rotate"
    public static let summary = "Replace the signing key by a new one, recorded as an event that both sign."
    public static let parameters: [any OperationParameter] = []
    public static let access = OperationAccess.writes
    public static let scope = OperationScope.ledger
    public static let isLocal = true
    public static let errors = OperationErrorCode.ofSigning

    public var namespaces: [String]? { nil }

    public init(_ arguments: OperationArguments) { keyFile = nil }

    public func run(in request: OperationRequest) async throws -> Result {
        let ledger = request.ledger
        let file = try keyFile ?? ledger.signingKeyFile()
        let id = ledger.options.ids.next(at: ledger.options.clock.now())
        let link = try await ledger.log.inFile.rotateSigningKey(in: file, id: id, by: request.attribution)
        return Result(keyFile: file, link: link)
    }
}
