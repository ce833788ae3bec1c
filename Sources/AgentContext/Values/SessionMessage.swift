public import EventLog
public import MemoryLedger

/// What is said in a session: a user, the agent, a tool, or the system around them.
///
///     var message = SessionMessage(.assistant, "Green tea it is.")
///     message.tokens = 6
public struct SessionMessage: Hashable, Sendable {
    public enum Role: String, CaseIterable, Hashable, Sendable {
        case user, assistant, tool, system
    }

    public var role: Role
    public var content: String
    /// As the model counts them; nil: they are estimated when it is appended.
    public var tokens: Int?
    /// `tokens` was estimated.
    public var isEstimated = false
    /// The calls that an assistant makes, as its model writes them: a JSON array. An `id` in each says which result
    /// belongs to it.
    public var toolCalls: [JSONValue] = []
    /// The call that a tool's message is the result of.
    public var toolCallID: String?
    /// What the model saw when it said this.
    public var context: SeenContext?

    public init(_ role: Role, _ content: String, tokens: Int? = nil) {
        (self.role, self.content, self.tokens) = (role, content, tokens)
    }

    /// The ids of its calls.
    var callIDs: [String] {
        toolCalls.compactMap { $0.object?["id"]?.string }
    }
}

/// The context that a message answers: enough to put it together again.
public struct SeenContext: Hashable, Sendable {
    /// The log's position that it was put together at.
    public var position: Position
    /// The position is one of the ledger that the message was said in: it was imported with an agent's file.
    public var isOfAnotherLedger = false
    public var budget: Int
    /// Memories that were put in, in their order.
    public var memories: [SeenMemory]

    public init(position: Position, budget: Int, memories: [SeenMemory] = []) {
        (self.position, self.budget, self.memories) = (position, budget, memories)
    }
}

/// A memory that a model saw, as it stood.
public struct SeenMemory: Hashable, Sendable {
    public var key: MemoryKey
    public var version: StreamVersion
    /// Of what was shown of it, as the model counts them; nil: nothing was recorded of that.
    public var tokens: Int?
    /// `tokens` was estimated.
    public var isEstimated = false

    public init(_ key: MemoryKey, version: StreamVersion, tokens: Int? = nil) {
        (self.key, self.version, self.tokens) = (key, version, tokens)
    }
}

extension SessionMessage {
    var json: JSONObject {
        var object: JSONObject = ["role": .string(role.rawValue), "content": .string(content)]
        for member in metadata.members { object.append(member.name, member.value) }
        return object
    }

    /// What is beside role and content, in the order in which it stands in events.
    var metadata: JSONObject {
        var object = JSONObject()
        object.append("tokens", JSONValue(tokens ?? 0))
        if isEstimated { object.append("estimated", true) }
        if !toolCalls.isEmpty { object.append("tool_calls", .array(toolCalls)) }
        if let toolCallID { object.append("tool_call_id", .string(toolCallID)) }
        if let context { object.append("context", .object(context.json)) }
        return object
    }

    init(_ data: EventData) throws {
        let name = try data.text("role")
        guard let role = Role(rawValue: name) else { throw EventDataError("there is no role \(name)") }
        self.init(role, try data.text("content"))
        try read(data)
    }

    /// What `metadata` says.
    mutating func read(_ data: EventData) throws {
        tokens = try data.tokens("tokens")
        isEstimated = data.flag("estimated")
        if data.optional("tool_calls") != nil { toolCalls = try data.array("tool_calls") }
        toolCallID = try data.optionalText("tool_call_id")
        if data.optional("context") != nil { context = try SeenContext(data.data("context")) }
    }
}

extension SeenContext {
    var json: JSONObject {
        var object: JSONObject = ["position": JSONValue(position), "budget": JSONValue(budget)]
        if !memories.isEmpty {
            object.append("memories", .array(memories.map(\.json)))
        }
        if isOfAnotherLedger { object.append("of_another_ledger", true) }
        return object
    }

    init(_ data: EventData) throws {
        position = try data.integer("position")
        budget = try data.bounded("budget", 1...SessionSettings.maximumBudget)
        memories =
            data.optional("memories") == nil
            ? []
            : try data.list("memories").map { try SeenMemory($0) }
        isOfAnotherLedger = data.flag("of_another_ledger")
    }
}

extension SeenMemory {
    fileprivate var json: JSONValue {
        var object: JSONObject = [
            "namespace": .string(key.namespace), "key": .string(key.key), "version": JSONValue(version),
        ]
        if let tokens { object.append("tokens", JSONValue(tokens)) }
        if isEstimated { object.append("estimated", true) }
        return .object(object)
    }

    fileprivate init(_ data: EventData) throws {
        self.init(
            MemoryKey(namespace: try data.text("namespace"), key: try data.text("key")),
            version: StreamVersion(try data.integer("version")))
        if data.optional("tokens") != nil { tokens = try data.tokens("tokens") }
        isEstimated = data.flag("estimated")
    }
}
