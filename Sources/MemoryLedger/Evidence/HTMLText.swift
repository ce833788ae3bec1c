/// Text that comes from anybody, for a page: it stays text, and shows what it hides.
enum HTMLText {
    /// Nothing of it is markup; control characters and those that turn the direction of writing or cannot be seen are
    /// written out as `[U+202E]`. Line breaks and tabs stay.
    static func escaped(_ text: String) -> String {
        var safe = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": safe += "&amp;"
            case "<": safe += "&lt;"
            case ">": safe += "&gt;"
            case "\"": safe += "&quot;"
            case "'": safe += "&#39;"
            case "\n", "\t": safe.unicodeScalars.append(scalar)
            default:
                if isHidden(scalar) {
                    let digits = String(scalar.value, radix: 16, uppercase: true)
                    safe += "[U+" + String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits + "]"
                } else {
                    safe.unicodeScalars.append(scalar)
                }
            }
        }
        return safe
    }

    private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        // A zero-width joiner holds emoji and Indic letters together.
        case .format: scalar.value != 0x200d
        case .control, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: true
        default: false
        }
    }

    /// Cut to so many characters, with a word that says so.
    static func excerpt(_ text: String, _ characters: Int) -> String {
        // Unicode scalars, because one character may be any number of them.
        guard text.unicodeScalars.count > characters else { return escaped(text) }
        return escaped(String(text.unicodeScalars.prefix(characters))) + " … (cut)"
    }
}
