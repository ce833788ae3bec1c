public import EventLog

/// That one checkpoint's log continues another's, in one file. C2SP has no format for it; `Schemas/PROOFS.md` has.
///
///     memoryledger.org/consistency-proof@v1
///     <hashes in base64, a line each>
///     <blank line>
///     <the old checkpoint>
///     <blank line>
///     <the new checkpoint>
public struct ConsistencyProofFile: Hashable, Sendable {
    public var hashes: [MerkleHash]
    public var old: SignedCheckpoint
    public var new: SignedCheckpoint

    public static let header = "memoryledger.org/consistency-proof@v1"
    /// Two notes of the largest size and the hashes.
    public static let maximumBytes = 2 * SignedNote.maximumBytes + 8_192

    public init(hashes: [MerkleHash], old: SignedCheckpoint, new: SignedCheckpoint) {
        self.hashes = hashes
        self.old = old
        self.new = new
    }

    public var proof: ConsistencyProof {
        ConsistencyProof(oldSize: old.checkpoint.size, newSize: new.checkpoint.size, hashes: hashes)
    }

    public var bytes: [UInt8] {
        var text = Self.header + "\n"
        for hash in hashes { text += StrictBase64.encode(hash.bytes) + "\n" }
        return Array((text + "\n").utf8) + old.bytes + [UInt8(ascii: "\n")] + new.bytes
    }

    /// Reads it; nothing is verified yet. A checkpoint has one blank line, before its signatures, so that the third
    /// one of the file lies between the two.
    ///
    /// - Throws: `EventLogError` with `malformedProof` or `malformedNote`, saying what is wrong.
    public init(_ bytes: some Collection<UInt8>) throws {
        var lines = try ProofLines(bytes, maximumBytes: Self.maximumBytes)
        guard lines.next() == Array(Self.header.utf8)[...] else {
            throw EventLogError.proof("it does not begin with \(Self.header)")
        }
        hashes = try lines.hashes(atMost: ConsistencyProof.maximumHashes)
        let first = try lines.noteBytes()
        old = try SignedCheckpoint(first)
        new = try SignedCheckpoint(lines.rest)
    }

    /// Recomputes both roots. Says nothing about who signed them: that is `SignedCheckpoint.verify`, of both.
    ///
    /// - Throws: `EventLogError` with `otherLog` where the origins differ, or as `ConsistencyProof.verify`.
    public func verifyConsistency() throws {
        guard old.checkpoint.origin.hasSameBytes(as: new.checkpoint.origin) else {
            throw EventLogError(
                .otherLog,
                "The checkpoints are of different logs, \(old.checkpoint.origin) and \(new.checkpoint.origin); "
                    + "compare two of one origin.")
        }
        try proof.verify(oldRoot: old.checkpoint.root, newRoot: new.checkpoint.root)
    }
}
