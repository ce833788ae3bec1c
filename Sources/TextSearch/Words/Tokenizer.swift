import CTextFold

/// Cuts text into tokens; the same one for what is indexed and for what is asked. See DESIGN.md for what it does and
/// why.
///
///     let tokenizer = Tokenizer()
///     tokenizer.tokens(of: "fix loginV2")   // fix, login, loginv2 (at the place of login), v, 2
///
/// It has working memory of its own, so it is used from one place at a time.
package final class Tokenizer {
    /// Goes up with each change of what the same text is cut into: an index of another version is made again.
    package static let version = 1
    /// Of a longer word the beginning counts; a longer identifier is found by its parts only.
    package static let maximumTokenBytes = 256
    /// So many of `- _ . / : @ # \` may stand between two parts of an identifier, as in `http://`.
    static let maximumJoiners = 3
    /// What has more borders between letters and digits is a code, like a hash, and stays in one piece.
    static let maximumDigitBorders = 3
    /// The same for borders of any kind.
    static let maximumBorders = 12
    /// A sequence of emoji that is longer is cut.
    static let maximumEmojiBytes = 64

    /// The table of ASCII: a kind of scalar, or a joiner.
    static let joiner: UInt8 = 7
    static let notASCII: UInt8 = 8

    private let kinds: UnsafeMutablePointer<UInt8>
    let scratch: Scratch

    package init() {
        kinds = .allocate(capacity: 256)
        for byte in 0..<256 {
            kinds[byte] = byte < 0x80 ? UInt8(FoldedScalar(UInt32(byte)).kind.rawValue) : Self.notASCII
        }
        for byte in "-_./:@#\\".utf8 { kinds[Int(byte)] = Self.joiner }
        scratch = Scratch()
    }

    deinit {
        kinds.deallocate()
    }

    /// Hands over the tokens in their order. The body returns false to stop.
    ///
    /// - Returns: false if the body has stopped it.
    @discardableResult
    package func tokenize(_ text: UnsafeBufferPointer<UInt8>, _ body: (TextToken) -> Bool) -> Bool {
        guard let base = text.baseAddress else { return true }
        let reading = UTF8Reading(base: base, count: text.count)
        var at = 0
        while at < reading.count {
            let kind = kinds[Int(base[at])]
            switch kind {
            case UInt8(ScalarKind.letter.rawValue), UInt8(ScalarKind.upper.rawValue), UInt8(ScalarKind.digit.rawValue):
                if let end = plainWordEnd(reading, at, kind) {
                    guard body(plainWord(base, at, end)) else { return false }
                    at = end
                } else {
                    guard let end = word(reading, at, body) else { return false }
                    at = end
                }
            case Self.notASCII:
                guard let end = other(reading, at, body) else { return false }
                at = end
            case UInt8(ScalarKind.separator.rawValue) where base[at] == FilterTerm.mark:
                let end = FilterTerm.end(base, at, reading.count)
                if end > at + 1 {
                    let bytes = UnsafeBufferPointer(start: base + at, count: end - at)
                    guard body(TextToken(kind: .filter, bytes: bytes, start: at, end: end)) else { return false }
                }
                at = max(end, at + 1)
            default:
                at += 1
            }
        }
        return true
    }

    /// The end of a word that needs no more than lower case: most words of English.
    @inline(__always)
    private func plainWordEnd(_ reading: UTF8Reading, _ start: Int, _ kind: UInt8) -> Int? {
        let base = reading.base
        let wanted = kind == UInt8(ScalarKind.upper.rawValue) ? UInt8(ScalarKind.letter.rawValue) : kind
        var end = start + 1
        while end < reading.count, kinds[Int(base[end])] == wanted { end += 1 }
        guard end - start <= Self.maximumTokenBytes else { return nil }
        guard end < reading.count else { return end }
        switch kinds[Int(base[end])] {
        case UInt8(ScalarKind.separator.rawValue): return end
        case Self.joiner:
            // A joiner with nothing of a word behind it is punctuation.
            let next = end + 1 < reading.count ? kinds[Int(base[end + 1])] : UInt8(ScalarKind.separator.rawValue)
            return next == UInt8(ScalarKind.separator.rawValue) ? end : nil
        default: return nil
        }
    }

    @inline(__always)
    private func plainWord(_ base: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> TextToken {
        var bytes = UnsafeBufferPointer(start: base + start, count: end - start)
        if base[start] < 0x60, base[start] > 0x40 {
            scratch.bytes.update(from: base + start, count: end - start)
            scratch.bytes[0] |= 0x20
            bytes = UnsafeBufferPointer(start: scratch.bytes, count: end - start)
        }
        return TextToken(kind: .part, bytes: bytes, start: start, end: end)
    }

    /// What begins with a scalar beyond ASCII; the end of what was taken, or nil if the body has stopped.
    private func other(_ reading: UTF8Reading, _ at: Int, _ body: (TextToken) -> Bool) -> Int? {
        let (scalar, size) = reading.folded(at: at)
        switch scalar.kind {
        case .letter, .upper, .digit: return word(reading, at, body)
        case .run:
            var scanner = RunScanner(reading: reading, scratch: scratch)
            return scanner.scan(from: at, body)
        case .emoji: return emoji(reading, at, body)
        case .separator, .ignored: return at + size
        }
    }

    private func word(_ reading: UTF8Reading, _ at: Int, _ body: (TextToken) -> Bool) -> Int? {
        var scanner = WordScanner(reading: reading, scratch: scratch, kinds: kinds)
        return scanner.scan(from: at, body)
    }

    /// An emoji with what is joined to it; a pair of regional letters is a flag.
    private func emoji(_ reading: UTF8Reading, _ start: Int, _ body: (TextToken) -> Bool) -> Int? {
        let regional: ClosedRange<UInt32> = 0x1F1E6...0x1F1FF
        let zeroWidthJoiner: UInt32 = 0x200D
        let (first, size) = reading.scalar(at: start)
        var length = scratch.bytes.write(first, at: 0)
        var end = start + size
        if regional.contains(first), end < reading.count {
            let (second, size) = reading.scalar(at: end)
            if regional.contains(second) {
                length += scratch.bytes.write(second, at: length)
                end += size
            }
        }
        while end < reading.count {
            let (scalar, size) = reading.folded(at: end)
            guard scalar.kind == .ignored else { break }
            end += size
            guard scalar.scalar == zeroWidthJoiner, end < reading.count, length < Self.maximumEmojiBytes else {
                continue
            }
            let (joined, joinedSize) = reading.folded(at: end)
            guard joined.kind == .emoji else { continue }
            length += scratch.bytes.write(zeroWidthJoiner, at: length)
            length += scratch.bytes.write(joined.scalar, at: length)
            end += joinedSize
        }
        let bytes = UnsafeBufferPointer(start: scratch.bytes, count: length)
        return body(TextToken(kind: .emoji, bytes: bytes, start: start, end: end)) ? end : nil
    }
}

/// The working memory of a tokenizer.
final class Scratch {
    /// A held identifier, joiners, and one more piece.
    static let capacity = 2 * Tokenizer.maximumTokenBytes + 64
    static let maximumParts = Tokenizer.maximumTokenBytes + Tokenizer.maximumBorders + 2

    let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
    let parts = UnsafeMutablePointer<WordPart>.allocate(capacity: maximumParts)
    let borders = UnsafeMutablePointer<WordBorder>.allocate(capacity: Tokenizer.maximumBorders)

    deinit {
        bytes.deallocate()
        parts.deallocate()
        borders.deallocate()
    }
}
