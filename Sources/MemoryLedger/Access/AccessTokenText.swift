import Crypto
import EventLog

/// A token as its holder shows it: `mlt_<id>_<secret>`, sixteen and sixty-four hexadecimal digits in lower case.
///
/// Who prints it sees no secret, so that none gets into a log by mistake: `revealed` has it.
public struct AccessTokenText: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// No secret: errors and logs may name it.
    public let id: String
    private let secret: [UInt8]

    private static let prefix = "mlt_"
    private static let idBytes = 8
    /// 256 bits.
    private static let secretBytes = 32

    /// Draws a new one.
    ///
    /// - Throws: `MemoryLedgerError.invalidArgument` if there are not as many random bytes as were asked for.
    init(_ randomness: any RandomSource) throws {
        let (id, secret) = (randomness.bytes(Self.idBytes), randomness.bytes(Self.secretBytes))
        guard id.count == Self.idBytes, secret.count == Self.secretBytes else {
            throw MemoryLedgerError(
                .invalidArgument, "The source of randomness must answer as many bytes as it is asked.")
        }
        self.id = id.hexadecimal
        self.secret = secret
    }

    /// Nil if the text is no token's.
    init?(_ text: String) {
        let bytes = Array(text.utf8.prefix(Self.byteCount + 1))
        let prefix = Array(Self.prefix.utf8)
        let idEnd = prefix.count + 2 * Self.idBytes
        guard bytes.count == Self.byteCount, bytes.starts(with: prefix), bytes[idEnd] == UInt8(ascii: "_"),
            Self.decoded(bytes[prefix.count..<idEnd]) != nil, let secret = Self.decoded(bytes[(idEnd + 1)...])
        else { return nil }
        id = String(decoding: bytes[prefix.count..<idEnd], as: UTF8.self)
        self.secret = secret
    }

    private static let byteCount = prefix.utf8.count + 2 * idBytes + 1 + 2 * secretBytes

    /// The token with its secret.
    public var revealed: String { "\(Self.prefix)\(id)_\(secret.hexadecimal)" }

    /// What the ledger keeps of the secret.
    var secretSHA256: [UInt8] { Array(SHA256.hash(data: secret)) }

    /// Takes the same time wherever the two differ.
    func hasSecret(ofSHA256 expected: [UInt8]) -> Bool {
        let own = secretSHA256
        guard own.count == expected.count else { return false }
        return zip(own, expected).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    public var description: String { "\(Self.prefix)\(id)_…" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["id": id]) }

    // MARK: Ids

    /// Whether a text is the id of a token, as far as can be seen: no other text is named in an error, because it may
    /// be a secret that stands in the wrong place.
    static func isID(_ text: String) -> Bool {
        text.utf8.count == 2 * idBytes && decoded(text.utf8) != nil
    }

    /// Two digits a byte, in lower case.
    private static func decoded(_ digits: some Collection<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        var high: UInt8?
        for digit in digits {
            let value: UInt8
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = digit - UInt8(ascii: "a") + 10
            default: return nil
            }
            if let first = high {
                bytes.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return high == nil ? bytes : nil
    }
}
