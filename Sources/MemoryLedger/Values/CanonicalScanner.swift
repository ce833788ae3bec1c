import EventLog

/// Reads the compact JSON that `MemoryColumns` writes, and gives up with nil on anything else.
struct CanonicalScanner {
    private let bytes: UnsafeRawBufferPointer
    private var index = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    mutating func strings() -> [String]? {
        list { scanner, strings in
            guard let string = scanner.string() else { return false }
            strings.append(string)
            return true
        }
    }

    mutating func links() -> [MemoryLink]? {
        list { scanner, links in scanner.appendLink(to: &links) }
    }

    /// Most lists are short: room for this many is made at once.
    private static let usualCount = 4

    /// - Parameter append: reads one element; false if that cannot be read here.
    @inline(__always)
    private mutating func list<Element>(_ append: (inout Self, inout [Element]) -> Bool) -> [Element]? {
        var elements: [Element] = []
        guard accept("[") else { return nil }
        if accept("]") { return index == bytes.count ? elements : nil }
        elements.reserveCapacity(Self.usualCount)
        while append(&self, &elements) {
            if accept("]") { return index == bytes.count ? elements : nil }
            guard accept(",") else { return nil }
        }
        return nil
    }

    private mutating func appendLink(to links: inout [MemoryLink]) -> Bool {
        guard accept("{\"type\":"), let type = string() else { return false }
        var key: String?
        if accept(",\"key\":") {
            guard let value = string() else { return false }
            key = value
        }
        guard accept(",\"term\":"), let term = string() else { return false }
        guard accept(",\"weight\":"), let weight = weight(), accept("}") else { return false }
        links.append(MemoryLink(type: type, key: key, term: term, weight: weight))
        return true
    }

    @inline(__always)
    private mutating func accept(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard index + count <= bytes.count else { return false }
        for offset in 0..<count where bytes[index + offset] != text.utf8Start[offset] { return false }
        index += count
        return true
    }

    private mutating func string() -> String? {
        guard accept("\"") else { return nil }
        let start = index
        let (end, isASCII) = special(from: start)
        guard end < bytes.count, bytes[end] == UInt8(ascii: "\"") else { return nil }
        index = end + 1
        let text = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
        if isASCII { return String(decoding: text, as: UTF8.self) }
        return text.withMemoryRebound(to: UInt8.self) { String(validUTF8: $0) }
    }

    /// The place of the first byte that ends a string or means something else than itself: a quote, a backslash, a
    /// control character; and whether all before it are ASCII. Eight bytes are looked at together.
    private func special(from start: Int) -> (place: Int, isASCII: Bool) {
        let (ones, highs): (UInt64, UInt64) = (0x0101_0101_0101_0101, 0x8080_8080_8080_8080)
        /// The lowest high bit is that of the first byte below the limit; those above it may be wrong.
        func below(_ limit: UInt64, _ word: UInt64) -> UInt64 { (word &- ones &* limit) & ~word & highs }
        var place = start
        var seen: UInt64 = 0
        while place + 8 <= bytes.count {
            let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
            let found = below(1, word ^ ones &* 0x22) | below(1, word ^ ones &* 0x5c) | below(0x20, word)
            if found != 0 {
                // Of those before it: the bytes below the bit.
                let before = found.trailingZeroBitCount & ~7
                seen |= word & ((1 &<< UInt64(before)) &- 1)
                return (place + before / 8, seen & highs == 0)
            }
            seen |= word
            place += 8
        }
        while place < bytes.count {
            let byte = bytes[place]
            if byte == 0x22 || byte == 0x5c || byte < 0x20 { break }
            seen |= UInt64(byte)
            place += 1
        }
        return (place, seen & highs == 0)
    }

    /// `0`, `1`, or `0.` and up to 15 digits, whose quotient by a power of ten is the nearest double.
    private mutating func weight() -> Double? {
        guard index < bytes.count, bytes[index] == 0x30 || bytes[index] == 0x31 else { return nil }
        let whole = Int64(bytes[index] - 0x30)
        index += 1
        guard accept(".") else { return index < bytes.count && bytes[index] == 0x7d ? Double(whole) : nil }
        var digits = whole
        var scale = 1.0
        while index < bytes.count, (0x30...0x39).contains(bytes[index]), scale < 1e15 {
            digits = digits * 10 + Int64(bytes[index] - 0x30)
            scale *= 10
            index += 1
        }
        return scale > 1 && index < bytes.count && bytes[index] == 0x7d ? Double(digits) / scale : nil
    }
}
