import EventLog

/// A text with the signatures of one or more keys: C2SP signed-note.
///
///     text, ending in a line break
///     <blank line>
///     — name base64(key id ‖ signature)
///
/// The text means nothing before `verify` has accepted it.
public struct SignedNote: Hashable, Sendable {
    /// One line below the text: whose signature it is, and its bytes.
    public struct Signature: Hashable, Sendable {
        public var name: String
        public var keyID: UInt32
        public var bytes: [UInt8]

        public static func == (left: Self, right: Self) -> Bool {
            left.keyID == right.keyID && left.bytes == right.bytes && left.name.hasSameBytes(as: right.name)
        }

        public func hash(into hasher: inout Hasher) {
            hasher.combine(keyID)
            hasher.combine(bytes)
        }

        package func isBy(_ key: NoteVerifierKey) -> Bool { keyID == key.id && name.hasSameBytes(as: key.name) }
    }

    /// With the line break that ends it.
    public let text: String
    public private(set) var signatures: [Signature]

    public static let maximumSignatures = 100
    /// Of a whole note, in bytes.
    public static let maximumBytes = 1_000_000

    /// A text that is not signed yet.
    ///
    /// - Throws: `EventLogError.malformedNote` where it does not end in a line break or has control characters.
    public init(text: String) throws {
        try Self.checkCharacters(text.utf8)
        guard text.utf8.last == UInt8(ascii: "\n") else { throw EventLogError.note("its text ends in no line break") }
        self.text = text
        signatures = []
    }

    // MARK: Reading

    /// Reads a note; nothing is verified yet.
    ///
    /// - Throws: `EventLogError.malformedNote`, saying what is wrong.
    public init(_ bytes: some Collection<UInt8>) throws {
        guard bytes.count <= Self.maximumBytes else {
            throw EventLogError.note("it has more than \(Self.maximumBytes) bytes (SignedNote.maximumBytes)")
        }
        let bytes = Array(bytes)
        try Self.checkCharacters(bytes)
        guard let blank = Self.lastBlankLine(bytes) else { throw EventLogError.note("it has no blank line") }
        guard let text = String(validating: bytes[...blank], as: UTF8.self) else {
            throw EventLogError.note("it is not UTF-8")
        }
        self.text = text
        guard bytes.last == UInt8(ascii: "\n"), bytes.count > blank + 2 else {
            throw EventLogError.note("no signature follows its last blank line")
        }
        let lines = bytes[(blank + 2)...].dropLast()
            .split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard lines.count <= Self.maximumSignatures else {
            throw EventLogError.note(
                "it has more than \(Self.maximumSignatures) signatures (SignedNote.maximumSignatures)")
        }
        signatures = try lines.map { try Self.signature($0) }
    }

    /// The index of the line break before the last blank line.
    private static func lastBlankLine(_ bytes: [UInt8]) -> Int? {
        guard bytes.count > 1 else { return nil }
        return (0..<bytes.count - 1).last {
            bytes[$0] == UInt8(ascii: "\n") && bytes[$0 + 1] == UInt8(ascii: "\n")
        }
    }

    private static func checkCharacters(_ bytes: some Sequence<UInt8>) throws {
        guard bytes.allSatisfy({ $0 >= 0x20 || $0 == UInt8(ascii: "\n") }) else {
            throw EventLogError.note("it has a control character in it")
        }
    }

    /// An em dash, a space, the name, a space, base64.
    private static func signature(_ line: ArraySlice<UInt8>) throws -> Signature {
        let mark = Array("— ".utf8)
        guard line.starts(with: mark) else { throw EventLogError.note("a signature line does not begin with — ") }
        let fields = line.dropFirst(mark.count)
            .split(separator: UInt8(ascii: " "), maxSplits: 1, omittingEmptySubsequences: false)
        guard fields.count == 2, let name = String(validating: fields[0], as: UTF8.self),
            NoteVerifierKey.isName(name)
        else { throw EventLogError.note("a signature line has no name, or one that cannot be") }
        guard let bytes = StrictBase64.decode(fields[1]), bytes.count > 4 else {
            throw EventLogError.note("the signature of \(name) is not base64, or too short")
        }
        return Signature(
            name: name, keyID: bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }, bytes: Array(bytes.dropFirst(4)))
    }

    // MARK: Writing

    /// The note as it is stored and sent.
    public var bytes: [UInt8] {
        var bytes = Array(text.utf8) + [UInt8(ascii: "\n")]
        for signature in signatures {
            let id = withUnsafeBytes(of: signature.keyID.bigEndian) { Array($0) }
            bytes += Array("— \(signature.name) \(StrictBase64.encode(id + signature.bytes))\n".utf8)
        }
        return bytes
    }

    /// Adds the key's signature, unless it has signed already.
    ///
    /// - Throws: `EventLogError.limitExceeded` beyond `maximumSignatures`.
    public mutating func sign(with key: NoteSigningKey) throws {
        guard !signatures.contains(where: { $0.isBy(key.verifierKey) }) else { return }
        guard signatures.count < Self.maximumSignatures else {
            throw EventLogError.limit(
                "SignedNote.maximumSignatures", allowed: Self.maximumSignatures, found: signatures.count + 1,
                what: "The number of signatures")
        }
        let bytes = try key.signature(of: Array(text.utf8))
        signatures.append(Signature(name: key.verifierKey.name, keyID: key.verifierKey.id, bytes: bytes))
    }

    // MARK: Verifying

    /// Which of the keys have signed the text. Signatures by other keys are passed over.
    ///
    /// - Throws: `EventLogError` with `badSignature` where a signature bears a known key's name and id and is not its
    ///   signature; `unknownSigner` where none of the keys has signed.
    @discardableResult
    public func verify(with keys: [NoteVerifierKey]) throws -> [NoteVerifierKey] {
        let signed = Array(text.utf8)
        var found: [NoteVerifierKey] = []
        for signature in signatures {
            let known = keys.filter { signature.isBy($0) }
            if known.isEmpty { continue }
            // Two keys may have one name and id by accident; then either may have signed.
            guard let key = known.first(where: { $0.isSignature(signature.bytes, of: signed) }) else {
                throw EventLogError(
                    .badSignature,
                    "The signature of \(signature.name) does not fit the text: it was changed, or somebody else signed."
                )
            }
            if !found.contains(key) { found.append(key) }
        }
        guard !found.isEmpty else {
            throw EventLogError(
                .unknownSigner,
                "None of the given keys has signed this; it bears the names \(names). Ask the signer for the key.")
        }
        return found
    }

    private var names: String {
        Set(signatures.map { ByteText($0.name) }).sorted().map(\.text).joined(separator: ", ")
    }

    public static func == (left: Self, right: Self) -> Bool { left.bytes == right.bytes }
    public func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
}
