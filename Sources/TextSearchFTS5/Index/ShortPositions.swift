/// The positions of a row, if they are few and lie near each other: no number takes more than a byte then, so that
/// columns and counts are told from the bytes that are 1, eight at a time, without reading the others.
struct ShortPositions {
    static let maximumBytes = 16

    private let base: UnsafePointer<UInt8>
    private let count: Int
    /// By bits, which bytes are 1: the mark of a column, or the number of column 1 behind it.
    private var ones: UInt

    /// - Parameters:
    ///   - base: behind the positions there are as many bytes as `maximumBytes` that may be read.
    ///   - count: of bytes, at most `maximumBytes`.
    /// - Returns: nil if a number takes more than a byte.
    @inline(__always)
    init?(_ base: UnsafePointer<UInt8>, _ count: Int) {
        let low = Self.word(base, min(count, 8))
        let high = Self.word(base + 8, max(count &- 8, 0))
        guard (low | high) & Self.highest == 0 else { return nil }
        (self.base, self.count) = (base, count)
        ones = UInt(Self.ones(low) | Self.ones(high) << 8)
    }

    /// So many bytes, and zeros behind them.
    @inline(__always)
    private static func word(_ base: UnsafePointer<UInt8>, _ count: Int) -> UInt64 {
        let word = UnsafeRawPointer(base).loadUnaligned(as: UInt64.self)
        return UInt64(littleEndian: word) & UInt64.max >> UInt64(64 &- count &* 8)
    }

    private static let highest: UInt64 = 0x8080_8080_8080_8080
    private static let lowest: UInt64 = 0x0101_0101_0101_0101
    /// Moves the lowest bit of each byte into the uppermost byte, that of the first byte lowest.
    private static let gathering: UInt64 = 0x0102_0408_1020_4080

    /// Of bytes below 128, a bit for each that is 1.
    @inline(__always)
    private static func ones(_ word: UInt64) -> UInt64 {
        let rest = word ^ lowest
        return ((~(rest &+ ~highest) & highest) >> 7 &* gathering) >> 56
    }

    /// The sum of the weights of the columns in which the positions are.
    @inline(__always)
    func frequency(_ weights: ColumnWeights) -> Int {
        var (ones, start, weight, sum) = (ones, 0, weights[0], 0)
        while ones != 0 {
            let mark = ones.trailingZeroBitCount
            sum &+= (mark &- start) &* weight
            weight = weights[Int(base[mark &+ 1])]
            start = mark &+ 2
            ones &= ~(3 &<< UInt(mark))
        }
        return sum &+ max(count &- start, 0) &* weight
    }
}
