/// The bytes of one page, with zeros behind them, so that a number which is cut off ends there.
struct PageBytes: ~Copyable {
    static let headerBytes = 4
    private static let padding = 32

    private(set) var base: UnsafeMutablePointer<UInt8>
    private(set) var count = 0
    private var capacity: Int

    init() {
        capacity = 4096 + Self.padding
        base = .allocate(capacity: capacity)
        base.initialize(repeating: 0, count: capacity)
    }

    deinit { base.deallocate() }

    /// Makes room for so many bytes, which the caller then writes.
    mutating func reserve(_ count: Int) {
        if count + Self.padding > capacity {
            base.deallocate()
            capacity = count + Self.padding
            base = .allocate(capacity: capacity)
        }
        (base + count).initialize(repeating: 0, count: Self.padding)
        self.count = count
    }

    /// A number of two bytes.
    func short(_ offset: Int) -> Int { Int(base[offset]) << 8 | Int(base[offset + 1]) }

    /// The first row that begins here, or 0.
    var firstRowOffset: Int { short(0) }
    /// Where terms and rows end, and the places of the terms begin.
    var contentEnd: Int { min(short(2), count) }
}

/// The numbers of SQLite and FTS5, of one to nine bytes.
enum Varint {
    static let maximumBytes: Int32 = 9

    @inline(__always) static func read(_ base: UnsafePointer<UInt8>, _ at: inout Int) -> UInt64 {
        let first = base[at]
        at += 1
        return first < 0x80 ? UInt64(first) : long(base, &at, UInt64(first & 0x7F))
    }

    @inline(__always)
    private static func long(_ base: UnsafePointer<UInt8>, _ at: inout Int, _ start: UInt64) -> UInt64 {
        var value = start
        for _ in 0..<7 {
            let byte = base[at]
            at += 1
            value = value << 7 | UInt64(byte & 0x7F)
            if byte < 0x80 { return value }
        }
        value = value << 8 | UInt64(base[at])
        at += 1
        return value
    }
}

/// Numbers one after the other; behind the last one there are zeros.
struct VarintReader {
    private let bytes: [UInt8]
    private var at: Int
    private let count: Int

    init(_ bytes: borrowing PageBytes, from start: Int) {
        self.bytes = Array(UnsafeBufferPointer(start: bytes.base, count: bytes.count)) + Array(repeating: 0, count: 16)
        count = bytes.count
        at = min(start, count)
    }

    var isAtEnd: Bool { at >= count }

    mutating func next() -> UInt64 {
        guard !isAtEnd else { return 0 }
        return bytes.withUnsafeBufferPointer { buffer in
            buffer.baseAddress.map { Varint.read($0, &at) } ?? 0
        }
    }
}
