import LedgerOperations
import MemoryLedger

/// What could stand for an argument of a prompt or of the resource template.
enum MCPCompletion {
    /// Values of one answer; the specification has the figure.
    static let maximumValues = 100

    /// - Throws: `MCPError` for a reference to what there is not.
    static func values(_ params: JSONObject, in context: MCPContext) throws -> JSONObject {
        guard let reference = params["ref"]?.object, let type = reference["type"]?.string else {
            throw MCPError.invalidParameters("`ref` is a reference to a prompt or a resource.")
        }
        guard let argument = params["argument"]?.object, let name = argument["name"]?.string,
            let begun = argument["value"]?.string
        else {
            throw MCPError.invalidParameters("`argument` is an object with `name` and `value`.")
        }
        let found: [String]
        switch type {
        case "ref/prompt":
            let prompt = MCPPrompt.all(context.options.compatibility).first { $0.name == reference["name"]?.string }
            guard let prompt else { throw MCPError.invalidParameters("There is no such prompt.") }
            guard prompt.argument == name else { throw MCPError.invalidParameters("The prompt has no such argument.") }
            found = []
        case "ref/resource":
            guard reference["uri"]?.string == MCPResources.template else {
                throw MCPError.invalidParameters("There is no such resource template.")
            }
            found = name == "namespace" ? namespaces(begun, context) : []
        default: throw MCPError.invalidParameters("`ref` is of type ref/prompt or ref/resource.")
        }
        let values = found.prefix(maximumValues)
        return [
            "completion": [
                "values": .array(values.map { .string($0) }), "total": JSONValue(found.count),
                "hasMore": .bool(found.count > values.count),
            ]
        ]
    }

    /// Those that the caller knows anyway.
    private static func namespaces(_ begun: String, _ context: MCPContext) -> [String] {
        let known = context.caller.grant.namespaces ?? [context.defaultNamespace]
        return known.filter { $0.utf8.starts(with: begun.utf8) }
    }
}
