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

extension GlobalOptions {
    /// Prints the one document or page of a command.
    func show(_ document: @autoclosure () throws -> JSONValue, _ page: (inout Page) throws -> Void) throws {
        let output = FileWriter.standardOutput()
        if json {
            try output.write(try Self.text(of: document()))
        } else {
            var person = Page()
            try page(&person)
            try output.write(person.text)
        }
        try output.flush()
    }

    /// A document with a line break: over several lines for a person, on one for a program.
    static func text(of document: JSONValue) -> String {
        (System.isTerminal(1) ? document.indented : document.description) + "\n"
    }
}
