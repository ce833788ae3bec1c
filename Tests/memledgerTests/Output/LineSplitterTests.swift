import Testing

@testable import memledger

/// Goal: lines are the same however they come in pieces, and one that is too long is skipped and not kept. Method:
/// texts cut at every place.
@Suite struct LineSplitterTests {
    private func lines(_ pieces: [[UInt8]], maximumBytes: Int) -> [String] {
        var splitter = LineSplitter(maximumBytes: maximumBytes)
        var lines: [LineSplitter.Found] = []
        for piece in pieces {
            splitter.add(piece)
            while let line = splitter.next() { lines.append(line) }
        }
        if let last = splitter.last() { lines.append(last) }
        return lines.map { line in
            switch line {
            case .line(let bytes): String(decoding: bytes, as: UTF8.self)
            case .tooLong: "too long"
            }
        }
    }

    @Test func linesAreCutAnywhere() {
        let text = Array("one\n\nthree\nfour".utf8)
        for place in 0...text.count {
            let pieces = [Array(text[..<place]), Array(text[place...])]
            #expect(lines(pieces, maximumBytes: 5) == ["one", "", "three", "four"])
        }
        #expect(lines(text.map { [$0] }, maximumBytes: 5) == ["one", "", "three", "four"])
        #expect(lines([], maximumBytes: 5).isEmpty)
    }

    @Test func aLineThatIsTooLongIsSkipped() {
        let text = Array("one\nfour+\nlonger line\ntwo\nendless".utf8)
        let expected = ["one", "too long", "too long", "two", "too long"]
        for size in 1...text.count {
            let pieces = stride(from: 0, to: text.count, by: size).map { Array(text[$0..<min($0 + size, text.count)]) }
            #expect(lines(pieces, maximumBytes: 4) == expected, "in pieces of \(size)")
        }
    }
}
