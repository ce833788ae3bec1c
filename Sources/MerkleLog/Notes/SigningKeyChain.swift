public import EventLog

/// Which key followed which, by the rotation events in `$ledger/keys`.
///
/// Anybody who may append can append such an event; it counts only where both of its keys have signed it for this
/// ledger and the old one had not been replaced before. So it cannot be replaced without a key.
public struct SigningKeyChain: Hashable, Sendable {
    /// A rotation that the log records and its signatures bear out.
    public struct Link: Hashable, Sendable {
        public var position: Position
        public var recordedAt: Timestamp
        public var old: NoteVerifierKey
        public var new: NoteVerifierKey

        package init(position: Position, recordedAt: Timestamp, old: NoteVerifierKey, new: NoteVerifierKey) {
            self.position = position
            self.recordedAt = recordedAt
            self.old = old
            self.new = new
        }
    }

    /// A rotation that changes nothing.
    public struct Refusal: Hashable, Sendable {
        public var position: Position
        /// Completes "the event at position 7 rotates no key: …".
        public var reason: String
    }

    /// In the order of the log.
    public private(set) var links: [Link] = []
    /// What was appended in the place of a rotation. Not those of another ledger, whose events were imported.
    public private(set) var refusals: [Refusal] = []

    /// Rotations at most that are followed, and as many that are refused.
    public static let maximumLinks = 10_000

    package init() {}

    /// True where another key has taken this one's place.
    public func isRetired(_ key: NoteVerifierKey) -> Bool { successor(of: key) != nil }

    /// The rotation that replaced the key.
    package func successor(of key: NoteVerifierKey) -> Link? { links.first { $0.old == key } }

    /// The rotation that brought the key.
    package func predecessor(of key: NoteVerifierKey) -> Link? { links.last { $0.new == key } }

    /// The rotations that led to the key, and those from it on, in the order of the log.
    public func links(through key: NoteVerifierKey) -> [Link] {
        var path: [Link] = []
        var first = key
        while let link = predecessor(of: first), !path.contains(link) {
            path.insert(link, at: 0)
            first = link.old
        }
        var last = key
        while let link = successor(of: last), !path.contains(link) {
            path.append(link)
            last = link.new
        }
        return path
    }

    package mutating func follow(_ rotation: SigningKeyRotation, of event: RecordedEvent, origin: LedgerOrigin) throws {
        do {
            let isOwn =
                rotation.origin.hasSameBytes(as: origin.text)
                || rotation.origin.utf8.starts(with: (origin.text + "/").utf8)
            guard isOwn else { return }
            let (old, new) = try rotation.verified()
            guard !isRetired(old), old != new, predecessor(of: new) == nil else {
                return refusals.append(Refusal(position: event.position, reason: "the old key was replaced before"))
            }
            links.append(Link(position: event.position, recordedAt: event.recordedAt, old: old, new: new))
        } catch {
            refusals.append(Refusal(position: event.position, reason: "\(error)"))
        }
        guard max(links.count, refusals.count) <= Self.maximumLinks else {
            throw EventLogError.limit(
                "SigningKeyChain.maximumLinks", allowed: Self.maximumLinks,
                found: max(links.count, refusals.count), what: "The number of rotations")
        }
    }
}

extension SigningKeyRotation {
    /// What both keys sign.
    static func text(origin: String, old: NoteVerifierKey, new: NoteVerifierKey) -> String {
        "memory-ledger signing key rotation\n\(origin)\nold \(old)\nnew \(new)\n"
    }

    /// Signs the text with both keys: the old one hands over, the new one shows that somebody has it.
    package static func signed(origin: String, old: NoteSigningKey, new: NoteSigningKey) throws -> SigningKeyRotation {
        var note = try SignedNote(text: text(origin: origin, old: old.verifierKey, new: new.verifierKey))
        try note.sign(with: old)
        try note.sign(with: new)
        return SigningKeyRotation(
            oldKey: old.verifierKey.description, newKey: new.verifierKey.description,
            note: String(decoding: note.bytes, as: UTF8.self))
    }

    /// What its note says which ledger and epoch it is of; empty where it says nothing.
    var origin: String {
        let lines = note.utf8.split(separator: UInt8(ascii: "\n"), maxSplits: 2, omittingEmptySubsequences: false)
        return lines.count > 1 ? String(decoding: lines[1], as: UTF8.self) : ""
    }

    /// The keys, where both have signed just this. Needs no ledger.
    package func verified() throws -> (old: NoteVerifierKey, new: NoteVerifierKey) {
        let (old, new) = (try NoteVerifierKey(oldKey), try NoteVerifierKey(newKey))
        let note = try SignedNote(note.utf8)
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
