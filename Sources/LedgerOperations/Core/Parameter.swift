import MemoryLedger

/// What an operation says of one of its arguments.
public protocol OperationParameter: Sendable {
    /// Lower-case letters, digits and `_`: `expected_version`.
    var name: String { get }
    var type: ParameterType { get }
    var isRequired: Bool { get }
    /// One sentence for a person or a model.
    var help: String { get }
}

/// A parameter whose arguments are values of a Swift type.
///
///     static let limit = Parameter("limit", .integer(1...1_000), default: 100, "Memories of a page.")
public struct Parameter<Value: Sendable>: OperationParameter {
    public let name: String
    public let help: String
    private let argument: ArgumentType<Value>
    /// What holds if it is not given; nil: it must be given.
    private let fallback: Value?

    /// A parameter that must be given, or one with a value that holds otherwise.
    public init(_ name: String, _ type: ArgumentType<Value>, default fallback: Value? = nil, _ help: String) {
        self.name = name
        self.help = help
        argument = type
        self.fallback = fallback
    }

    /// A parameter that may be left out.
    public init<Given: Sendable>(
        _ name: String, optional type: ArgumentType<Given>, _ help: String
    ) where Value == Given? {
        self.name = name
        self.help = help
        argument = ArgumentType(type.type) { [read = type.read] value, path in try read(value, path) }
        fallback = .some(nil)
    }

    public var type: ParameterType { argument.type }
    public var isRequired: Bool { fallback == nil }

    func value(in json: JSONObject) throws -> Value {
        if let given = json[name] { return try argument.read(given, name) }
        guard let fallback else { throw OperationArgumentError.missing(name) }
        return fallback
    }
}

/// The arguments of a call from JSON, of which none is unknown.
public struct OperationArguments: Sendable {
    private let json: JSONObject
    private let names: Set<String>

    /// - Throws: `OperationArgumentError` for a member that is no parameter.
    init(_ json: JSONObject, _ parameters: [any OperationParameter]) throws {
        self.json = json
        names = Set(parameters.map(\.name))
        for member in json.members where !names.contains(member.name) {
            throw OperationArgumentError.unknown(member.name, known: parameters.map(\.name))
        }
    }

    /// The argument of a parameter that the operation has declared.
    ///
    /// - Throws: `OperationArgumentError` if it is missing or cannot be read.
    public subscript<Value>(_ parameter: Parameter<Value>) -> Value {
        get throws {
            precondition(names.contains(parameter.name), "\(parameter.name) is not among the operation's parameters")
            return try parameter.value(in: json)
        }
    }
}
