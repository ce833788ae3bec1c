/// What a caller has given, for a sentence to that caller: never longer than a bound, and without characters that a
/// terminal or a log obeys.
package enum EchoedText {
    /// The longest, in bytes of UTF-8, before characters are escaped.
    package static let maximumBytes = 200
    /// The same for a whole sentence, which may hold a key at its longest.
    package static let maximumSentenceBytes = 4_096

    /// The text, cut between characters if it is too long, then ending with `…`. Control characters and those that turn
    /// the direction of a text are written as `\u{7}`.
    package static func of(_ text: String, maximumBytes: Int = maximumBytes) -> String {
        var echo = String.UnicodeScalarView()
        var bytes = 0
        for character in text {
            bytes += character.utf8.count
            guard bytes <= maximumBytes else { return String(echo) + "…" }
            for scalar in character.unicodeScalars {
                if isObeyed(scalar) {
                    echo.append(contentsOf: "\\u{\(String(scalar.value, radix: 16))}".unicodeScalars)
                } else {
                    echo.append(scalar)
                }
            }
        }
        return String(echo)
    }

    private static func isObeyed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        default: (0x202a...0x202e).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
        }
    }
}
