/// Text that goes on one line of a terminal.
enum Line {
    /// One line without anything that steers a terminal: line breaks and tabs become spaces, other control characters
    /// and those that turn the direction of writing U+FFFD. What a memory holds may come from anywhere.
    static func sanitised(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { isUnsafe($0) || $0 == "\n" || $0 == "\t" || $0 == "\r" }) else {
            return text
        }
        return block(text).split(whereSeparator: { $0.isNewline || $0 == "\t" }).joined(separator: " ")
    }

    /// The same for a part of a line: where it begins or ends with a line break, a blank parts it from what is there.
    static func part(_ text: String) -> String {
        let isBreak = { (character: Character) in character.isNewline || character == "\t" }
        let line = sanitised(text)
        if line.isEmpty { return text.isEmpty ? "" : " " }
        return (text.first.map(isBreak) == true ? " " : "") + line + (text.last.map(isBreak) == true ? " " : "")
    }

    /// The same for text of several lines: line breaks and tabs stay.
    static func block(_ text: String) -> String {
        var safe = String.UnicodeScalarView()
        for scalar in text.unicodeScalars where scalar != "\r" { safe.append(isUnsafe(scalar) ? "\u{fffd}" : scalar) }
        return String(safe)
    }

    private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0a, 0x0d: false
        case 0..<0x20, 0x7f..<0xa0, 0x202a...0x202e, 0x2066...0x2069: true
        default: false
        }
    }

    /// How many columns a terminal gives the text, by Unicode's East Asian width, roughly.
    static func width(_ text: String) -> Int {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
        return text.reduce(0) { $0 + width($1) }
    }

    private static func width(_ character: Character) -> Int {
        character.unicodeScalars.reduce(0) { max($0, width($1)) }
    }

    private static func width(_ scalar: Unicode.Scalar) -> Int {
        switch scalar.value {
        case 0x1100...0x115f, 0x2e80...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f, 0xff00...0xff60,
            0xffe0...0xffe6, 0x1f300...0x1f64f, 0x1f680...0x1f6ff, 0x1f900...0x1f9ff, 0x20000...0x3fffd:
            return 2
        default:
            switch scalar.properties.generalCategory {
            case .nonspacingMark, .enclosingMark, .format: return 0
            default: return 1
            }
        }
    }

    /// The text in at most so many columns, with an ellipsis where something is left out.
    static func truncated(_ text: String, to columns: Int) -> String {
        guard width(text) > columns else { return text }
        var used = 0
        var kept = ""
        for character in text {
            let next = width(character)
            guard used + next <= columns - 1 else { break }
            used += next
            kept.append(character)
        }
        return columns > 0 ? kept + "…" : ""
    }

    static func padded(_ text: String, to columns: Int, right: Bool = false) -> String {
        let spaces = String(repeating: " ", count: max(0, columns - width(text)))
        return right ? spaces + text : text + spaces
    }
}
