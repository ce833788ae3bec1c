public import LedgerCapabilities
public import MemoryLedger
public import MerkleLog
import SQLiteEventLog

/// A ledger that was made, or was there already, and the key that signs for it.
public struct MadeLedger: Hashable, Sendable, OperationResult {
    public var path: String
    /// It was there already.
    public var exists: Bool
    public var keyFile: SigningKeyFile
    /// Nil: there is none.
    public var key: NoteVerifierKey?

    public init(path: String, exists: Bool, keyFile: SigningKeyFile, key: NoteVerifierKey?) {
        self.path = path
        self.exists = exists
        self.keyFile = keyFile
        self.key = key
    }

    /// `{"ledger", "exists", "signing_key", "verifier_key"}`; the last two are null if there is no key.
    public func document() -> JSONValue {
        [
            "ledger": .string(path), "exists": JSONValue(exists),
            "signing_key": JSONValue(optional: key == nil ? nil : keyFile.path),
            "verifier_key": JSONValue(optional: key?.description),
        ]
    }
}
