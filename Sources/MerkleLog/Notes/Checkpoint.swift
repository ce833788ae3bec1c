public import EventLog

/// "The log has so many events and this Merkle root": the text of a C2SP tlog-checkpoint.
///
///     let signed = try SignedCheckpoint(bytes)
///     let signers = try signed.verify(with: [key])
///     print(signed.checkpoint.size, signers)
public struct Checkpoint: Hashable, Sendable {
    /// Whose log: `memory-ledger/<ledger id>`, and `/<epoch id>` after a restore.
    public var origin: String
    /// How many events: the position of the last one.
    public var size: Int64
    public var root: MerkleHash
    /// Lines that others have added, kept as they are.
    public var extensions: [String]

    public init(origin: String, size: Int64, root: MerkleHash, extensions: [String] = []) {
        self.origin = origin
        self.size = size
        self.root = root
        self.extensions = extensions
    }

    /// What is signed.
    public var text: String {
        ([origin, String(size), StrictBase64.encode(root.bytes)] + extensions).map { $0 + "\n" }.joined()
    }

    /// - Throws: `EventLogError.malformedProof`, saying what is wrong.
    public init(text: String) throws {
        var lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard lines.popLast()?.isEmpty == true, lines.count >= 3 else {
            throw EventLogError.checkpoint("it has fewer than three lines")
        }
        guard !lines.contains(where: \.isEmpty) else { throw EventLogError.checkpoint("one of its lines is empty") }
        guard let size = StrictDecimal.decode(Array(lines[1])) else {
            throw EventLogError.checkpoint("its second line is not a number from 0 to 2^63 - 1 without leading zeros")
        }
        guard let root = StrictBase64.hash(Array(lines[2])) else {
            throw EventLogError.checkpoint("its third line is not 32 bytes in base64")
        }
        if size == 0, root != .emptyRoot { throw EventLogError.checkpoint("an empty log has another root") }
        origin = String(decoding: lines[0], as: UTF8.self)
        self.size = size
        self.root = root
        extensions = lines.dropFirst(3).map { String(decoding: $0, as: UTF8.self) }
    }

    public static func == (left: Self, right: Self) -> Bool { left.text.hasSameBytes(as: right.text) }
    public func hash(into hasher: inout Hasher) { text.hashBytes(into: &hasher) }
}

/// A checkpoint with its signatures, as it is exported and kept.
///
///     let signed = try SignedCheckpoint(bytes)
///     let signers = try signed.verify(with: [key])
///     print(signed.checkpoint.size, signers)
public struct SignedCheckpoint: Hashable, Sendable {
    public let checkpoint: Checkpoint
    public let note: SignedNote

    /// Reads it; nothing is verified yet.
    ///
    /// - Throws: `EventLogError` with `malformedNote` or `malformedProof`.
    public init(_ bytes: some Collection<UInt8>) throws { try self.init(note: SignedNote(bytes)) }

    /// - Throws: `EventLogError.malformedProof` where the note's text is no checkpoint.
    public init(note: SignedNote) throws {
        self.note = note
        checkpoint = try Checkpoint(text: note.text)
    }

    /// Signs with all of the keys. See `CheckpointSigner` for when that may be done.
    package init(_ checkpoint: Checkpoint, signedWith keys: [NoteSigningKey]) throws {
        var note = try SignedNote(text: checkpoint.text)
        for key in keys { try note.sign(with: key) }
        self.note = note
        self.checkpoint = checkpoint
    }

    public var bytes: [UInt8] { note.bytes }

    /// Which of the keys have signed it.
    ///
    /// A ledger's own key signs for that ledger alone: of a key whose name is a ledger's, the origin must be that name
    /// or an epoch below it.
    ///
    /// - Throws: `EventLogError` with `badSignature`, `unknownSigner` or `otherLog`.
    @discardableResult
    public func verify(with keys: [NoteVerifierKey]) throws -> [NoteVerifierKey] {
        let signers = try note.verify(with: keys)
        for key in signers where !LedgerOrigin.isOf(key, checkpoint.origin) {
            throw EventLogError(
                .otherLog,
                "The key of \(key.name) has signed for \(checkpoint.origin), which is another log; distrust it.")
        }
        return signers
    }
}
