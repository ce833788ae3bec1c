import EventLog
import MemoryLedger
import MerkleLog

extension ArgumentType where Value == SignedCheckpoint {
    /// A checkpoint's whole text.
    static var checkpoint: Self {
        ArgumentType<String>.string.mapping("the text of a signed checkpoint") { try? SignedCheckpoint($0.utf8) }
    }
}

extension ArgumentType where Value == NoteVerifierKey {
    static var verifierKey: Self {
        ArgumentType<String>.string.mapping("a verifier key") { try? NoteVerifierKey($0) }
    }
}

/// What several proofs take.
enum ProofParameters {
    private static let mostKeys = 1_000

    static let checkpoint = Parameter(
        "checkpoint", optional: .checkpoint, "The text of the checkpoint to prove it against; otherwise the newest.")
    static let keys = Parameter(
        "keys", ArgumentType.verifierKey.list("a list of verifier keys", count: 0...mostKeys), default: [],
        "Verifier keys.")
}
