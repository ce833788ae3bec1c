/// How text looks on a terminal; plain elsewhere.
struct Style {
    enum Paint: String {
        case bold = "1"
        case dim = "2"
        case red = "31"
        case green = "32"
        case yellow = "33"
        case cyan = "36"
    }

    let hasColours: Bool

    /// Colours only where a person looks and has not refused them (https://no-color.org).
    static func detected(_ descriptor: Int32) -> Style {
        Style(
            hasColours: System.isTerminal(descriptor) && System.environment("NO_COLOR") == nil
                && System.environment("TERM") != "dumb")
    }

    func apply(_ paint: Paint?, _ text: String) -> String {
        guard hasColours, let paint, !text.isEmpty else { return text }
        return "\u{1b}[\(paint.rawValue)m\(text)\u{1b}[0m"
    }
}
