import MemoryLedger
import Testing

@testable import memledger

/// Goal: what a person sees is aligned, fits the terminal, and cannot steer it.
@Suite struct OutputTests {
    @Test(arguments: [
        ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("茶", 2), ("ジャ", 4), ("🍵", 2), ("👨‍👩‍👧", 2), ("한글", 4),
        ("\u{200b}", 0),
    ])
    func width(text: String, columns: Int) {
        #expect(Line.width(text) == columns)
    }

    @Test(arguments: [
        ("short", 10, "short"), ("too long", 5, "too …"), ("茶茶茶", 4, "茶…"), ("茶茶", 3, "茶…"), ("ab", 1, "…"),
        ("ab", 0, ""), ("👨‍👩‍👧👨‍👩‍👧", 3, "👨‍👩‍👧…"),
    ])
    func truncated(text: String, columns: Int, cut: String) {
        #expect(Line.truncated(text, to: columns) == cut)
        #expect(Line.width(Line.truncated(text, to: columns)) <= columns)
    }

    @Test(arguments: [
        ("plain", "plain"), ("a\nb\r\nc\td", "a b c d"), ("\u{1b}[31mred", "\u{fffd}[31mred"), ("\u{9b}x", "\u{fffd}x"),
        ("\u{202e}x", "\u{fffd}x"), ("\u{7f}", "\u{fffd}"), ("é茶", "é茶"),
    ])
    func sanitised(text: String, safe: String) {
        #expect(Line.sanitised(text) == safe)
    }

    @Test(arguments: [
        ("plain", "plain"), ("", ""), ("\n", " "), ("\na", " a"), ("a\r\n", "a "), ("\t\na\nb\t", " a b "),
        (" a ", " a "),
        ("\u{1b}[1m\n", "\u{fffd}[1m "), ("\u{301}\n", "\u{301} "),
    ])
    func parts(text: String, safe: String) {
        #expect(Line.part(text) == safe)
    }

    @Test func tablesAreAlignedAndFit() {
        var table = Table([.init("NAME"), .init("COUNT", right: true), .init("WHAT")])
        table.add(["tea", "1,000", "green"])
        table.add(["茶", "7", "a rather long text that goes on"])
        let plain = Style(hasColours: false)
        #expect(
            table.render(plain, terminalWidth: nil)
                == "NAME  COUNT  WHAT\ntea   1,000  green\n茶        7  a rather long text that goes on\n")
        let narrow = table.render(plain, terminalWidth: 24).split(separator: "\n").map(String.init)
        #expect(narrow.allSatisfy { Line.width($0) <= 24 } && narrow[2].hasSuffix("…"))
        let coloured = Table([.init("A", paint: .bold)], hasHeader: false)
        #expect(coloured.render(Style(hasColours: true), terminalWidth: 3).isEmpty)
        #expect(Style(hasColours: true).apply(.red, "x") == "\u{1b}[31mx\u{1b}[0m")
        #expect(plain.apply(.red, "x") == "x")
    }

    @Test(arguments: [
        (0, "0"), (999, "999"), (1_000, "1,000"), (-1_234_567, "-1,234,567"), (Int.min, "-9,223,372,036,854,775,808"),
    ])
    func grouped(value: Int, text: String) {
        #expect(Figures.grouped(value) == text)
    }

    @Test(
        arguments: [
            (0, "0 bytes"), (1_023, "1023 bytes"), (1_024, "1.0 KiB"), (1_536, "1.5 KiB"), (5 << 30, "5.0 GiB"),
            (.max, "8388608.0 TiB"),
        ] as [(Int64, String)])
    func bytes(value: Int64, text: String) {
        #expect(Figures.bytes(value) == text)
    }

    @Test(arguments: [
        (0.0, 2, "0.00"), (0.4567, 3, "0.457"), (-1.5, 1, "-1.5"), (9.999, 2, "10.00"), (12, 0, "12"),
        (.infinity, 2, "inf"),
    ])
    func decimals(value: Double, places: Int, text: String) {
        #expect(Figures.decimal(value, places: places) == text)
    }

    @Test func progress() {
        #expect(ProgressBar.line("Rebuilding", "events", 500, nil, seconds: 2) == "Rebuilding  500 events, 250/s")
        let half = ProgressBar.line("R", "events", 5_000, 10_000, seconds: 1)
        #expect(half == "R  ████████████░░░░░░░░░░░░  50 %  5,000 events, 5,000/s, 1 s left")
        #expect(ProgressBar.line("R", "events", 11, 10, seconds: 0).contains("100 %"))
        #expect(ProgressBar.line("R", "events", 1, 126, seconds: 1).hasSuffix(", 2 min 5 s left"))
        #expect(ProgressBar.line("R", "events", 1, 7_262, seconds: 1).hasSuffix(", 2 h 1 min left"))
        #expect(ProgressBar.line("R", "events", 1, .max, seconds: 1).hasSuffix(", days left"))
    }
}
