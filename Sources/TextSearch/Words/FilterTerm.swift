import Crypto

/// An exact value that a row can be filtered by: a namespace, a keyword. As text it is U+0001, a letter for its kind,
/// and the value in hex, which the tokenizer takes for one token as it stands; several are joined by blanks.
package struct FilterTerm: Hashable, Sendable {
    /// What stands in the index.
    package let text: String

    static let mark: UInt8 = 1
    /// Of a longer value the beginning and its SHA-256 are taken, which is more bytes than any value has that is not.
    package static let maximumValueBytes = 100
    private static let keptBytes = 69

    /// - Parameter kind: a small letter of ASCII; the caller says what each means.
    package static func encode(kind: Character, value: String) -> FilterTerm {
        precondition(kind.isASCII && kind.isLowercase && kind.isLetter, "a kind is a small letter")
        var bytes = Array(value.utf8)
        if bytes.count > maximumValueBytes {
            bytes = Array(bytes.prefix(keptBytes)) + SHA256.hash(data: bytes)
        }
        var text: [UInt8] = [mark] + Array(kind.utf8)
        for byte in bytes {
            text.append(digit(byte >> 4))
            text.append(digit(byte & 15))
        }
        return FilterTerm(text: String(decoding: text, as: UTF8.self))
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }

    /// The end of the term that begins at the mark, or the mark's own place if there is none.
    static func end(_ base: UnsafePointer<UInt8>, _ start: Int, _ count: Int) -> Int {
        guard start + 1 < count, (0x61...0x7A).contains(base[start + 1]) else { return start }
        var end = start + 2
        while end < count, (0x30...0x39).contains(base[end]) || (0x61...0x66).contains(base[end]) { end += 1 }
        let isLast = end == count || base[end] == 0x20
        return isLast && end - start <= Tokenizer.maximumTokenBytes ? end : start
    }
}
