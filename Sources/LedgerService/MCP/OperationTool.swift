import EventLog
import LedgerOperations
import MemoryLedger
import MerkleLog

/// An operation as a tool, with all that it takes: its name with `_` for dots, a schema of its parameters, its document
/// as text and as JSON. A new operation is a tool by being declared.
struct OperationTool: MCPTool {
    let operation: any LedgerOperation.Type
    let description: MCPToolDescription

    /// Before a name that a tool for agents has already.
    static let prefix = "ledger_"

    /// - Parameter taken: names that are not free.
    init(_ operation: any LedgerOperation.Type, taken: Set<String>) {
        self.operation = operation
        let name = operation.name.replacing(".", with: "_")
        let isRead = operation.access == .reads
        description = MCPToolDescription(
            name: taken.contains(name) ? Self.prefix + name : name, title: Self.title(operation.name),
            text: operation.summary, input: ParameterSchema.object(operation.parameters),
            output: Self.output(operation),
            hints: isRead ? .reading : MCPToolHints(isReadOnly: false, isDestructive: true, isIdempotent: false))
    }

    /// Nil: what the document has depends on what is asked, or is for people who run the ledger.
    private static func output<Operation: LedgerOperation>(_ operation: Operation.Type) -> JSONValue? {
        guard let described = Operation.Result.self as? any DescribedResult.Type else { return nil }
        return ParameterSchema.document(described.members, optional: described.optionalMembers)
    }

    /// `memory.add`: `Memory: add`.
    private static func title(_ name: String) -> String {
        let words = name.split(separator: ".").map { $0.replacing("_", with: " ") }
        let last = words.dropFirst().joined(separator: " ")
        return (words.first?.capitalizedAtStart ?? "") + (last.isEmpty ? "" : ": " + last)
    }

    func call(_ arguments: JSONValue?, in context: MCPContext) async throws -> MCPToolResult {
        try await MCPToolFailure.caught(by: description.name, in: context) {
            var arguments = try MCPArguments.object(arguments)
            if operation.scope == .namespace, arguments["namespace"] == nil, let place = context.configuredNamespace {
                arguments.append("namespace", .string(place))
            }
            return MCPToolResult(document: try await Self.document(operation, arguments, context))
        }
    }

    private static func document<Operation: LedgerOperation>(
        _ operation: Operation.Type, _ arguments: JSONObject, _ context: MCPContext
    ) async throws -> JSONValue {
        let document = try await context.document(Operation(json: arguments))
        // What is structured is an object in most revisions.
        return document.object == nil ? ["result": document] : document
    }
}

extension StringProtocol {
    fileprivate var capitalizedAtStart: String { prefix(1).uppercased() + dropFirst() }
}

/// Arguments of the tools for which a wrong one is a failure that the model is told.
enum MCPArguments {
    /// - Throws: `OperationArgumentError` for anything but an object; if there are none, there are no members.
    static func object(_ arguments: JSONValue?) throws -> JSONObject {
        guard let arguments, !arguments.isNull else { return [:] }
        guard let object = arguments.object else {
            throw OperationArgumentError.wrong("arguments", expected: "an object", found: arguments)
        }
        return object
    }
}

/// What goes wrong in a tool, for the model.
enum MCPToolFailure {
    /// Runs a tool's body; what it throws becomes a result, but for errors of the protocol and a cancellation. What the
    /// client should know beside it stands behind it.
    static func caught(
        by tool: String, in context: MCPContext, _ body: () async throws -> MCPToolResult
    ) async throws -> MCPToolResult {
        var result = try await outcome(by: tool, in: context, body)
        result.notices = context.notices.words
        return result
    }

    private static func outcome(
        by tool: String, in context: MCPContext, _ body: () async throws -> MCPToolResult
    ) async throws -> MCPToolResult {
        do { return try await body() } catch {
            if error is CancellationError || error is MCPError { throw error }
            if let denied = error as? AccessDeniedError { return self.denied(denied, tool) }
            guard let code = OperationErrorCode(of: error) else {
                context.log(error)
                return .failure("internal: \(unsaid)")
            }
            let words = EchoedText.of(words(error, context), maximumBytes: EchoedText.maximumSentenceBytes)
            return .failure("\(code.rawValue): \(words)")
        }
    }

    /// What concerns the ledger's file is told without saying where that is.
    private static func words(_ error: any Error, _ context: MCPContext) -> String {
        guard let failure = error as? EventLogError, !told.contains(failure.code) else { return "\(error)" }
        let known = CompatibleFailure(error, in: context.ledger)
        return known.status == 500 ? unsaid : known.message
    }

    private static let unsaid = "The server failed; who runs it finds the reason in its log."

    private static let told: Set<EventLogError.Code> = [
        .actorRequired, .badSignature, .conflict, .erased, .invalidArgument, .limitExceeded, .noCheckpoint,
        .noFormerGeneration, .noTree, .notEncrypted, .tooFewSamples, .unknownMoment, .unknownProjection,
    ]

    /// The caller may not do it; said alike by every tool.
    static func denied(_ error: AccessDeniedError, _ tool: String) -> MCPToolResult {
        let document: JSONValue = ["success": false, "message": .string("\(error.naming(tool))")]
        return .failure(document.indented)
    }
}
