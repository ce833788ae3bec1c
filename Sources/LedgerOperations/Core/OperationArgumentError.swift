public import MemoryLedger

/// An argument that is missing, unknown, of another type, out of bounds, or contradicts another one.
public struct OperationArgumentError: Error, Hashable, Sendable, CustomStringConvertible {
    /// As the caller of an operation by JSON knows it: `weight`, `links[0].term`.
    public let argument: String
    private let before: String
    private let after: String

    /// - Parameters:
    ///   - before: What a sentence says before it names the argument.
    ///   - after: What it says behind that.
    public init(_ argument: String, before: String = "", after: String) {
        self.argument = argument
        self.before = before
        self.after = after
    }

    /// One sentence that says what to do.
    public var description: String { message() }

    /// The same, with the name that the caller gave the argument: `--weight`, for instance.
    public func message(naming name: String? = nil) -> String { before + (name ?? argument) + after }

    /// - Parameter expected: what it is, with an article: `a number from 0 to 1`.
    public static func wrong(_ argument: String, expected: String, found: JSONValue) -> Self {
        Self(argument, after: " is \(expected), not \(found.number.map { EchoedText.of($0.text) } ?? found.kind).")
    }

    /// The same of a text that has the right type.
    public static func wrong(_ argument: String, expected: String, found: String) -> Self {
        Self(argument, after: " is \(expected), not \"\(EchoedText.of(found))\".")
    }

    static func missing(_ argument: String) -> Self { Self(argument, after: " is missing.") }

    static func unknown(_ argument: String, known: [String]) -> Self {
        let takes = known.isEmpty ? "there are none" : "known are \(known.joined(separator: ", "))"
        return Self(EchoedText.of(argument), after: " is no argument of this operation; \(takes).")
    }
}
