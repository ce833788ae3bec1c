/// UTF-8 from outside: what is no valid scalar is a byte that separates words.
struct UTF8Reading {
    let base: UnsafePointer<UInt8>
    let count: Int

    /// The scalar at an offset below `count`, and its length in bytes; an invalid byte is U+FFFD of length 1.
    @inline(__always) func scalar(at offset: Int) -> (value: UInt32, size: Int) {
        let first = base[offset]
        if first < 0x80 { return (UInt32(first), 1) }
        return longScalar(at: offset, first)
    }

    private static let invalid: (UInt32, Int) = (0xFFFD, 1)

    private func longScalar(at offset: Int, _ first: UInt8) -> (UInt32, Int) {
        let size = first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0
        guard size > 0, offset + size <= count else { return Self.invalid }
        var value = UInt32(first) & (0x7F >> UInt32(size))
        for index in 1..<size {
            let byte = base[offset + index]
            guard byte & 0xC0 == 0x80 else { return Self.invalid }
            value = value << 6 | UInt32(byte & 0x3F)
        }
        let isShortest = size == 2 || size == 3 && value >= 0x800 || size == 4 && value >= 0x1_0000
        guard isShortest, value <= 0x10FFFF, !(0xD800...0xDFFF).contains(value) else { return Self.invalid }
        return (value, size)
    }

    @inline(__always) func folded(at offset: Int) -> (scalar: FoldedScalar, size: Int) {
        let (value, size) = scalar(at: offset)
        return (FoldedScalar(value), size)
    }

    /// A word begins at the offset.
    func startsWord(_ offset: Int) -> Bool {
        offset < count && folded(at: offset).scalar.kind.isOfWord
    }
}

extension UnsafeMutablePointer<UInt8> {
    /// Writes a scalar as UTF-8 and returns its length.
    @inline(__always) func write(_ scalar: UInt32, at offset: Int) -> Int {
        if scalar < 0x80 {
            self[offset] = UInt8(scalar)
            return 1
        }
        let size = scalar < 0x800 ? 2 : scalar < 0x1_0000 ? 3 : 4
        var rest = scalar
        for index in stride(from: size - 1, to: 0, by: -1) {
            self[offset + index] = UInt8(rest & 0x3F) | 0x80
            rest >>= 6
        }
        self[offset] = UInt8(rest) | (size == 2 ? 0xC0 : size == 3 ? 0xE0 : 0xF0)
        return size
    }
}
