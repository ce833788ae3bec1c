import EventLog

/// Compares keys as `localeCompare` of JavaScript does in English, as far as they are ASCII: punctuation before digits
/// before letters, and case only if nothing else differs, lower case first. Other characters follow, by their numbers.
package enum KeyCollation {
    package enum Order: Sendable {
        case before
        case same
        case after
    }

    /// The root order of the Unicode collation algorithm, of ASCII's printable characters that are no letters.
    private static let symbols = Array(" _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789".unicodeScalars)
    private static let places = Dictionary(
        uniqueKeysWithValues: symbols.enumerated().map { ($1.value, UInt32($0 + 1)) })
    private static let firstLetter = UInt32(symbols.count + 1)
    private static let firstOther = firstLetter + 26

    package static func compare(_ left: String, _ right: String) -> Order {
        let (one, other) = (left.unicodeScalars.compactMap(place), right.unicodeScalars.compactMap(place))
        if let order = order(one, other) { return order }
        // Lower case first, at the first place where the case differs.
        let isUpper = { (text: String) in
            text.unicodeScalars.filter { place($0) != nil }.map { $0.properties.isUppercase ? UInt32(1) : 0 }
        }
        return order(isUpper(left), isUpper(right)) ?? .same
    }

    private static func order(_ left: [UInt32], _ right: [UInt32]) -> Order? {
        if left == right { return nil }
        return left.lexicographicallyPrecedes(right) ? .before : .after
    }

    /// Where a character stands; nil for control characters, which do not count.
    private static func place(_ scalar: Unicode.Scalar) -> UInt32? {
        if let place = places[scalar.value] { return place }
        switch scalar.value {
        case 0x41...0x5a: return firstLetter + scalar.value - 0x41
        case 0x61...0x7a: return firstLetter + scalar.value - 0x61
        case ..<0x80: return nil
        default: return firstOther + scalar.value
        }
    }
}
