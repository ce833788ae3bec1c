public import MemoryLedger

/// What values an argument has, to be told to a program: enough to make a JSON schema from.
public indirect enum ParameterType: Hashable, Sendable {
    case string
    /// One of these strings.
    case choice([String])
    case integer(ClosedRange<Int64>)
    case number(ClosedRange<Double>)
    case boolean
    case list(ParameterType, count: ClosedRange<Int>)
    case object([Member])

    /// A member of an object.
    public struct Member: Hashable, Sendable {
        public var name: String
        public var type: ParameterType
        public var isRequired: Bool

        public init(_ name: String, _ type: ParameterType, isRequired: Bool) {
            self.name = name
            self.type = type
            self.isRequired = isRequired
        }
    }
}

/// How values of a Swift type are read from JSON.
///
///     let limit = ArgumentType.integer(1...1_000)
///     let status = ArgumentType.string.mapping("a status") { MemoryStatus(rawValue: $0) }
public struct ArgumentType<Value: Sendable>: Sendable {
    public let type: ParameterType
    let read: @Sendable (_ value: JSONValue, _ path: String) throws -> Value

    /// - Parameter read: gets the value, and what to call it in an `OperationArgumentError`.
    public init(
        _ type: ParameterType, read: @escaping @Sendable (_ value: JSONValue, _ path: String) throws -> Value
    ) {
        self.type = type
        self.read = read
    }

    /// The same text, as something else.
    ///
    /// - Parameters:
    ///   - expected: what the text is, with an article, for the error.
    ///   - convert: nil if the text is none.
    public func mapping<Other: Sendable>(
        _ expected: String, as type: ParameterType? = nil, _ convert: @escaping @Sendable (Value) -> Other?
    ) -> ArgumentType<Other> where Value == String {
        ArgumentType<Other>(type ?? self.type) { [read] value, path in
            let text = try read(value, path)
            guard let other = convert(text) else {
                throw OperationArgumentError.wrong(path, expected: expected, found: text)
            }
            return other
        }
    }

    /// A list of them.
    ///
    /// - Parameter expected: what it is, with an article, for the error: `a list of strings`.
    public func list(_ expected: String, count: ClosedRange<Int> = 0...Int.max) -> ArgumentType<[Value]> {
        ArgumentType<[Value]>(.list(type, count: count)) { [read] value, path in
            guard let list = value.array else {
                throw OperationArgumentError.wrong(path, expected: expected, found: value)
            }
            guard count.contains(list.count) else {
                throw OperationArgumentError(
                    path, after: " has \(count.lowerBound) to \(count.upperBound) members, not \(list.count).")
            }
            return try list.enumerated().map { try read($1, "\(path)[\($0)]") }
        }
    }
}

extension ArgumentType where Value == String {
    public static var string: Self {
        Self(.string) { value, path in
            guard let text = value.string else {
                throw OperationArgumentError.wrong(path, expected: "a string", found: value)
            }
            return text
        }
    }

    /// A text that is not empty.
    public static var name: Self { Self.string.mapping("a name") { $0.isEmpty ? nil : $0 } }
}

extension ArgumentType where Value == Bool {
    public static var boolean: Self {
        Self(.boolean) { value, path in
            guard let flag = value.bool else {
                throw OperationArgumentError.wrong(path, expected: "true or false", found: value)
            }
            return flag
        }
    }
}

extension ArgumentType where Value == Double {
    public static func number(_ range: ClosedRange<Double>) -> Self {
        Self(.number(range)) { value, path in
            guard let number = value.number?.double, range.contains(number) else {
                let (least, most) = (JSONValue(range.lowerBound), JSONValue(range.upperBound))
                throw OperationArgumentError.wrong(path, expected: "a number from \(least) to \(most)", found: value)
            }
            return number
        }
    }
}

extension ArgumentType where Value == Int64 {
    public static func integer(_ range: ClosedRange<Int64>) -> Self {
        Self(.integer(range)) { value, path in
            guard let number = value.number?.int64, range.contains(number) else {
                let expected =
                    range.upperBound == .max
                    ? "a whole number, \(range.lowerBound) or more"
                    : "a whole number from \(range.lowerBound) to \(range.upperBound)"
                throw OperationArgumentError.wrong(path, expected: expected, found: value)
            }
            return number
        }
    }
}

extension ArgumentType where Value == Int {
    public static func integer(_ range: ClosedRange<Int>) -> Self {
        let wide = ArgumentType<Int64>.integer(Int64(range.lowerBound)...Int64(range.upperBound))
        return Self(wide.type) { value, path in Int(try wide.read(value, path)) }
    }
}
