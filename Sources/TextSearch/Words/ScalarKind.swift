import CTextFold

/// What the tokenizer takes a Unicode scalar for. The numbers are those of the fold table.
enum ScalarKind: UInt32 {
    case separator = 0
    case letter
    case upper
    case digit
    /// Nothing is seen of it in a token: accents, joiners, variation selectors.
    case ignored
    /// Of a script that is written without blanks: Han, kana, Hangul, Thai and its neighbours.
    case run
    case emoji

    var isOfWord: Bool { self == .letter || self == .upper || self == .digit }
}

/// A scalar as the tokenizer sees it.
struct FoldedScalar {
    let scalar: UInt32
    private let entry: UInt32

    private static let expansionBit: UInt32 = 1 << 27

    @inline(__always) init(_ scalar: UInt32) {
        self.scalar = scalar
        entry = memledger_fold(scalar)
    }

    @inline(__always) var kind: ScalarKind { ScalarKind(rawValue: entry >> 28) ?? .separator }

    /// Hands over what the scalar is folded to, one scalar after the other.
    @inline(__always) func forEachFolded(_ body: (UInt32) -> Void) {
        let value = entry & 0xFFF_FFFF
        if value == 0 { return body(scalar) }
        if value & Self.expansionBit == 0 { return body(value) }
        let place = value & ~Self.expansionBit
        for offset in 0..<memledger_fold_expansion(place) { body(memledger_fold_expansion(place + 1 + offset)) }
    }
}
