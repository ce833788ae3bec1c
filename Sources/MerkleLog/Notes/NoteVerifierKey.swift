import Crypto
import EventLog

/// A public key that notes are verified with: `name+hash+base64(0x01 ‖ public key)`, as Go's sumdb/note has it.
///
///     let key = try NoteVerifierKey(text)
public struct NoteVerifierKey: Hashable, Sendable, CustomStringConvertible {
    /// Who signs; no Unicode spaces, no plus.
    public let name: String
    /// 32 bytes of an Ed25519 key.
    public let publicKey: [UInt8]
    /// The first four bytes of SHA-256(name ‖ 0x0A ‖ 0x01 ‖ public key).
    public let id: UInt32

    /// Ed25519, the only algorithm here.
    static let algorithm: UInt8 = 0x01
    static let keyBytes = 32
    /// A name is part of each signature line.
    public static let maximumNameBytes = 1_024

    /// - Throws: `EventLogError.malformedKey` where the name or the number of bytes cannot be.
    public init(name: String, publicKey: [UInt8]) throws {
        guard Self.isName(name) else {
            throw EventLogError.key("its name is empty or has a space, a plus or a control character in it")
        }
        guard publicKey.count == Self.keyBytes else {
            throw EventLogError.key("it has \(publicKey.count) bytes instead of \(Self.keyBytes)")
        }
        self.name = name
        self.publicKey = publicKey
        var hash = SHA256()
        hash.update(data: Array(name.utf8) + [UInt8(ascii: "\n"), Self.algorithm] + publicKey)
        id = hash.finalize().prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// Reads the text form.
    ///
    /// - Throws: `EventLogError.malformedKey`, saying what is wrong.
    public init(_ text: String) throws {
        let (name, id, bytes) = try Self.parts(of: Array(text.utf8))
        try self.init(name: name, publicKey: bytes)
        guard self.id == id else { throw EventLogError.key("its checksum does not fit it") }
    }

    /// The name, the id and the 32 bytes of `name+hash+base64(0x01 ‖ bytes)`.
    static func parts(of text: [UInt8]) throws -> (name: String, id: UInt32, bytes: [UInt8]) {
        let fields = text.split(separator: UInt8(ascii: "+"), maxSplits: 2, omittingEmptySubsequences: false)
        guard fields.count == 3 else { throw EventLogError.key("it has not the form name+hash+base64") }
        guard let name = String(validating: fields[0], as: UTF8.self) else {
            throw EventLogError.key("its name is not UTF-8")
        }
        guard let id = keyID(fields[1]) else { throw EventLogError.key("its hash is not 8 lower-case hex digits") }
        guard let bytes = StrictBase64.decode(fields[2]) else { throw EventLogError.key("it ends in no base64") }
        guard bytes.first == algorithm else { throw EventLogError.key("it is not an Ed25519 key") }
        guard bytes.count == 1 + keyBytes else {
            throw EventLogError.key("it has \(bytes.count - 1) bytes instead of \(keyBytes)")
        }
        return (name, id, Array(bytes.dropFirst()))
    }

    private static func keyID(_ digits: ArraySlice<UInt8>) -> UInt32? {
        guard digits.count == 8 else { return nil }
        var id: UInt32 = 0
        for digit in digits {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): id = id << 4 | UInt32(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): id = id << 4 | UInt32(digit - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        return id
    }

    static func isName(_ name: String) -> Bool {
        (1...maximumNameBytes).contains(name.utf8.count)
            && !name.unicodeScalars.contains { $0 == "+" || $0.value < 0x20 || $0.properties.isWhitespace }
    }

    /// True where the signature is this key's of these bytes.
    public func isSignature(_ signature: [UInt8], of bytes: [UInt8]) -> Bool {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: publicKey) else { return false }
        return key.isValidSignature(signature, for: bytes)
    }

    /// Eight hexadecimal digits.
    public var idText: String {
        let digits = String(id, radix: 16)
        return String(repeating: "0", count: 8 - digits.utf8.count) + digits
    }

    public var description: String {
        "\(name)+\(idText)+\(StrictBase64.encode([Self.algorithm] + publicKey))"
    }

    public static func == (left: Self, right: Self) -> Bool {
        left.publicKey == right.publicKey && left.name.hasSameBytes(as: right.name)
    }

    public func hash(into hasher: inout Hasher) {
        name.hashBytes(into: &hasher)
        hasher.combine(publicKey)
    }
}
