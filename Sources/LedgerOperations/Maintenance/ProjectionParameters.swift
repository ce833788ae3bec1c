import EventLog
import MemoryLedger
import Projections

/// Which projections are meant.
enum ProjectionParameters {
    private static let most = 1_000
    private static let projections = Parameter(
        "projections", optional: ArgumentType<String>.name.list("a list of names", count: 1...most),
        "Only these projections.")

    static let all: [any OperationParameter] = [projections]

    /// Nil: all.
    static func names(_ arguments: OperationArguments) throws -> [String]? { try arguments[projections] }
}

extension ProjectionState {
    /// `{"name", "version", "generation", "position"}`.
    var json: JSONValue {
        [
            "name": .string(name), "version": JSONValue(version), "generation": JSONValue(generation),
            "position": JSONValue(position),
        ]
    }
}
