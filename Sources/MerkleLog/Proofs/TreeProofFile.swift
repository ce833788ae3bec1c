public import EventLog

/// That an event is in a log of which a checkpoint was signed, in one file: C2SP tlog-proof.
///
/// The extra line has the event's canonical encoding (`Schemas/EVENT_ENCODING.md`), whose hash is the leaf: so nothing
/// else is needed to check it and to read the event.
public struct TreeProofFile: Hashable, Sendable {
    /// The bytes whose leaf is proved; not authenticated but by that.
    public var entry: [UInt8]?
    public var proof: InclusionProof
    public var checkpoint: SignedCheckpoint

    public static let header = "c2sp.org/tlog-proof@v1"
    /// Of one file: a payload of the largest size in base64, and what stands around it.
    public static let maximumBytes = 134_217_728

    public init(entry: [UInt8]?, proof: InclusionProof, checkpoint: SignedCheckpoint) {
        self.entry = entry
        self.proof = proof
        self.checkpoint = checkpoint
    }

    public var bytes: [UInt8] {
        var text = Self.header + "\n"
        if let entry { text += "extra \(StrictBase64.encode(entry))\n" }
        text += "index \(proof.index)\n"
        for hash in proof.hashes { text += StrictBase64.encode(hash.bytes) + "\n" }
        return Array((text + "\n").utf8) + checkpoint.bytes
    }

    /// Reads it; nothing is verified yet.
    ///
    /// - Throws: `EventLogError` with `malformedProof` or `malformedNote`, saying what is wrong.
    public init(_ bytes: some Collection<UInt8>) throws {
        var lines = try ProofLines(bytes, maximumBytes: Self.maximumBytes)
        guard lines.next() == Array(Self.header.utf8)[...] else {
            throw EventLogError.proof("it does not begin with \(Self.header)")
        }
        var line = lines.next()
        entry = nil
        if let extra = line?.dropped(prefix: "extra ") {
            guard let decoded = StrictBase64.decode(extra) else {
                throw EventLogError.proof("its extra line is not base64")
            }
            entry = decoded
            line = lines.next()
        }
        guard let index = line?.dropped(prefix: "index ").flatMap({ StrictDecimal.decode($0) }) else {
            throw EventLogError.proof("its index line is missing, or no number without leading zeros")
        }
        let hashes = try lines.hashes(atMost: InclusionProof.maximumHashes)
        checkpoint = try SignedCheckpoint(lines.rest)
        proof = InclusionProof(index: index, size: checkpoint.checkpoint.size, hashes: hashes)
    }

    /// The position of the event that it is about.
    public var position: Position { proof.index < .max ? proof.index + 1 : .max }

    /// Recomputes the leaf and the root. Says nothing about who signed the root: that is `checkpoint.verify`.
    ///
    /// - Throws: `EventLogError` with `malformedProof` where there is no entry, or as `InclusionProof.verify`.
    public func verifyInclusion() throws {
        guard let entry else {
            throw EventLogError.proof("it has no extra line with the event, so nothing can be recomputed")
        }
        try proof.verify(leaf: .leaf(entry), root: checkpoint.checkpoint.root)
    }
}
