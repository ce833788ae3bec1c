import EventLog
import MemoryLedger

/// Whom or what memories come from: an actor or a source, one of them.
enum ContributorParameters {
    private static let actor = Parameter("actor", optional: .name, "What this actor wrote.")
    private static let source = Parameter(
        "source", optional: .source,
        "What comes from this source, as kind:name; the kind is \(Provenance.Source.kinds).")
    static let reason = Parameter("reason", optional: .string, "Why, for the log.")

    static let all: [any OperationParameter] = [actor, source]

    /// - Throws: `OperationArgumentError` for none and for both.
    static func contributor(_ arguments: OperationArguments) throws -> Contributor {
        switch (try arguments[actor], try arguments[source]) {
        case (let actor?, nil): return .actor(actor)
        case (nil, let source?): return .source(source)
        case (nil, nil): throw OperationArgumentError(actor.name, after: " is missing; give it or `source`.")
        case (_?, _?): throw OperationArgumentError(actor.name, after: " excludes `source`.")
        }
    }
}
