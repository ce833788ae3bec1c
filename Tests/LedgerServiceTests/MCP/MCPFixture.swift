import EventLog
import EventLogTesting
import LedgerOperations
import LedgerService
import MemoryLedger
import Synchronization
import Testing

/// A service of the protocol on a ledger in memory, and what a client does with it.
final class MCPFixture: Sendable {
    let ledger: MemoryLedger
    let service: MCPService
    let caller: Caller

    static let versionMember = "io.modelcontextprotocol/protocolVersion"
    static let capabilitiesMember = "io.modelcontextprotocol/clientCapabilities"
    static let handshakes = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"]
    static let stateless = "2026-07-28"

    init(
        _ options: MCPOptions = MCPOptions(), grant: AccessGrant = .everything, actor: String? = "ada",
        ledger given: MemoryLedgerOptions = MemoryLedgerOptions()
    ) async throws {
        ledger = try await MemoryLedger.inMemory(options: given)
        service = try MCPService(ledger, sessions: KVSessions(clock: ledger.options.clock), options: options)
        caller = Caller(Attribution(actor: actor), grant)
    }

    /// Of what tools answer.
    private let schemas = Mutex<[String: JSONValue]?>(nil)

    private func schema(_ tool: String) async throws -> JSONValue? {
        if let known = schemas.withLock({ $0 }) { return known[tool] }
        let tools = try await result("tools/list")["tools"]?.array ?? []
        let pairs = tools.compactMap { tool in tool["name"]?.string.map { ($0, tool["outputSchema"]) } }
        let read = pairs.reduce(into: [String: JSONValue]()) { $0[$1.0] = $1.1 }
        schemas.withLock { $0 = read }
        return read[tool]
    }

    /// Another service on the same ledger, for another caller.
    func caller(_ grant: AccessGrant) -> Caller { Caller(Attribution(actor: "bob"), grant) }

    static let headers = [
        "content-type": "application/json", "accept": "application/json, text/event-stream",
    ]

    /// Posts a body as it is.
    func post(
        _ body: String, version: String? = nil, headers: [String: String] = [:], by caller: Caller? = nil
    ) async -> ServiceAnswer {
        var all = Self.headers
        if let version { all["mcp-protocol-version"] = version }
        all.merge(headers) { $1 }
        return await service.answer(
            ServiceRequest("POST", "/mcp", headers: all, body: Array(body.utf8), by: caller ?? self.caller))
    }

    /// Posts a request, and gets the answer of the protocol.
    func request(
        _ method: String, _ params: JSONObject = [:], version: String = "2025-11-25", by caller: Caller? = nil
    ) async throws -> JSONObject {
        var params = params
        var headers: [String: String] = [:]
        if version == Self.stateless {
            params.append("_meta", [Self.versionMember: .string(version), Self.capabilitiesMember: [:]])
            headers["mcp-method"] = method
            headers["mcp-name"] = (params["name"] ?? params["uri"])?.string
        }
        let body: JSONValue = ["jsonrpc": "2.0", "id": 1, "method": .string(method), "params": .object(params)]
        let answer = await post(body.description, version: version, headers: headers, by: caller)
        let json = try JSONParser.parse(answer.body)
        #expect(answer.headers["content-type"] == "application/json")
        #expect(json["id"] == 1 && json["jsonrpc"] == "2.0")
        return try #require(json.object)
    }

    func result(
        _ method: String, _ params: JSONObject = [:], version: String = "2025-11-25", by caller: Caller? = nil
    ) async throws -> JSONObject {
        let answer = try await request(method, params, version: version, by: caller)
        return try #require(answer["result"]?.object, "\(JSONValue.object(answer))")
    }

    func error(
        _ method: String, _ params: JSONObject = [:], version: String = "2025-11-25", by caller: Caller? = nil
    ) async throws -> JSONObject {
        let answer = try await request(method, params, version: version, by: caller)
        return try #require(answer["error"]?.object, "\(JSONValue.object(answer))")
    }

    /// Calls a tool.
    func call(_ tool: String, _ arguments: JSONObject = [:], by caller: Caller? = nil) async throws -> ToolAnswer {
        let params: JSONObject = ["name": .string(tool), "arguments": .object(arguments)]
        let answer = try ToolAnswer(try await result("tools/call", params, by: caller))
        if let structured = answer.structured, let schema = try await schema(tool) {
            #expect(
                SchemaCheck.faults(structured, schema).isEmpty, "\(tool): \(SchemaCheck.faults(structured, schema))")
        }
        return answer
    }

    /// Calls a tool of another service, as over a pipe.
    static func call(
        _ service: MCPService, _ tool: String, _ arguments: JSONObject, by caller: Caller
    ) async throws -> ToolAnswer {
        let json: JSONValue = [
            "jsonrpc": "2.0", "id": 1, "method": "tools/call",
            "params": ["name": .string(tool), "arguments": .object(arguments)],
        ]
        let line = await service.answer(line: json.compactBytes, by: caller)
        let answer = try JSONParser.parse(line ?? [])
        return try ToolAnswer(try #require(answer["result"]?.object))
    }

    /// Calls a tool that must not fail, and gets its document.
    @discardableResult
    func document(_ tool: String, _ arguments: JSONObject = [:], by caller: Caller? = nil) async throws -> JSONObject {
        let answer = try await call(tool, arguments, by: caller)
        #expect(!answer.isError, "\(tool): \(answer.text)")
        let document = try #require(answer.structured)
        #expect(try JSONValue(parsing: answer.text) == document)
        return try #require(document.object)
    }
}

/// What a tool has answered.
struct ToolAnswer {
    let text: String
    let structured: JSONValue?
    let isError: Bool
    /// What is said behind the answer.
    let notices: [String]

    init(_ result: JSONObject) throws {
        let content = try #require(result["content"]?.array)
        #expect(!content.isEmpty && content.allSatisfy { $0["type"] == "text" })
        notices = content.dropFirst().compactMap { $0["text"]?.string }
        text = try #require(content[0]["text"]?.string)
        structured = result["structuredContent"]
        isError = result["isError"]?.bool ?? false
    }
}
