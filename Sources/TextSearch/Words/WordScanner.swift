/// Where a part of an identifier stands: among the folded bytes, and in the text.
struct WordPart {
    var from: Int
    var to: Int
    var start: Int
    var end: Int
}

/// A place where a piece may be divided: among the folded bytes, and in the text.
struct WordBorder {
    var place: Int
    var offset: Int
}

/// Takes one word or identifier: pieces with joiners between them, each piece divided where its letters change their
/// case or meet digits. The parts are held back until the whole is known, since it stands at the first one's position.
struct WordScanner {
    private let reading: UTF8Reading
    private let scratch: Scratch
    private let kinds: UnsafeMutablePointer<UInt8>
    private var length = 0
    private var partCount = 0
    /// The parts held back make up the whole from its beginning.
    private var isWhole = true

    init(reading: UTF8Reading, scratch: Scratch, kinds: UnsafeMutablePointer<UInt8>) {
        self.reading = reading
        self.scratch = scratch
        self.kinds = kinds
    }

    /// Returns the end of what was taken, or nil if the body has stopped.
    mutating func scan(from start: Int, _ body: (TextToken) -> Bool) -> Int? {
        var at = start
        while true {
            at = piece(at)
            if isWhole, length > Tokenizer.maximumTokenBytes { isWhole = false }
            if !isWhole {
                guard give(whole: nil, body) else { return nil }
            }
            var next = at
            while next < reading.count, next - at < Tokenizer.maximumJoiners,
                kinds[Int(reading.base[next])] == Tokenizer.joiner
            {
                next += 1
            }
            guard next > at, reading.startsWord(next) else { break }
            if isWhole {
                (scratch.bytes + length).update(from: reading.base + at, count: next - at)
                length += next - at
            }
            at = next
        }
        guard isWhole else { return at }
        return give(whole: start..<at, body) ? at : nil
    }

    /// Hands over what is held back, and forgets it.
    private mutating func give(whole: Range<Int>?, _ body: (TextToken) -> Bool) -> Bool {
        for index in 0..<partCount {
            let part = scratch.parts[index]
            guard body(token(.part, part.from..<part.to, part.start..<part.end)) else { return false }
            if index == 0, partCount > 1, let whole, !body(token(.whole, 0..<length, whole)) { return false }
        }
        partCount = 0
        length = 0
        return true
    }

    private func token(_ kind: TextToken.Kind, _ bytes: Range<Int>, _ place: Range<Int>) -> TextToken {
        let folded = UnsafeBufferPointer(start: scratch.bytes + bytes.lowerBound, count: bytes.count)
        return TextToken(kind: kind, bytes: folded, start: place.lowerBound, end: place.upperBound)
    }

    /// Takes what stands between two joiners, and returns its end.
    private mutating func piece(_ start: Int) -> Int {
        let from = length
        let limit = from + Tokenizer.maximumTokenBytes
        var at = start
        var previous = ScalarKind.separator
        var borders = 0
        var digitBorders = 0
        var isCut = false
        while at < reading.count {
            let (scalar, size) = reading.folded(at: at)
            let kind = scalar.kind
            if kind == .ignored {
                at += size
                continue
            }
            guard kind.isOfWord else { break }
            if !isCut, isBorder(previous, kind, at + size) {
                if borders < Tokenizer.maximumBorders {
                    scratch.borders[borders] = WordBorder(place: length, offset: at)
                }
                borders += 1
                if previous == .digit || kind == .digit { digitBorders += 1 }
            }
            previous = kind
            isCut = isCut || !append(scalar, limit)
            at += size
        }
        let isCode = digitBorders > Tokenizer.maximumDigitBorders || borders > Tokenizer.maximumBorders
        hold(from: from, start: start, end: at, borders: isCode ? 0 : borders)
        return at
    }

    /// Appends what the scalar is folded to, if all of it fits.
    @inline(__always)
    private mutating func append(_ scalar: FoldedScalar, _ limit: Int) -> Bool {
        var needed = 0
        scalar.forEachFolded { needed += $0 < 0x80 ? 1 : $0 < 0x800 ? 2 : $0 < 0x1_0000 ? 3 : 4 }
        guard length + needed <= limit else { return false }
        var end = length
        scalar.forEachFolded { end += scratch.bytes.write($0, at: end) }
        length = end
        return true
    }

    @inline(__always)
    private func isBorder(_ previous: ScalarKind, _ kind: ScalarKind, _ next: Int) -> Bool {
        switch (previous, kind) {
        case (.separator, _): false
        case (.digit, .digit): false
        case (.digit, _), (_, .digit): true
        case (.letter, .upper): true
        // The last capital of HTTPServer begins a word; that of PDFs does not.
        case (.upper, .upper): isSmall(next) && isSmall(next + 1)
        default: false
        }
    }

    private func isSmall(_ offset: Int) -> Bool {
        offset < reading.count && reading.base[offset] >= 0x61 && reading.base[offset] <= 0x7A
    }

    private mutating func hold(from: Int, start: Int, end: Int, borders: Int) {
        var part = WordPart(from: from, to: length, start: start, end: end)
        for index in 0..<borders {
            let border = scratch.borders[index]
            guard border.place > part.from, border.place < length else { continue }
            scratch.parts[partCount] = WordPart(
                from: part.from, to: border.place, start: part.start, end: border.offset)
            partCount += 1
            part.from = border.place
            part.start = border.offset
        }
        scratch.parts[partCount] = part
        partCount += 1
    }
}
