public import EventLog
public import MerkleLog

/// What checking a file of evidence gave. It needs neither ledger nor network; `Schemas/EVIDENCE.md` says what is
/// checked.
///
///     let check = EvidenceCheck(file, trusting: [key])
///     print(check.verdict, check.signers)
public struct EvidenceCheck: Sendable {
    public var verdict = ProofCheck.Verdict.wrong
    /// Why it is wrong, or whose key is not known.
    public var problem: EventLogError?
    /// The keys that are trusted and have signed the checkpoint.
    public var signers: [NoteVerifierKey] = []
    public var checkpoint: Checkpoint?
    public var completeness = Evidence.Completeness.notProvable
    public var ranges: [Evidence.StreamRange] = []
    public var counts = Evidence.Counts()
    /// Events whose contents for a reader this program could not compare with what is proved.
    public var uncompared = 0
    public var first: Position?
    public var last: Position?
    /// What is proved, in the order of positions; empty if something is wrong.
    package private(set) var events: [(position: Position, event: CanonicalEvent)] = []
    private let catalogue: EventCatalogue

    /// Checks a file.
    ///
    ///     let check = EvidenceCheck(file, trusting: [key], knowing: ledger.events)
    ///     print(check.verdict, check.counts.events, check.uncompared)
    ///
    /// - Parameters:
    ///   - keys: whom to trust; a rotation that the file proves passes the trust on.
    ///   - catalogue: the events whose contents can be compared: a ledger's `events`, if it has modules of your own.
    public init(_ file: [UInt8], trusting keys: [NoteVerifierKey], knowing catalogue: EventCatalogue = .builtIn) {
        self.catalogue = catalogue
        do {
            let reader = try EvidenceReader(file)
            checkpoint = reader.checkpoint.checkpoint
            let trusted = try checkAll(reader, keys)
            for own in reader.verifierKeys + trusted { try Self.checkSignature(of: own, reader.checkpoint) }
            signers = try reader.checkpoint.verify(with: trusted)
            verdict = .verified
        } catch let error as EventLogError {
            problem = error
            verdict = error.code == .unknownSigner ? .signerUnknown : .wrong
        } catch {
            problem = Evidence.malformed("\(error)")
        }
    }

    /// A key that has not signed is no problem.
    private static func checkSignature(of key: NoteVerifierKey, _ checkpoint: SignedCheckpoint) throws {
        do {
            try checkpoint.verify(with: [key])
        } catch let error as EventLogError where error.code == .unknownSigner {}
    }

    /// The mathematics. Answers the keys to trust.
    private mutating func checkAll(_ reader: EvidenceReader, _ keys: [NoteVerifierKey]) throws -> [NoteVerifierKey] {
        let own = LedgerOrigin(ledger: reader.ledger).text
        guard reader.origin.hasSameBytes(as: reader.checkpoint.checkpoint.origin),
            reader.origin.hasSameBytes(as: own) || reader.origin.utf8.starts(with: (own + "/").utf8)
        else { throw Evidence.malformed("its origin is not that of the ledger and the checkpoint") }
        var events: [CanonicalEvent] = []
        var previous: Position = 0
        for item in reader.events {
            let event = try Self.proved(item, after: previous, reader)
            try compare(event, item)
            try EvidenceScope.check(event, at: item.position, is: reader.selection)
            previous = item.position
            events.append(event)
        }
        (first, last) = (reader.events.first?.position, reader.events.last?.position)
        let trusted = try Self.following(reader, keys)
        try EvidenceScope.checkCompleteness(reader, events)
        (completeness, ranges) = (reader.completeness, reader.ranges)
        let claimed: [(String, Int)] = [
            ("events", counts.events), ("erased", counts.erased), ("locked", counts.locked),
            ("decrypted", counts.decrypted),
        ]
        for (name, count) in claimed where try EvidenceReader.integer(reader.counts, name) != Int64(count) {
            throw Evidence.malformed("it does not have as many events as counts.\(name) says")
        }
        _ = try EvidenceReader.integer(reader.counts, "after_checkpoint")
        self.events = zip(reader.events.map(\.position), events).map { ($0, $1) }
        return trusted
    }

    private static func proved(
        _ item: EvidenceReader.Item, after previous: Position, _ reader: EvidenceReader
    ) throws -> CanonicalEvent {
        let checkpoint = reader.checkpoint.checkpoint
        guard item.position > previous, item.position <= checkpoint.size else {
            throw Evidence.malformed("position \(item.position) is out of order, or not in the checkpoint")
        }
        guard item.proof.count <= InclusionProof.maximumHashes, item.proof.allSatisfy(reader.nodes.indices.contains)
        else {
            throw Evidence.malformed(
                "the proof of position \(item.position) has too many hashes, or names none of nodes")
        }
        let proof = InclusionProof(
            index: item.position - 1, size: checkpoint.size, hashes: item.proof.map { reader.nodes[$0] })
        try proof.verify(leaf: .leaf(item.entry), root: checkpoint.root)
        let event = try CanonicalEvent(item.entry)
        guard event.ledger == reader.ledger else {
            throw Evidence.malformed("the event at position \(item.position) is another ledger's")
        }
        return event
    }

    private static func following(_ reader: EvidenceReader, _ keys: [NoteVerifierKey]) throws -> [NoteVerifierKey] {
        var trusted = keys
        var previous: Position = 0
        for item in reader.rotations {
            let event = try proved(item, after: previous, reader)
            previous = item.position
            guard event.payloadForm == .plain, event.type == LedgerEvent.Name.signingKeyRotated,
                case .signingKeyRotated(let rotation)? = try LedgerEvent.decode(event.recorded(at: item.position))
            else { throw Evidence.malformed("position \(item.position) rotates no key") }
            let (old, new) = try rotation.verified()
            if trusted.contains(old), !trusted.contains(new) { trusted.append(new) }
        }
        return trusted
    }

    // MARK: For a reader

    private static let envelope = [
        "position", "stream", "version", "type", "schema_version", "event_id", "recorded_at", "occurred_at", "actor",
        "correlation_id", "causation_id",
    ]

    /// What the file says of the event for a reader must be what the entry says.
    private mutating func compare(_ event: CanonicalEvent, _ item: EvidenceReader.Item) throws {
        let found = item.event ?? [:]
        let recorded = event.recorded(at: item.position)
        guard item.form?.hasSameBytes(as: event.payloadForm.name) == true,
            let expected = try catalogue.json(of: recorded, sealed: true).object
        else { throw Evidence.malformed("the form of position \(item.position) is not what its entry says") }
        for name in Self.envelope where try EvidenceReader.member(found, name) != expected[name] {
            throw Evidence.malformed("\(name) of position \(item.position) is not what its entry says")
        }
        let data = try EvidenceReader.member(found, "data")
        let (isErased, isLocked) = (try Self.flag("erased", found), try Self.flag("locked", found))
        guard !(isErased && isLocked), !(isErased || isLocked) || (data.isNull && event.payloadForm != .plain) else {
            throw Evidence.malformed("position \(item.position) cannot be erased or locked as it says")
        }
        counts.events += 1
        if isErased { counts.erased += 1 }
        if isLocked { counts.locked += 1 }
        if event.payloadForm == .encrypted, !isErased, !isLocked { counts.decrypted += 1 }
        if event.payloadForm == .plain { try compare(data, recorded) }
    }

    private static func flag(_ name: String, _ object: JSONObject) throws -> Bool {
        guard let value = object[name] else { return false }
        guard value == true else { throw Evidence.malformed("\(name) is not true") }
        return true
    }

    private mutating func compare(_ data: JSONValue, _ recorded: RecordedEvent) throws {
        if let object = data.object, object.count == 1, let unknown = object["$unknown"] {
            guard unknown.string.flatMap({ StrictBase64.decode(Array($0.utf8)) }) == recorded.payload else {
                throw Evidence.malformed("the data of position \(recorded.position) is not its payload")
            }
            return
        }
        guard let expected = try? catalogue.json(of: recorded)["data"], expected["$unknown"] == nil else {
            uncompared += 1
            return
        }
        guard Self.isSame(data, expected) else {
            throw Evidence.malformed("the data of position \(recorded.position) is not what its payload says")
        }
    }

    /// Equal whatever the order of an object's members.
    private static func isSame(_ left: JSONValue, _ right: JSONValue) -> Bool {
        switch (left, right) {
        case (.object(let left), .object(let right)):
            let (left, right) = (sorted(left), sorted(right))
            return left.count == right.count
                && zip(left, right).allSatisfy { $0.name.hasSameBytes(as: $1.name) && isSame($0.value, $1.value) }
        case (.array(let left), .array(let right)):
            return left.count == right.count && zip(left, right).allSatisfy { isSame($0, $1) }
        default: return left == right
        }
    }

    private static func sorted(_ object: JSONObject) -> [JSONObject.Member] {
        object.members.sorted { $0.name.precedesByBytes($1.name) }
    }
}
