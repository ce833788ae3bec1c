import LedgerOperations
import MemoryLedger

/// A tool beside those of the old program: an operation with the few arguments that an agent needs. It takes a
/// session or a namespace, and refuses what it does not know.
struct AgentTool: MCPTool {
    let description: MCPToolDescription
    private let known: [String]
    private let body: @Sendable (_ arguments: JSONObject, _ context: MCPContext) async throws -> JSONValue

    /// - Parameters:
    ///   - parameters: beside those of the place.
    ///   - tellsPlace: says what these mean, which a model need not be told by every tool.
    ///   - output: the properties of the document that are always there.
    ///   - body: gets the arguments with the namespace, and answers the document.
    init(
        _ name: String, title: String, _ text: String, _ parameters: [any OperationParameter],
        tellsPlace: Bool = false, output: JSONObject, hints: MCPToolHints,
        body: @escaping @Sendable (_ arguments: JSONObject, _ context: MCPContext) async throws -> JSONValue
    ) {
        let all = parameters + Self.place(isTold: tellsPlace)
        known = all.map(\.name)
        description = MCPToolDescription(
            name: name, title: title, text: text, input: ParameterSchema.object(all, isClosed: false),
            output: [
                "type": "object", "properties": .object(output),
                "required": .array(output.members.map { .string($0.name) }),
            ], hints: hints)
        self.body = body
    }

    private static func place(isTold: Bool) -> [any OperationParameter] {
        [
            Parameter("session", optional: ArgumentType<String>.string, ""),
            Parameter(
                "namespace", optional: ArgumentType<String>.string,
                isTold ? "Default: the server's (mem). Not together with session." : ""),
        ]
    }

    func call(_ arguments: JSONValue?, in context: MCPContext) async throws -> MCPToolResult {
        try await MCPToolFailure.caught(by: description.name, in: context) {
            let arguments = try await placed(MCPArguments.object(arguments), context)
            return MCPToolResult(document: try await body(arguments, context))
        }
    }

    private func placed(_ arguments: JSONObject, _ context: MCPContext) async throws -> JSONObject {
        for member in arguments.members where !known.contains(member.name) {
            throw OperationArgumentError(
                EchoedText.of(member.name),
                after: " is no argument of this tool; known are \(known.joined(separator: ", ")).")
        }
        var arguments = arguments
        guard let session = arguments["session"] else {
            if arguments["namespace"] == nil { arguments.append("namespace", .string(context.defaultNamespace)) }
            return arguments
        }
        guard let id = session.string else {
            throw OperationArgumentError.wrong("session", expected: "a string", found: session)
        }
        guard arguments["namespace"] == nil else {
            throw OperationArgumentError("session", after: " excludes `namespace`.")
        }
        guard let open = context.sessions.session(id) else {
            throw OperationArgumentError("session", after: " is not known or has ended; get another by session_new.")
        }
        arguments.remove("session")
        arguments.append("namespace", .string(open.namespace))
        return arguments
    }
}

extension JSONObject {
    /// Some of the members, in the order of the names.
    func only(_ names: String...) -> JSONObject {
        JSONObject(names.compactMap { name in self[name].map { Member(name: name, value: $0) } })
    }

    /// Without a member that says that there is nothing, where a schema has one type.
    func withoutNull(_ name: String) -> JSONObject {
        var object = self
        if object[name]?.isNull == true { object.remove(name) }
        return object
    }
}
