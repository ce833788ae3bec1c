import EventLog

extension JSONValue {
    /// No value where this is `null`. (A bare `nil` would be read as `JSONValue.null`.)
    var unlessNull: JSONValue? { isNull ? Optional.none : Optional.some(self) }

    /// The same value to every reader: numbers by what they are worth, to the last digit, objects whatever the order of
    /// their members is, texts by bytes. Repeated members of one name must be as many, in the same order.
    package func isSame(as other: JSONValue) -> Bool {
        switch (self, other) {
        case (.number(let left), .number(let right)):
            left == right || DecimalValue(left).map { $0 == DecimalValue(right) } ?? false
        case (.array(let left), .array(let right)):
            left.count == right.count && zip(left, right).allSatisfy { $0.isSame(as: $1) }
        case (.object(let left), .object(let right)):
            left.count == right.count
                && zip(left.sorted, right.sorted).allSatisfy {
                    $0.name.hasSameBytes(as: $1.name) && $0.value.isSame(as: $1.value)
                }
        default: self == other
        }
    }
}

extension JSONValue {
    /// It has values within values over more than so many levels, itself being the first. It looks no deeper.
    func isDeeper(than levels: Int) -> Bool {
        switch self {
        case .array(let values): levels < 1 || values.contains { $0.isDeeper(than: levels - 1) }
        case .object(let object): levels < 1 || object.members.contains { $0.value.isDeeper(than: levels - 1) }
        default: false
        }
    }
}

extension JSONObject {
    /// By name; those of one name in the order in which they were written.
    fileprivate var sorted: [Member] {
        members.enumerated().sorted { left, right in
            left.element.name.hasSameBytes(as: right.element.name)
                ? left.offset < right.offset : left.element.name.precedesByBytes(right.element.name)
        }.map(\.element)
    }

    /// A name that stands here twice; nil if there is none.
    var repeatedName: String? {
        var names: Set<ByteText> = []
        return members.first { !names.insert(ByteText($0.name)).inserted }?.name
    }
}

/// What a number is worth, without rounding: ±0.digits × 10^exponent.
private struct DecimalValue: Equatable {
    private var isNegative = false
    private var digits: [UInt8] = []
    private var exponent = 0

    /// Nil for an exponent that no machine counts to.
    init?(_ number: JSONNumber) {
        var text = Array(number.text.utf8)[...]
        if text.first == UInt8(ascii: "-") {
            isNegative = true
            text.removeFirst()
        }
        if let mark = text.firstIndex(where: { $0 == UInt8(ascii: "e") || $0 == UInt8(ascii: "E") }) {
            guard let given = Int32(String(decoding: text[(mark + 1)...], as: UTF8.self)) else { return nil }
            exponent = Int(given)
            text = text[..<mark]
        }
        let point = text.firstIndex(of: UInt8(ascii: ".")) ?? text.endIndex
        exponent += point - text.startIndex
        digits = text.filter { $0 != UInt8(ascii: ".") }
        let zeros = digits.prefix { $0 == UInt8(ascii: "0") }.count
        digits.removeFirst(zeros)
        exponent -= zeros
        while digits.last == UInt8(ascii: "0") { digits.removeLast() }
        if digits.isEmpty { exponent = 0 }
    }
}
