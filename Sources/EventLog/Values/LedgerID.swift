/// What tells one ledger from every other: sixteen random bytes, made with the ledger and never changed.
///
/// A restored backup has the id of the ledger that it was made of; its epoch differs.
public struct LedgerID: Hashable, Sendable, CustomStringConvertible {
    public let bytes: [UInt8]

    public static let byteCount = 16

    /// - Parameter bytes: sixteen; nil where there are more or fewer.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = Array(bytes)
    }

    /// Reads 32 hexadecimal digits, in either case. Nil for anything else.
    public init?(_ text: String) {
        let digits = text.utf8.map { Character(Unicode.Scalar($0)).hexDigitValue }
        guard digits.count == 2 * Self.byteCount, !digits.contains(nil) else { return nil }
        bytes = stride(from: 0, to: digits.count, by: 2).map { index in
            UInt8(digits[index] ?? 0) << 4 | UInt8(digits[index + 1] ?? 0)
        }
    }

    /// 32 hexadecimal digits, lower case.
    public var description: String { bytes.hexadecimal }
}
