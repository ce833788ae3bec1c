import MemoryLedger

/// Something that a model can call.
protocol MCPTool: Sendable {
    var description: MCPToolDescription { get }

    /// - Parameter arguments: As they were sent; nil if there are none.
    /// - Throws: `MCPError` for what is an error of the protocol; anything else becomes a result that says so.
    func call(_ arguments: JSONValue?, in context: MCPContext) async throws -> MCPToolResult
}

/// What a client is told of a tool.
struct MCPToolDescription: Hashable, Sendable {
    var name: String
    var title: String?
    /// For a model.
    var text: String
    /// Of type `object`, without `anyOf`, `oneOf`, `allOf` and `$ref`: one such schema breaks the sessions of some
    /// clients.
    var input: JSONValue
    var output: JSONValue?
    var hints: MCPToolHints?

    var json: JSONValue {
        var object: JSONObject = ["name": .string(name)]
        if let title { object.append("title", .string(title)) }
        object.append("description", .string(text))
        object.append("inputSchema", input)
        if let output { object.append("outputSchema", output) }
        if let hints { object.append("annotations", hints.json) }
        return .object(object)
    }
}

/// What a tool does to the world, so that a client may ask a person first.
struct MCPToolHints: Hashable, Sendable {
    var isReadOnly: Bool
    /// It takes something away, rather than add to it.
    var isDestructive: Bool
    /// Calling it again with the same arguments changes nothing more.
    var isIdempotent: Bool

    static let reading = Self(isReadOnly: true, isDestructive: false, isIdempotent: true)

    var json: JSONValue {
        var object: JSONObject = ["readOnlyHint": .bool(isReadOnly), "destructiveHint": .bool(isDestructive)]
        // False unless it is there, and without meaning for what only reads.
        if isIdempotent, !isReadOnly { object.append("idempotentHint", true) }
        object.append("openWorldHint", false)
        return .object(object)
    }
}

/// What a tool answers.
struct MCPToolResult: Hashable, Sendable {
    var text: String
    /// The same as JSON, which the tool's schema describes.
    var structured: JSONValue?
    /// Further texts behind it: what makes a difference to the answer.
    var notices: [String] = []
    var isError = false

    init(_ text: String, structured: JSONValue? = nil) {
        self.text = text
        self.structured = structured
    }

    /// A document, as text and as JSON.
    init(document: JSONValue) {
        self.init(document.description, structured: document)
    }

    /// The call failed, for a reason that the model can do something about.
    static func failure(_ text: String) -> Self {
        var result = Self(text)
        result.isError = true
        return result
    }

    var json: JSONObject {
        let content = ([text] + notices).map { JSONValue.object(["type": "text", "text": .string($0)]) }
        var object: JSONObject = ["content": .array(content)]
        if let structured { object.append("structuredContent", structured) }
        if isError { object.append("isError", true) }
        return object
    }
}
