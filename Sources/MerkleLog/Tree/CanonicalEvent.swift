public import EventLog

/// An event in the encoding that a leaf of the Merkle tree covers: `Schemas/EVENT_ENCODING.md`, byte by byte.
///
/// Everything but the position, which is the leaf's place in the tree, and the compression, which may differ from one
/// copy of a log to another.
public struct CanonicalEvent: Hashable, Sendable {
    /// How the payload stands in the encoding.
    public enum PayloadForm: UInt8, Sendable {
        /// The event's body.
        case plain = 0
        /// Encrypted, as it is stored: the id of the data key, nonce, ciphertext, tag.
        case encrypted = 1
        /// As it is stored, compressed maybe: it could not be read when the tree was made of a log of format 1.
        case unreadable = 2
    }

    public var ledger: LedgerID
    public var stream: StreamName
    public var version: StreamVersion
    public var id: EventID
    public var type: EventType
    public var schemaVersion: Int64
    public var recordedAt: Timestamp
    public var occurredAt: Timestamp
    public var attribution: Attribution
    public var payloadForm: PayloadForm
    public var payload: [UInt8]

    /// What every encoding begins with.
    public static let magic = Array("MLE1".utf8)

    /// The event with its payload in the open.
    public init(_ event: RecordedEvent, in ledger: LedgerID) {
        self.init(event, in: ledger, .plain, event.payload)
    }

    /// - Parameter payload: what stands in the place of the event's own payload.
    public init(_ event: RecordedEvent, in ledger: LedgerID, _ form: PayloadForm, _ payload: [UInt8]) {
        self.ledger = ledger
        stream = event.stream
        version = event.version
        id = event.id
        type = event.type
        schemaVersion = Int64(event.schemaVersion)
        recordedAt = event.recordedAt
        occurredAt = event.occurredAt
        attribution = event.attribution
        payloadForm = form
        self.payload = payload
    }

    // MARK: Encoding

    public var bytes: [UInt8] {
        var bytes = Self.magic + ledger.bytes
        bytes.put(stream.rawValue)
        bytes.put(version)
        bytes += id.withBytes { Array($0) }
        bytes.put(type.rawValue)
        bytes.put(schemaVersion)
        bytes.put(recordedAt.milliseconds)
        bytes.put(occurredAt.milliseconds)
        bytes.put(optional: attribution.actor)
        bytes.put(optional: attribution.correlationID)
        bytes.put(optional: attribution.causationID)
        bytes.append(payloadForm.rawValue)
        bytes.put(counted: payload)
        return bytes
    }

    /// SHA-256(0x00 ‖ bytes).
    public var leafHash: MerkleHash { MerkleHash.leaf(bytes) }

    // MARK: Decoding

    /// Reads an encoding; every byte must be accounted for, so that no two encodings mean the same.
    ///
    /// - Throws: `EventLogError.malformedProof`, saying what is wrong.
    public init(_ bytes: [UInt8]) throws {
        var reader = CanonicalReader(bytes)
        guard try reader.take(4, "the mark") == Self.magic[...] else {
            throw EventLogError.malformedEntry("it does not begin with MLE1")
        }
        guard let ledger = LedgerID(bytes: try reader.take(LedgerID.byteCount, "the ledger's id")) else {
            throw EventLogError.malformedEntry("it has no ledger id")
        }
        self.ledger = ledger
        stream = StreamName(try reader.text("the stream"))
        version = try reader.integer("the version")
        let id = try reader.take(16, "the event's id")
        self.id = try Array(id).withUnsafeBytes { bytes in
            guard let id = EventID(bytes: bytes) else { throw EventLogError.malformedEntry("it has no event id") }
            return id
        }
        type = EventType(try reader.text("the type"))
        schemaVersion = try reader.integer("the schema version")
        recordedAt = Timestamp(milliseconds: try reader.integer("the recorded time"))
        occurredAt = Timestamp(milliseconds: try reader.integer("the occurred time"))
        attribution = Attribution(
            actor: try reader.optionalText("the actor"), correlationID: try reader.optionalText("the correlation"),
            causationID: try reader.optionalText("the causation"))
        guard let form = PayloadForm(rawValue: try reader.byte("the payload's form")) else {
            throw EventLogError.malformedEntry("the payload's form is unknown")
        }
        payloadForm = form
        payload = Array(try reader.counted("the payload"))
        guard reader.isAtEnd else { throw EventLogError.malformedEntry("something follows its end") }
    }
}

extension [UInt8] {
    fileprivate mutating func put(_ value: Int64) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }

    fileprivate mutating func put(counted bytes: some Collection<UInt8>) {
        Swift.withUnsafeBytes(of: UInt32(truncatingIfNeeded: bytes.count).bigEndian) { append(contentsOf: $0) }
        append(contentsOf: bytes)
    }

    fileprivate mutating func put(_ text: String) { put(counted: Array(text.utf8)) }

    fileprivate mutating func put(optional text: String?) {
        append(text == nil ? 0 : 1)
        if let text { put(text) }
    }
}

/// Reads fields off the front. Every length is checked before it is used.
private struct CanonicalReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func take(_ count: Int, _ what: String) throws -> ArraySlice<UInt8> {
        guard count <= rest.count else { throw EventLogError.malformedEntry("it ends within \(what)") }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    mutating func byte(_ what: String) throws -> UInt8 {
        guard let byte = try take(1, what).first else { throw EventLogError.malformedEntry("it ends before \(what)") }
        return byte
    }

    package mutating func integer(_ what: String) throws -> Int64 {
        let value = try take(8, what).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return Int64(bitPattern: value)
    }

    mutating func counted(_ what: String) throws -> ArraySlice<UInt8> {
        let count = try take(4, what).reduce(0) { $0 << 8 | Int($1) }
        return try take(count, what)
    }

    mutating func text(_ what: String) throws -> String {
        guard let text = String(validating: try counted(what), as: UTF8.self) else {
            throw EventLogError.malformedEntry("\(what) is not UTF-8")
        }
        return text
    }

    mutating func optionalText(_ what: String) throws -> String? {
        switch try byte(what) {
        case 0: return nil
        case 1: return try text(what)
        default: throw EventLogError.malformedEntry("\(what) is neither absent nor present")
        }
    }
}
