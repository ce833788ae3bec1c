import MemoryLedger

/// What a person is shown: lines, tables, lists of fields.
struct Page {
    let style: Style
    let terminalWidth: Int?
    private(set) var text = ""

    /// For standard output as it is.
    init() {
        style = Style.detected(1)
        terminalWidth = System.terminalWidth(1)
    }

    init(style: Style, terminalWidth: Int?) {
        self.style = style
        self.terminalWidth = terminalWidth
    }

    /// A line of our own words and of names, which may come from anywhere.
    mutating func line(_ words: String = "", _ paint: Style.Paint? = nil) {
        text += style.apply(paint, Line.sanitised(words)) + "\n"
    }

    /// A line with what was looked for in it.
    mutating func marked(_ marked: MarkedText, indent: String = "  ") {
        let parts = marked.parts.map { style.apply($0.isMatch ? .bold : nil, Line.part($0.text)) }
        text += indent + parts.joined() + "\n"
    }

    mutating func table(_ table: Table) {
        text += table.render(style, terminalWidth: terminalWidth)
    }

    /// Names and values, aligned. Values are not cut.
    mutating func fields(_ fields: [(String, String)]) {
        let width = fields.reduce(0) { max($0, Line.width($1.0)) }
        for (name, value) in fields where !value.isEmpty {
            text += style.apply(.dim, Line.padded(name, to: width)) + "  " + Line.sanitised(value) + "\n"
        }
    }

    /// Text of several lines, as it is but for what steers a terminal.
    mutating func block(_ block: String) {
        text += Line.block(block)
        if text.last != "\n" { text += "\n" }
    }
}
