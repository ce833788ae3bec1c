/// Takes a run of characters of scripts without blanks: each pair of neighbours, and the last one alone.
struct RunScanner {
    private struct Unit {
        var scalar: UInt32
        var start: Int
        var end: Int
    }

    private let reading: UTF8Reading
    private let scratch: Scratch
    private var previous: Unit?
    private var current: Unit?

    init(reading: UTF8Reading, scratch: Scratch) {
        self.reading = reading
        self.scratch = scratch
    }

    /// Returns the end of the run, or nil if the body has stopped.
    mutating func scan(from start: Int, _ body: (TextToken) -> Bool) -> Int? {
        var at = start
        var goesOn = true
        while at < reading.count, goesOn {
            let (scalar, size) = reading.folded(at: at)
            if scalar.kind == .ignored {
                at += size
                continue
            }
            guard scalar.kind == .run else { break }
            let place = at..<at + size
            scalar.forEachFolded { folded in
                if goesOn { goesOn = take(Unit(scalar: folded, start: place.lowerBound, end: place.upperBound), body) }
            }
            at += size
        }
        guard goesOn, givePair(body) else { return nil }
        guard let current else { return at }
        let length = scratch.bytes.write(current.scalar, at: 0)
        return give(.last, length, current.start, current.end, body) ? at : nil
    }

    private mutating func take(_ unit: Unit, _ body: (TextToken) -> Bool) -> Bool {
        if let before = current, let composed = Self.composed(before.scalar, unit.scalar) {
            current = Unit(scalar: composed, start: before.start, end: unit.end)
            return true
        }
        // A mark of voice on what has none.
        if Self.marks.contains(unit.scalar) { return true }
        guard givePair(body) else { return false }
        previous = current
        current = unit
        return true
    }

    private func givePair(_ body: (TextToken) -> Bool) -> Bool {
        guard let previous, let current else { return true }
        var length = scratch.bytes.write(previous.scalar, at: 0)
        length += scratch.bytes.write(current.scalar, at: length)
        return give(.pair, length, previous.start, current.end, body)
    }

    private func give(
        _ kind: TextToken.Kind, _ length: Int, _ start: Int, _ end: Int, _ body: (TextToken) -> Bool
    ) -> Bool {
        let bytes = UnsafeBufferPointer(start: scratch.bytes, count: length)
        return body(TextToken(kind: kind, bytes: bytes, start: start, end: end))
    }

    // MARK: Composition

    private static let voiced: UInt32 = 0x3099
    private static let marks: ClosedRange<UInt32> = 0x3099...0x309A

    /// The one character that two make: letters of a Hangul syllable, or a kana and its mark of voice.
    private static func composed(_ first: UInt32, _ second: UInt32) -> UInt32? {
        if marks.contains(second) { return composedKana(first, isVoiced: second == voiced) }
        if (0x1100...0x1112).contains(first), (0x1161...0x1175).contains(second) {
            return 0xAC00 + ((first - 0x1100) * 21 + second - 0x1161) * 28
        }
        if (0xAC00...0xD7A3).contains(first), (first - 0xAC00) % 28 == 0, (0x11A8...0x11C2).contains(second) {
            return first + second - 0x11A7
        }
        return nil
    }

    private static func composedKana(_ kana: UInt32, isVoiced: Bool) -> UInt32? {
        // Katakana lie 0x60 above hiragana.
        let isKatakana = (0x30A1...0x30FA).contains(kana)
        let hiragana = isKatakana ? kana - 0x60 : kana
        let shift = kana - hiragana
        switch hiragana {
        // From ka to to, voiceless ones stand before their voiced ones; small tsu moves the last three by one.
        case 0x304B...0x3061 where hiragana % 2 == 1 && isVoiced: return hiragana + 1 + shift
        case 0x3064, 0x3066, 0x3068: return isVoiced ? hiragana + 1 + shift : nil
        // From ha to ho, each with two.
        case 0x306F...0x307B where (hiragana - 0x306F) % 3 == 0: return hiragana + (isVoiced ? 1 : 2) + shift
        case 0x3046 where isVoiced: return 0x3094 + shift
        case 0x308F...0x3092 where isVoiced && isKatakana: return 0x30F7 + hiragana - 0x308F
        default: return nil
        }
    }
}
