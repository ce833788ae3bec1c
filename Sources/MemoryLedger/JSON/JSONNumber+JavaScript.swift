import EventLog

extension JSONNumber {
    /// The number as `JSON.stringify` writes it, but for -0, which is `-0.0` and so keeps its sign
    /// here and there. Nil for infinities and NaN.
    ///
    /// The digits are the shortest that read back as the same number, here and there; where the point stands is
    /// `Number::toString` of ECMA-262.
    package init?(javaScript value: Double) {
        guard value.isFinite else { return nil }
        guard value != 0 else {
            self.init(validText: value.sign == .minus ? "-0.0" : "0")
            return
        }
        let parts = value.magnitude.description.split(separator: "e")
        let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let whole = String(mantissa[0])
        var digits = whole + (mantissa.count > 1 ? mantissa[1] : "")
        var point = whole.utf8.count + (parts.count > 1 ? Int(parts[1]) ?? 0 : 0)
        while digits.utf8.first == UInt8(ascii: "0") {
            digits.removeFirst()
            point -= 1
        }
        while digits.utf8.last == UInt8(ascii: "0") { digits.removeLast() }
        let sign = value < 0 ? "-" : ""
        self.init(validText: sign + Self.placed(digits, point))
    }

    /// Up to here a number is written without an exponent.
    private static let mostDigitsBeforePoint = 21
    /// And from here on, as many zeros behind the point.
    private static let mostZerosBehindPoint = 5

    /// - Parameter point: How many of the digits stand before it.
    private static func placed(_ digits: String, _ point: Int) -> String {
        let count = digits.utf8.count
        if count...max(count, mostDigitsBeforePoint) ~= point {
            return digits + String(repeating: "0", count: point - count)
        }
        if 1...mostDigitsBeforePoint ~= point { return "\(digits.prefix(point)).\(digits.dropFirst(point))" }
        if -mostZerosBehindPoint...0 ~= point { return "0." + String(repeating: "0", count: -point) + digits }
        let exponent = point - 1
        let rest = digits.dropFirst()
        return "\(digits.prefix(1))\(rest.isEmpty ? "" : ".")\(rest)e\(exponent < 0 ? "-" : "+")\(exponent.magnitude)"
    }
}
