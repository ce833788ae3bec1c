import EventLog

/// Why some bytes are not JSON.
public struct JSONSyntaxError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong. An open list: later versions may find more.
    public struct Reason: RawRepresentable, Hashable, Sendable {
        /// A phrase that completes "The text is not JSON: …".
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        public static let unexpectedEnd = Reason(rawValue: "it ends too early")
        public static let unexpectedByte = Reason(rawValue: "a byte that cannot stand here")
        public static let trailingBytes = Reason(rawValue: "something follows the value")
        public static let invalidNumber = Reason(rawValue: "a malformed number")
        public static let invalidEscape = Reason(rawValue: "an unknown escape in a string")
        public static let controlCharacter = Reason(rawValue: "a control character in a string")
        public static let invalidUTF8 = Reason(rawValue: "a string that is not UTF-8")
        /// Half of a surrogate pair, such as `\ud800` alone. JavaScript writes and reads it, but it is no character
        /// and no Swift string can hold it.
        public static let loneSurrogate = Reason(rawValue: "half of a surrogate pair in a string")
        public static let tooDeep = Reason(rawValue: "more than \(JSONParser.maximumDepth) levels")
    }

    public let reason: Reason
    /// Where, in bytes from the start; for `invalidUTF8` the start of the string that is not.
    public let offset: Int

    package init(reason: Reason, offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    public var description: String { "The text is not JSON: \(reason.rawValue), at byte \(offset)." }
}
