public import EventLog

extension EventLogError.Code {
    /// A text is not a signed note.
    public static let malformedNote = Self("malformed_note")
    /// A text is not a signing key or a verifier key.
    public static let malformedKey = Self("malformed_key")
    /// A leaf's place is outside the tree that a proof is about.
    public static let indexOutOfRange = Self("index_out_of_range")
    /// A proof has too many or too few hashes for its tree.
    public static let wrongProofLength = Self("wrong_proof_length")
    /// A proof does not lead to the root that was signed.
    public static let rootMismatch = Self("root_mismatch")
    /// A signature by a known key is not its signature of that text.
    public static let badSignature = Self("bad_signature")
    /// None of the keys that are trusted has signed.
    public static let unknownSigner = Self("unknown_signer")
    /// What was signed belongs to another ledger than the key or the other checkpoint.
    public static let otherLog = Self("other_log")
    /// Signing would contradict what was signed before: the file was rolled back, or is another copy.
    public static let inconsistentWithSigned = Self("inconsistent_with_signed")
    /// There is no signing key where one was looked for.
    public static let noSigningKey = Self("no_signing_key")
    /// Others than its owner may read a signing key.
    public static let unsafeKeyFile = Self("unsafe_key_file")
    /// No checkpoint covers what is to be proved.
    public static let noCheckpoint = Self("no_checkpoint")
}

extension EventLogError {
    static func checkpoint(_ reason: String) -> EventLogError {
        EventLogError(.malformedProof, "This is not a checkpoint: \(reason); ask for the file again, unchanged.")
    }

    static func note(_ reason: String) -> EventLogError {
        EventLogError(.malformedNote, "This is not a signed note: \(reason); ask for the file again, unchanged.")
    }

    package static func key(_ reason: String) -> EventLogError {
        EventLogError(.malformedKey, "This is not a key: \(reason); copy it whole, without spaces or line breaks.")
    }
}
