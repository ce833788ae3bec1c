import EventLog
import MemoryLedger

/// One look at a value by a schema. It goes no deeper than the schema does.
struct Validation {
    private(set) var issues: [ValidationIssue] = []
    private var path: [ValidationIssue.Step] = []

    /// What is looked at. A coercion may make what JSON does not have.
    enum Input {
        case missing
        case value(JSONValue)
        case notANumber

        /// As the messages call it.
        var kind: String {
            switch self {
            case .missing: "undefined"
            case .value(let value): value.kind
            case .notANumber: "NaN"
            }
        }
    }

    /// The number up to which JavaScript counts without gaps.
    static let mostWhole = 9_007_199_254_740_991.0

    /// Nil: there is an issue.
    mutating func check(_ input: Input, _ schema: ValueSchema) -> JSONValue? {
        switch schema {
        case .string(let minimum, let trims, let message):
            guard case .value(.string(let given)) = input else { return refuse(input, "string") }
            let text = trims ? given.javaScriptTrimmed : given
            if minimum > 0, text.utf16.count < minimum {
                return add(
                    ["origin": "string", "code": "too_small", "minimum": JSONValue(minimum), "inclusive": true],
                    message ?? "Too small: expected string to have >=\(minimum) characters")
            }
            return .string(text)
        case .number(let range, let isWhole): return number(input, range, isWhole: isWhole)
        case .boolean(let message):
            guard case .value(.bool(let flag)) = input else { return refuse(input, "boolean", message) }
            return .bool(flag)
        case .options(let options):
            if case .value(.string(let text)) = input, options.contains(where: { $0.hasSameBytes(as: text) }) {
                return .string(text)
            }
            let list = options.map { "\"\($0)\"" }.joined(separator: "|")
            return add(
                ["code": "invalid_value", "values": .array(options.map { .string($0) })],
                "Invalid option: expected one of \(list)")
        case .list(let element):
            guard case .value(.array(let values)) = input else { return refuse(input, "array") }
            return list(values, element)
        case .object(let members, let unknown):
            guard case .value(.object(let object)) = input else { return refuse(input, "object") }
            return self.object(object, members, unknown)
        }
    }

    // MARK: Kinds

    private mutating func list(_ values: [JSONValue], _ element: ValueSchema) -> JSONValue? {
        var checked: [JSONValue] = []
        var isWhole = true
        for (index, value) in values.enumerated() where issues.count < ValidationLimits.issues {
            path.append(.index(index))
            if let value = check(.value(value), element) { checked.append(value) } else { isWhole = false }
            path.removeLast()
        }
        return isWhole ? .array(checked) : nil
    }

    private mutating func object(
        _ object: JSONObject, _ members: [ValueSchema.Member], _ unknown: ValueSchema.UnknownMembers
    ) -> JSONValue? {
        var checked = JSONObject()
        var isWhole = true
        for member in members {
            var input = object[member.name].map { Input.value($0) } ?? .missing
            if let coercion = member.coercion { input = coercion.apply(to: input) }
            if case .missing = input, !member.isRequired {
                if let fallback = member.fallback { checked.append(member.name, fallback) }
                continue
            }
            path.append(.name(member.name))
            let known = issues.count
            if let value = check(input, member.schema) {
                checked.append(member.name, value)
            } else if member.isLenient {
                issues.removeLast(issues.count - known)
            } else {
                isWhole = false
            }
            path.removeLast()
        }
        if unknown == .refused { isWhole = refuseUnknown(in: object, members) && isWhole }
        return isWhole ? .object(checked) : nil
    }

    private mutating func refuseUnknown(in object: JSONObject, _ members: [ValueSchema.Member]) -> Bool {
        var names: [String] = []
        var seen = Set(members.map { ByteText($0.name) })
        for member in object.members where names.count < ValidationLimits.echoedNames {
            let name = member.name.prefix(utf8Bytes: ValidationLimits.echoedNameBytes)
            if seen.insert(ByteText(name)).inserted { names.append(name) }
        }
        guard !names.isEmpty else { return true }
        let list = names.map { "\"\($0)\"" }.joined(separator: ", ")
        let members: JSONObject = ["code": "unrecognized_keys", "keys": .array(names.map { .string($0) })]
        _ = add(members, "Unrecognized key\(names.count > 1 ? "s" : ""): \(list)")
        return false
    }

    private mutating func number(_ input: Input, _ range: ClosedRange<Double>, isWhole: Bool) -> JSONValue? {
        guard case .value(.number(let number)) = input else {
            if case .notANumber = input { return refuse(input, "number", received: "NaN") }
            return refuse(input, "number")
        }
        let value = number.double
        guard value.isFinite else { return refuse(input, "number", received: "Infinity") }
        let origin: JSONValue = isWhole ? "int" : "number"
        if isWhole, value != value.rounded(.towardZero) {
            let members: JSONObject = ["expected": "int", "format": "safeint", "code": "invalid_type"]
            return add(members, "Invalid input: expected int, received number")
        }
        var isRight = true
        if isWhole, abs(value) > Self.mostWhole {
            isRight = false
            let (code, name, sign) =
                value > 0 ? ("too_big", "maximum", "<=") : ("too_small", "minimum", ">=-")
            let members: JSONObject = [
                "code": .string(code), name: JSONValue(value > 0 ? Self.mostWhole : -Self.mostWhole),
                "note": "Integers must be within the safe integer range.", "origin": origin, "inclusive": true,
            ]
            let words = value > 0 ? "Too big" : "Too small"
            _ = add(members, "\(words): expected int to be \(sign)\(JSONValue(Self.mostWhole))")
        }
        if value < range.lowerBound {
            isRight = false
            let bound = JSONValue(range.lowerBound)
            let members: JSONObject = [
                "origin": "number", "code": "too_small", "minimum": bound, "inclusive": true,
            ]
            _ = add(members, "Too small: expected number to be >=\(bound)")
        }
        if value > range.upperBound {
            isRight = false
            let bound = JSONValue(range.upperBound)
            let members: JSONObject = ["origin": "number", "code": "too_big", "maximum": bound, "inclusive": true]
            _ = add(members, "Too big: expected number to be <=\(bound)")
        }
        return isRight ? .number(number) : nil
    }

    // MARK: Issues

    private mutating func refuse(
        _ input: Input, _ expected: String, _ message: String? = nil, received: String? = nil
    ) -> JSONValue? {
        var members: JSONObject = ["expected": .string(expected), "code": "invalid_type"]
        if let received { members.append("received", .string(received)) }
        return add(members, message ?? "Invalid input: expected \(expected), received \(input.kind)")
    }

    private mutating func add(_ members: JSONObject, _ message: String) -> JSONValue? {
        if issues.count < ValidationLimits.issues { issues.append(ValidationIssue(members, at: path, message)) }
        return nil
    }
}

extension ValueSchema.Coercion {
    fileprivate func apply(to input: Validation.Input) -> Validation.Input {
        guard case .value(let value) = input else { return input }
        switch (self, value) {
        case (.number, .string(let text)): return Self.number(text)
        case (.number, .bool(let flag)): return .value(flag ? 1 : 0)
        case (.number, .null): return .value(0)
        case (.number, .array), (.number, .object): return .notANumber
        case (.flag, .null): return .missing
        case (.flag, .string(let text)):
            if text.isEmpty { return .missing }
            switch text.javaScriptTrimmed.lowercased() {
            case "true": return .value(true)
            case "false": return .value(false)
            default: return input
            }
        default: return input
        }
    }

    /// `Number(text)` of JavaScript.
    private static func number(_ text: String) -> Validation.Input {
        let text = text.javaScriptTrimmed
        if text.isEmpty { return .value(0) }
        let lower = text.lowercased()
        for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where lower.utf8.starts(with: prefix.utf8) {
            let digits = lower.dropFirst(2)
            guard digits.utf8.first.map({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }) ?? false,
                let value = UInt64(digits, radix: radix)
            else { return .notANumber }
            return of(Double(value))
        }
        // Swift reads more than JavaScript does: hexadecimal fractions, names of infinities.
        if ["Infinity", "+Infinity", "-Infinity"].contains(where: { $0.hasSameBytes(as: text) }) {
            return .value(.number(Self.tooLarge))
        }
        guard text.utf8.allSatisfy({ Self.decimalBytes.contains($0) }), let value = Double(text) else {
            return .notANumber
        }
        return of(value)
    }

    private static let decimalBytes = Set("0123456789+-.eE".utf8)
    /// What is too large to be a number, as JSON can write it.
    private static let tooLarge = JSONNumber(text: "1e999") ?? JSONNumber(Int64.max)

    private static func of(_ value: Double) -> Validation.Input {
        .value(.number(JSONNumber(value) ?? tooLarge))
    }
}

extension String {
    /// Its beginning of at most so many bytes of UTF-8, cut between scalars.
    func prefix(utf8Bytes limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var beginning = String.UnicodeScalarView()
        var bytes = 0
        for scalar in unicodeScalars {
            bytes += UTF8.width(scalar)
            if bytes > limit { break }
            beginning.append(scalar)
        }
        return String(beginning)
    }
}
