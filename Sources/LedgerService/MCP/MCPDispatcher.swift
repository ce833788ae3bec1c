import EventLog
import LedgerOperations
import MemoryLedger

/// What each method answers.
struct MCPDispatcher: Sendable {
    let tools: MCPToolBox

    /// - Throws: `MCPError`, `CancellationError`.
    func result(_ request: JSONRPCRequest, in context: MCPContext) async throws -> JSONValue {
        let params = request.params
        if Self.lists.contains(request.method), params["cursor"]?.isNull == false {
            throw MCPError.invalidParameters("The list has one page; there is no such cursor.")
        }
        let isStateless = context.version.isStateless
        var hint: MCPCacheHint?
        let result: JSONObject
        switch request.method {
        case "initialize" where !isStateless: result = try initialize(params, context)
        case "ping" where !isStateless: result = [:]
        case "logging/setLevel" where !isStateless: result = try setLevel(params)
        case "server/discover" where isStateless: (result, hint) = (discover(context), .lists)
        case "tools/list": (result, hint) = (["tools": tools.list], .lists)
        case "tools/call": result = try await call(params, context)
        case "resources/list": (result, hint) = (["resources": []], .lists)
        case "resources/templates/list":
            (result, hint) = (
                MCPResources.templates(isCompatible: context.isCompatible).object ?? [:], .lists
            )
        case "resources/read": (result, hint) = (try await read(params, context), .memory)
        case "prompts/list":
            let prompts = MCPPrompt.all(context.options.compatibility)
            (result, hint) = (
                ["prompts": .array(prompts.map { $0.json(isCompatible: context.isCompatible) })], .lists
            )
        case "prompts/get": result = try prompt(params, context)
        case "completion/complete": result = try MCPCompletion.values(params, in: context)
        default: throw MCPError.methodNotFound(request.method)
        }
        return .object(isStateless ? complete(result, hint, context) : result)
    }

    /// What takes a cursor.
    private static let lists: Set = ["tools/list", "resources/list", "resources/templates/list", "prompts/list"]

    /// What each result of the stateless revisions has.
    private func complete(_ result: JSONObject, _ hint: MCPCacheHint?, _ context: MCPContext) -> JSONObject {
        var complete: JSONObject = ["resultType": "complete"]
        for member in result.members { complete.append(member.name, member.value) }
        if let hint {
            complete.append("ttlMs", JSONValue(hint.milliseconds))
            complete.append("cacheScope", .string(hint.scope))
        }
        complete.append("_meta", [MCPMetaName.serverInfo: Self.serverInfo(context)])
        return complete
    }

    // MARK: What the server is

    private static func serverInfo(_ context: MCPContext) -> JSONValue {
        context.isCompatible
            ? ["name": "kvdb-mem", "version": .string(memoryLedgerVersion)]
            : ["name": "memledger", "title": "MemoryLedger", "version": .string(memoryLedgerVersion)]
    }

    private static func capabilities(_ context: MCPContext) -> JSONValue {
        var object: JSONObject = ["tools": [:], "resources": [:], "prompts": [:]]
        // Without a handshake there is no level to set.
        if !context.version.isStateless { object.append("logging", [:]) }
        object.append("completions", [:])
        return .object(object)
    }

    private static let instructions =
        "Long-term memory: each memory has a key, a summary and a text, and links to others. Read with memory_get, write "
        + "with memory_add and memory_update. Nothing is ever lost: memory_history shows each change, memory_as_of the "
        + "past, and memory_undo takes changes back."
    private static let compatibleInstructions =
        "Memories under keys, which links join as a person's memories are joined."

    private static func instructions(_ context: MCPContext) -> JSONValue {
        .string(context.isCompatible ? compatibleInstructions : instructions)
    }

    private func initialize(_ params: JSONObject, _ context: MCPContext) throws -> JSONObject {
        guard let asked = params["protocolVersion"]?.string else {
            throw MCPError.invalidParameters("`protocolVersion` is a string.")
        }
        let known = MCPVersion(rawValue: asked).flatMap { $0.isStateless ? nil : $0 }
        return [
            "protocolVersion": .string((known ?? .newestWithHandshake).rawValue),
            "capabilities": Self.capabilities(context), "serverInfo": Self.serverInfo(context),
            "instructions": Self.instructions(context),
        ]
    }

    private func discover(_ context: MCPContext) -> JSONObject {
        [
            "supportedVersions": .array(MCPVersion.stateless.map { .string($0.rawValue) }),
            "capabilities": Self.capabilities(context), "instructions": Self.instructions(context),
        ]
    }

    private static let levels = [
        "debug", "info", "notice", "warning", "error", "critical", "alert", "emergency",
    ]

    /// No message is ever sent, so every level is honoured.
    private func setLevel(_ params: JSONObject) throws -> JSONObject {
        guard let level = params["level"]?.string, Self.levels.contains(level) else {
            throw MCPError.invalidParameters("`level` is one of \(Self.levels.joined(separator: ", ")).")
        }
        return [:]
    }

    // MARK: What it does

    private func call(_ params: JSONObject, _ context: MCPContext) async throws -> JSONObject {
        guard let name = params["name"]?.string else { throw MCPError.invalidParameters("`name` is a string.") }
        guard let tool = tools[name] else { throw Self.unknown("tool", name, context) }
        return try await tool.call(params["arguments"], in: context).json
    }

    private func read(_ params: JSONObject, _ context: MCPContext) async throws -> JSONObject {
        guard let uri = params["uri"]?.string else { throw MCPError.invalidParameters("`uri` is a string.") }
        return try await MCPResources.read(uri, in: context)
    }

    private func prompt(_ params: JSONObject, _ context: MCPContext) throws -> JSONObject {
        guard let name = params["name"]?.string else { throw MCPError.invalidParameters("`name` is a string.") }
        let prompts = MCPPrompt.all(context.options.compatibility)
        guard let prompt = prompts.first(where: { $0.name.hasSameBytes(as: name) }) else {
            throw Self.unknown("prompt", name, context)
        }
        guard let value = params["arguments"]?[prompt.argument]?.string else {
            let message = "Prompt '\(name)' requires argument '\(prompt.argument)': \(prompt.argumentHelp)"
            throw context.version.isStateless
                ? MCPError.invalidParameters(message) : .worded(MCPError.invalidRequestCode, message)
        }
        return prompt.messages(value).object ?? [:]
    }

    /// The revisions without a handshake say which code it is; before, it is the old program's.
    private static func unknown(_ what: String, _ name: String, _ context: MCPContext) -> MCPError {
        let message = "Unknown \(what): \(EchoedText.of(name))"
        return context.version.isStateless
            ? .invalidParameters(message) : .worded(MCPError.methodNotFoundCode, message)
    }
}

/// How long a client may keep an answer, and for whom.
struct MCPCacheHint: Sendable {
    let milliseconds: Int
    let scope: String

    /// They stay as long as the server runs, and are the same for all; another start may bring other ones.
    static let lists = MCPCacheHint(milliseconds: 300_000, scope: "public")
    static let memory = MCPCacheHint(milliseconds: 0, scope: "private")
}

/// Members of `_meta` that are the protocol's.
enum MCPMetaName {
    static let version = "io.modelcontextprotocol/protocolVersion"
    static let clientInfo = "io.modelcontextprotocol/clientInfo"
    static let clientCapabilities = "io.modelcontextprotocol/clientCapabilities"
    static let serverInfo = "io.modelcontextprotocol/serverInfo"
    /// Of W3C Trace Context, and so without a prefix.
    static let traceParent = "traceparent"
}
