import Crypto
import EventLog

/// A private key that notes are signed with: `PRIVATE+KEY+name+hash+base64(0x01 ‖ seed)`, as Go's sumdb/note has it.
///
/// A person or program that has it can sign in the ledger's name. It describes itself as its public half, so that no
/// log message tells it.
public struct NoteSigningKey: Sendable, CustomStringConvertible, CustomReflectable {
    public let verifierKey: NoteVerifierKey
    private let key: Curve25519.Signing.PrivateKey

    private static let prefix = "PRIVATE+KEY+"
    /// Of the random bytes that a key is made of.
    public static let seedBytes = NoteVerifierKey.keyBytes

    /// - Parameter seed: 32 random bytes.
    /// - Throws: `EventLogError.malformedKey` where the name or the number of bytes cannot be.
    public init(name: String, seed: [UInt8]) throws {
        guard seed.count == Self.seedBytes else {
            throw EventLogError.key("it has \(seed.count) bytes instead of \(Self.seedBytes)")
        }
        key = try Curve25519.Signing.PrivateKey(rawRepresentation: seed)
        verifierKey = try NoteVerifierKey(name: name, publicKey: Array(key.publicKey.rawRepresentation))
    }

    /// Reads the text form; one line break at its end may follow.
    ///
    /// - Throws: `EventLogError.malformedKey`, which does not repeat the text.
    public init(_ text: String) throws {
        var bytes = Array(text.utf8)
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        guard bytes.starts(with: Self.prefix.utf8) else {
            throw EventLogError.key("a signing key begins with \(Self.prefix)")
        }
        let (name, id, seed) = try NoteVerifierKey.parts(of: Array(bytes.dropFirst(Self.prefix.utf8.count)))
        try self.init(name: name, seed: seed)
        guard verifierKey.id == id else { throw EventLogError.key("its checksum does not fit it") }
    }

    /// The secret, for the key's file.
    package var privateText: String {
        let secret = StrictBase64.encode([NoteVerifierKey.algorithm] + key.rawRepresentation)
        return "\(Self.prefix)\(verifierKey.name)+\(verifierKey.idText)+\(secret)"
    }

    /// 64 bytes.
    func signature(of bytes: [UInt8]) throws -> [UInt8] { Array(try key.signature(for: bytes)) }

    public var description: String { "signing key of \(verifierKey)" }
    public var customMirror: Mirror { Mirror(self, children: ["verifierKey": verifierKey]) }
}
