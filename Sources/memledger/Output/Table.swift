/// Aligned columns for a person.
struct Table {
    struct Column {
        var title: String
        var isRight = false
        /// Columns of a terminal at least, for rows that are printed one at a time.
        var minimum = 0
        var paint: Style.Paint?

        init(_ title: String, right: Bool = false, minimum: Int = 0, paint: Style.Paint? = nil) {
            self.title = Line.sanitised(title)
            isRight = right
            self.minimum = minimum
            self.paint = paint
        }
    }

    var columns: [Column]
    var hasHeader = true
    private(set) var rows: [[String]] = []

    private static let gap = "  "
    /// On a terminal no column but the last takes more than this part of it.
    private static let widestPart = 3

    init(_ columns: [Column], hasHeader: Bool = true) {
        self.columns = columns
        self.hasHeader = hasHeader
    }

    /// Adds a row; cells are put on one line.
    mutating func add(_ cells: [String]) {
        rows.append(cells.map { Line.sanitised($0) })
    }

    /// The table's lines, cut to the terminal's width where there is one.
    func render(_ style: Style, terminalWidth: Int?) -> String {
        let widths = widths(terminalWidth)
        var text = ""
        if hasHeader, !rows.isEmpty {
            text += line(columns.map(\.title), widths, style, columns.map { _ in .dim })
        }
        for row in rows { text += line(row, widths, style, columns.map(\.paint)) }
        return text
    }

    private func widths(_ terminalWidth: Int?) -> [Int] {
        var widths = columns.indices.map { index in
            let header = hasHeader && !rows.isEmpty ? Line.width(columns[index].title) : 0
            return rows.reduce(max(columns[index].minimum, header)) { max($0, Line.width($1[index])) }
        }
        guard let terminalWidth, let last = widths.indices.last else { return widths }
        for index in widths.indices.dropLast() { widths[index] = min(widths[index], terminalWidth / Self.widestPart) }
        let before = widths.dropLast().reduce(0) { $0 + $1 + Self.gap.count }
        widths[last] = min(widths[last], max(1, terminalWidth - before))
        return widths
    }

    private func line(_ cells: [String], _ widths: [Int], _ style: Style, _ paints: [Style.Paint?]) -> String {
        var line = ""
        for (index, cell) in cells.enumerated() {
            let isLast = index == cells.count - 1
            let text = Line.truncated(cell, to: widths[index])
            let padded =
                isLast && !columns[index].isRight
                ? text : Line.padded(text, to: widths[index], right: columns[index].isRight)
            line += (index > 0 ? Self.gap : "") + style.apply(paints[index], padded)
        }
        if !style.hasColours { while line.last == " " { line.removeLast() } }
        return line + "\n"
    }
}
