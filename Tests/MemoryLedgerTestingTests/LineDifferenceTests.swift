import Testing

@testable import MemoryLedgerTesting

/// Goal: a message shows what differs, and no more than can be read.
@Suite struct LineDifferenceTests {
    @Test(arguments: [
        (["a"], ["a"], []),
        ([], ["a"], ["+ a"]),
        (["a"], [], ["- a"]),
        (["a", "b", "c"], ["a", "x", "c"], ["  a", "- b", "+ x", "  c"]),
        (["é"], ["e\u{301}"], ["- é", "+ e\u{301}"]),
    ])
    func differences(expected: [String], found: [String], lines: [String]) {
        #expect(LineDifference.lines(expected: expected, found: found) == lines)
    }

    @Test func equalLinesFarFromADifferenceAreCounted() {
        let same = (1...20).map { "\($0)" }
        let lines = LineDifference.lines(expected: same + ["old"], found: same + ["new"])
        #expect(lines == ["  … 17 equal", "  18", "  19", "  20", "- old", "+ new"])
    }

    /// Whatever the size, there is an answer of bounded length.
    @Test(arguments: [LineDifference.maximumCompared, LineDifference.maximumCompared * 5])
    func manyLinesAreCutOff(count: Int) {
        let lines = LineDifference.lines(
            expected: (0..<count).map { "old \($0)" }, found: (0..<count).map { "new \($0)" })
        #expect(lines.count == LineDifference.maximumShown + 1)
        #expect(lines.last == "… \(2 * count - LineDifference.maximumShown) lines more")
    }
}
