/// Which rows something stands in, a bit for each number (`TextRow.number`): what many rows have is looked at once, and
/// asked for any number of times.
final class RowBits {
    @exclusivity(unchecked) private var words: UnsafeMutablePointer<UInt64>
    @exclusivity(unchecked) private var wordCount = 0
    private var capacity: Int
    /// The number of the first bit.
    @exclusivity(unchecked) private var base: Int64 = -1
    @exclusivity(unchecked) private var count = 0

    /// Numbers that lie too far apart for it are not taken.
    static let maximumBytes = 32 << 20
    /// So that few rows among many do not make much of nothing: bits for each row that has been taken.
    private static let maximumSparseness = 4_096

    init() {
        capacity = 1_024
        words = .allocate(capacity: capacity)
    }

    deinit { words.deallocate() }

    /// - Returns: false if it is too far from the others.
    @inline(__always)
    func insert(_ row: Int64) -> Bool {
        let place = TextRow.number(of: row) &- base
        if base < 0 || place < 0 || place >> 6 >= Int64(wordCount) { return grow(for: row) }
        words[Int(place >> 6)] |= 1 << UInt64(place & 63)
        count &+= 1
        return true
    }

    @inline(never)
    private func grow(for row: Int64) -> Bool {
        if base < 0 { base = TextRow.number(of: row) & ~63 }
        let place = TextRow.number(of: row) - base
        guard place >= 0, place >> 6 < Int64(Self.maximumBytes / 8) else { return false }
        let index = Int(place >> 6)
        guard index < (count + 64) * (Self.maximumSparseness / 64) else { return false }
        if index >= capacity {
            let larger = max(index + 1, capacity * 2)
            let moved = UnsafeMutablePointer<UInt64>.allocate(capacity: larger)
            moved.update(from: words, count: wordCount)
            words.deallocate()
            (words, capacity) = (moved, larger)
        }
        (words + wordCount).update(repeating: 0, count: index + 1 - wordCount)
        wordCount = index + 1
        return insert(row)
    }

    /// The first number from this one on that has a bit; nil if there is none.
    @inline(__always)
    func first(from number: Int64) -> Int64? {
        let place = max(number - base, 0)
        var index = Int(place >> 6)
        guard index < wordCount else { return nil }
        var word = words[index] & (~0 << UInt64(place & 63))
        while word == 0 {
            index += 1
            guard index < wordCount else { return nil }
            word = words[index]
        }
        return base + Int64(index) << 6 + Int64(word.trailingZeroBitCount)
    }
}
