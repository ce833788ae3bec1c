/// An answer in which how well something matches is any number: it depends on all that the ledger holds.
struct RelevanceText {
    /// Stands for a number in an answer that is expected.
    static let mark = "$R"

    /// What the numbers are; nil: the answer is another one.
    let numbers: [Double]

    init?(_ answer: String, as expected: String) {
        var rest = Substring(answer)
        var found: [Double] = []
        for (index, part) in Self.parts(expected).enumerated() {
            if index > 0 {
                let digits = rest.prefix { $0.isASCII && ($0.isNumber || ".e-".contains($0)) }
                guard let number = Double(String(digits)) else { return nil }
                found.append(number)
                rest = rest.dropFirst(digits.count)
            }
            guard rest.hasPrefix(part) else { return nil }
            rest = rest.dropFirst(part.count)
        }
        guard rest.isEmpty else { return nil }
        numbers = found
    }

    /// Each result has its number twice, `relevance` and `score`: of six decimals, above 0 and below 1, and the best
    /// first.
    var isFalling: Bool {
        let pairs = stride(from: 0, to: numbers.count - 1, by: 2).map { (numbers[$0], numbers[$0 + 1]) }
        let inRange = pairs.allSatisfy { $0 == $1 && $0 > 0 && $0 < 1 && ($0 * 1e6).rounded() / 1e6 == $0 }
        let values = pairs.map(\.0)
        return numbers.count.isMultiple(of: 2) && inRange && values == values.sorted(by: >)
    }

    private static func parts(_ expected: String) -> [Substring] {
        var parts: [Substring] = []
        var rest = Substring(expected)
        while let place = rest.firstRange(of: mark) {
            parts.append(rest[..<place.lowerBound])
            rest = rest[place.upperBound...]
        }
        return parts + [rest]
    }
}
