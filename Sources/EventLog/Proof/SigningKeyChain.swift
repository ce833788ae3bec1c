/// Which key followed which, by the rotation events in `$ledger/keys`.
public struct SigningKeyChain: Hashable, Sendable {
    /// A rotation that the log records.
    public struct Link: Hashable, Sendable {
        public var position: Position
        public var recordedAt: Timestamp
        public var old: NoteVerifierKey
        public var new: NoteVerifierKey
    }

    /// In the order of the log.
    public private(set) var links: [Link] = []

    /// The newest key; nil where none was ever rotated.
    public var current: NoteVerifierKey? { links.last?.new }

    /// Rotations at most that are followed.
    public static let maximumLinks = 10_000

    /// True where another key has taken this one's place.
    public func isRetired(_ key: NoteVerifierKey) -> Bool {
        key != current && links.contains { $0.old == key }
    }

    /// Takes the next rotation.
    ///
    /// - Throws: `EventLogError` with `malformedKey`, `malformedNote`, `badSignature` or `unknownSigner` where its note
    ///   does not bear it out; `damagedLog` where it does not begin with the key before.
    mutating func follow(_ rotation: SigningKeyRotation, at position: Position, _ recordedAt: Timestamp) throws {
        let (old, new) = try rotation.verified()
        if let current, current != old {
            throw EventLogError.damagedLog(at: position, "it rotates a key that was not in use")
        }
        links.append(Link(position: position, recordedAt: recordedAt, old: old, new: new))
    }
}

extension SigningKeyRotation {
    /// What both keys sign.
    static func text(origin: String, old: NoteVerifierKey, new: NoteVerifierKey) -> String {
        "memory-ledger signing key rotation\n\(origin)\nold \(old)\nnew \(new)\n"
    }

    /// Signs the text with both keys: the old one hands over, the new one shows that somebody has it.
    static func signed(origin: String, old: NoteSigningKey, new: NoteSigningKey) throws -> SigningKeyRotation {
        var note = try SignedNote(text: text(origin: origin, old: old.verifierKey, new: new.verifierKey))
        try note.sign(with: old)
        try note.sign(with: new)
        return SigningKeyRotation(
            oldKey: old.verifierKey.description, newKey: new.verifierKey.description,
            note: String(decoding: note.bytes, as: UTF8.self))
    }

    /// The keys, where both have signed just this. Needs no ledger.
    package func verified() throws -> (old: NoteVerifierKey, new: NoteVerifierKey) {
        let (old, new) = (try NoteVerifierKey(oldKey), try NoteVerifierKey(newKey))
        let note = try SignedNote(note.utf8)
        let lines = note.text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let origin = lines.count > 1 ? String(decoding: lines[1], as: UTF8.self) : ""
        guard note.text.hasSameBytes(as: Self.text(origin: origin, old: old, new: new)),
            LedgerOrigin.isOf(old, origin)
        else {
            throw EventLogError(
                .badSignature, "The note of the rotation names other keys or another ledger; distrust it.")
        }
        for key in [old, new] { try note.verify(with: [key]) }
        return (old, new)
    }
}

extension SQLiteEventLog {
    /// The rotations that the log records, each verified by its signatures.
    ///
    /// - Throws: as `SigningKeyChain` where one of them does not hold; `limitExceeded` beyond `maximumLinks`.
    public func signingKeyChain() async throws -> SigningKeyChain {
        try file.readSnapshot { try signingKeyChain($0) }
    }

    func signingKeyChain(_ sqlite: SQLiteConnection) throws -> SigningKeyChain {
        let reader = reader(sqlite)
        var chain = SigningKeyChain()
        var next: StreamVersion? = 1
        while let from = next {
            let page = try reader.readStream(
                LedgerEvent.Stream.keys, from: from, direction: .forwards, limit: min(256, limits.pageEvents))
            for event in page.events {
                guard case .signingKeyRotated(let rotation)? = try LedgerEvent.decode(event) else { continue }
                guard chain.links.count < SigningKeyChain.maximumLinks else {
                    throw EventLogError.limit(
                        "SigningKeyChain.maximumLinks", allowed: SigningKeyChain.maximumLinks,
                        found: chain.links.count + 1, what: "The number of rotations")
                }
                try chain.follow(rotation, at: event.position, event.recordedAt)
            }
            next = page.next
        }
        return chain
    }
}
