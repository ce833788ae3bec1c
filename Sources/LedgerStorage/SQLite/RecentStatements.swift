/// Statements by where their texts lie in memory: most are literals of the program, and to hash one takes a fifth of
/// what a row costs that is read by its key.
struct RecentStatements {
    private struct Entry {
        /// Kept, so that nothing else can come to lie there.
        let sql: String
        let place: TextPlace
        let statement: SQLiteStatement
    }

    private var entries = [Entry?](repeating: nil, count: Self.count)

    /// A power of two. Two texts of one entry take turns in it.
    private static let count = 256

    subscript(_ place: TextPlace?) -> SQLiteStatement? {
        guard let place, let entry = entries[place.slot(of: Self.count)], entry.place == place else { return nil }
        return entry.statement
    }

    /// - Parameter place: of the text; nil: nothing is noted.
    mutating func note(_ statement: SQLiteStatement, _ sql: String, at place: TextPlace?) {
        guard let place else { return }
        entries[place.slot(of: Self.count)] = Entry(sql: sql, place: place, statement: statement)
    }
}

/// Where a text lies. Texts of one place are the same as long as one of them is kept. The address is compared, never
/// read.
struct TextPlace: Equatable {
    private let address: UInt
    private let count: Int

    /// A text of so many bytes, or fewer, lies in the variable itself.
    private static let longestInline = 15

    /// Nil if the text has no place of its own.
    @inline(__always)
    init?(of text: String) {
        let place = text.utf8.withContiguousStorageIfAvailable { (UInt(bitPattern: $0.baseAddress), $0.count) }
        guard let place, place.1 > Self.longestInline else { return nil }
        (address, count) = place
    }

    /// - Parameter count: a power of two.
    func slot(of count: Int) -> Int {
        let mixed = (address ^ UInt(bitPattern: self.count) &<< 3) &* 0x9e37_79b9_7f4a_7c15
        return Int(mixed >> 32) & (count - 1)
    }
}
