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
    public var description: String { bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }

    static let infoName = "ledger_id"

    /// The id of the ledger that a connection is open on; nil in a ledger of format 1, which has none yet.
    static func load(_ sqlite: SQLiteConnection) throws -> LedgerID? {
        let row = try sqlite.statement("SELECT value FROM ledger_info WHERE name = ?")
        row.bind(1, infoName)
        defer { row.reset() }
        return try row.step() ? LedgerID(row.text(0)) : nil
    }

    func save(_ sqlite: SQLiteConnection) throws {
        let insert = try sqlite.statement("INSERT INTO ledger_info (name, value) VALUES (?, ?)")
        insert.bind(1, Self.infoName)
        insert.bind(2, description)
        try insert.run()
    }
}
