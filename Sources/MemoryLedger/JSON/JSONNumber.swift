/// A JSON number as its text, so that no digit is lost on the way through.
public struct JSONNumber: Hashable, Sendable {
    /// The digits as they were written, a number by the grammar of RFC 8259: `-12`, `0.50`, `1e3`.
    public let text: String

    /// For text that is already known to follow the grammar.
    init(validText text: String) {
        self.text = text
    }

    /// Nil where the text is not a JSON number.
    public init?(text: String) {
        guard case .number(let number)? = try? JSONValue(parsing: text), number.text == text else { return nil }
        self = number
    }

    public init(_ value: Int64) {
        text = String(value)
    }

    /// The shortest text that reads back as the same number; whole numbers below 2^53 without a fraction. Nil for
    /// infinities and NaN, which JSON does not have.
    public init?(_ value: Double) {
        guard value.isFinite else { return nil }
        if let whole = Int64(exactly: value), abs(value) < Self.exactDoubles, whole != 0 || value.sign == .plus {
            text = String(whole)
        } else {
            text = value.description
        }
    }

    /// The nearest double; an infinity where the number is larger than any.
    public var double: Double {
        if let whole = Int64(text), text.utf8.count <= 15 { return Double(whole) }
        return Double(text) ?? .nan
    }

    /// The number as an integer: nil where it has a fraction or is too large. `1e3` and `5.0` are integers here, as
    /// they are in JavaScript, up to 2^53.
    public var int64: Int64? {
        if let whole = Int64(text) { return whole }
        let value = double
        return abs(value) < Self.exactDoubles ? Int64(exactly: value) : nil
    }

    /// 2^53: below it every whole number is a double.
    private static let exactDoubles = 9_007_199_254_740_992.0
}
