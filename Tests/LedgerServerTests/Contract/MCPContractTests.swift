import LedgerService
import MemoryLedger
import Testing

/// Goal: agents that know the old program's tools notice nothing. Method: every row of its contract by default and as
/// each of its versions: by the service alone, and by the real program over HTTP and over a pipe.
@Suite struct MCPContractTests {
    private static let versions: [CompatibleService.Version?] = [nil, .one, .two]

    private static func options(_ version: CompatibleService.Version?) -> [String] {
        switch version {
        case nil: []
        case .one: ["--compat", "1"]
        case .two: ["--compat", "2"]
        }
    }

    @Test(arguments: versions) func theServiceAnswersSo(version: CompatibleService.Version?) async throws {
        #expect(Set(MCPContract.all.map(\.name)).count == MCPContract.all.count)
        try await Self.run(on: MCPInProcess(version), version)
    }

    @Test(arguments: versions) func theProgramAnswersSoOverHTTP(version: CompatibleService.Version?) async throws {
        let server = try await RunningServer(Self.options(version))
        try await Self.run(on: MCPOverSocket(connection: server.connect(mcp: true)), version)
        try await server.stop()
    }

    @Test(arguments: versions) func theProgramAnswersSoOverAPipe(version: CompatibleService.Version?) async throws {
        let pipe = try await MCPOverPipe(Self.options(version))
        try await Self.run(on: pipe, version)
        try await pipe.stop()
    }

    private static func run(on transport: any MCPTransport, _ version: CompatibleService.Version?) async throws {
        try await checkHandshake(transport, version)
        try await checkLists(transport, version)
        try await checkPrompts(transport, version)
        for row in MCPContract.all where row.versions.contains(version) {
            let session = try await openSession(row.name, transport, version)
            for step in row.steps { try await check(step, session, row, transport, version) }
        }
    }

    private static func send(
        _ method: String, _ params: JSONValue, _ transport: any MCPTransport, id: JSONValue = 1
    ) async throws -> JSONValue {
        let answer = try await transport.send(
            ["jsonrpc": "2.0", "id": id, "method": .string(method), "params": params])
        #expect(answer["jsonrpc"] == "2.0" && answer["id"] == id, "\(method): \(answer)")
        return answer
    }

    /// The bare id, or by version two an object in compact JSON.
    private static func openSession(
        _ namespace: String, _ transport: any MCPTransport, _ version: CompatibleService.Version?
    ) async throws -> String {
        let params: JSONValue = ["name": "session_new", "arguments": ["namespace": .string(namespace)]]
        let answer = try await send("tools/call", params, transport)
        let text = try #require(answer["result"]?["content"]?.array?.first?["text"]?.string, "\(answer)")
        let id = version == .two ? try JSONValue(parsing: text)["data"]?["sessionKey"]?.string ?? "" : text
        #expect(id.wholeMatch(of: /[0-9a-f]{32}/) != nil, "\(text)")
        let object = #"{"success":true,"data":{"sessionKey":"\#(id)","namespace":"\#(namespace)"}}"#
        #expect(text == (version == .two ? object : id))
        return id
    }

    private static func check(
        _ step: MCPContractStep, _ session: String, _ row: MCPContractCase, _ transport: any MCPTransport,
        _ version: CompatibleService.Version?
    ) async throws {
        let params = try JSONValue(parsing: step.params.replacing("$S", with: session))
        let answer = try await send(step.method, params, transport, id: .string(row.name))
        let words = "\(row.name) \(String(describing: version)) \(step.params): \(answer)"
        let result = answer["result"]
        switch step.answer {
        case .text(let text):
            #expect(result?["content"]?.array?.count == 1 && result?["isError"] == nil, "\(words)")
            #expect(result?["content"]?.array?.first?["type"] == "text", "\(words)")
            let found = result?["content"]?.array?.first?["text"]?.string
            if text.contains(RelevanceText.mark) {
                #expect(found.flatMap { RelevanceText($0, as: text) }?.isFalling == true, "\(words)")
            } else {
                #expect(found == text, "\(words)")
            }
        case .error(let code, let message):
            #expect(answer["error"]?["code"] == JSONValue(code), "\(words)")
            #expect(answer["error"]?["message"]?.string?.hasPrefix(message) == true, "\(words)")
        case .result(let text): #expect(result?.description == text, "\(words)")
        case .resource(let text, let uri):
            let contents = try #require(result?["contents"]?.array, "\(words)")
            #expect(contents.count == 1 && contents[0]["uri"]?.string == uri, "\(words)")
            #expect(contents[0]["mimeType"] == "application/json" && contents[0]["text"]?.string == text, "\(words)")
        }
    }

    // MARK: What there is

    private static func checkHandshake(
        _ transport: any MCPTransport, _ version: CompatibleService.Version?
    ) async throws {
        for (asked, agreed) in [
            ("2024-11-05", "2024-11-05"), ("2025-03-26", "2025-03-26"), ("2025-06-18", "2025-06-18"),
            ("1999-01-01", "2025-11-25"), ("2025-11-25", "2025-11-25"),
        ] {
            let params: JSONValue = [
                "protocolVersion": .string(asked), "capabilities": [:],
                "clientInfo": ["name": "client", "version": "1"],
            ]
            let result = try await send("initialize", params, transport)["result"]
            #expect(result?["protocolVersion"]?.string == agreed)
            #expect(result?["serverInfo"]?["name"] == (version == nil ? "memledger" : "kvdb-mem"))
            #expect(
                result?["capabilities"]?.object?.members.map(\.name) == [
                    "tools", "resources", "prompts", "logging", "completions",
                ])
        }
    }

    private static let tools = ["session_new", "memory_add", "memory_get", "memory_update", "memory_rename"]
    private static let today = ["memory_delete", "memory_list", "memory_history", "memory_as_of", "memory_undo"]
    /// They come with search.
    private static let searching: Set<String> = ["memory_search", "memory_fulltext_search", "bulk_read_memory"]

    /// The arguments of the old tools, and those of them that are required.
    private static func properties(_ version: CompatibleService.Version) -> [(all: Set<String>, required: Set<String>)]
    {
        let (links, sort): (Set<String>, Set<String>) = version == .two ? (["links"], ["sortLinks"]) : ([], [])
        let every: Set<String> = ["session", "output_format"]
        return [
            (["namespace"], []), (every.union(["key", "value"]).union(links), ["key", "value"]),
            (every.union(["key"]).union(sort), ["key"]),
            (every.union(["key", "value"]).union(links), ["key", "value"]),
            (every.union(["old_key", "new_key"]), ["old_key", "new_key"]),
        ]
    }

    private static func checkLists(_ transport: any MCPTransport, _ version: CompatibleService.Version?) async throws {
        let all = try #require(try await send("tools/list", [:], transport)["result"]?["tools"]?.array)
        let listed = all.filter { !searching.contains($0["name"]?.string ?? "") }
        #expect(listed.map { $0["name"]?.string } == tools + (version == nil ? today : []))
        if let version {
            for (tool, expected) in zip(listed, properties(version)) {
                let schema = try #require(tool["inputSchema"])
                #expect(schema["$schema"] == "http://json-schema.org/draft-07/schema#")
                #expect(schema["type"] == "object" && schema["additionalProperties"] == false)
                #expect(Set(schema["properties"]?.object?.members.map(\.name) ?? []) == expected.all, "\(tool)")
                #expect(Set((schema["required"]?.array ?? []).compactMap(\.string)) == expected.required, "\(tool)")
                // Nothing that the old program did not say.
                #expect(tool.object?.members.map(\.name) == ["name", "description", "inputSchema"])
            }
            let format = listed.last?["inputSchema"]?["properties"]?["output_format"]
            #expect(format?["default"] == "toon" && format?["enum"] == ["json", "toon"])
            #expect(listed.first?["inputSchema"]?["properties"]?["namespace"]?["default"] == "mem")
        }
        let templates = try await send("resources/templates/list", [:], transport)["result"]
        let template = templates?["resourceTemplates"]?.array
        #expect(template?.count == 1 && template?[0]["uriTemplate"] == "memory://{namespace}/{key}")
        #expect(template?[0]["name"] == "KVDB Memory" && template?[0]["mimeType"] == "application/json")
    }

    private static func checkPrompts(_ transport: any MCPTransport, _ version: CompatibleService.Version?) async throws
    {
        let expected =
            [("capture_memory", "key"), ("recall_memory", "key")]
            + (version == .two ? [("memory_init", "name")] : [])
        let prompts = try #require(try await send("prompts/list", [:], transport)["result"]?["prompts"]?.array)
        #expect(prompts.map { $0["name"]?.string } == expected.map(\.0))
        for (prompt, (name, argument)) in zip(prompts, expected) {
            let arguments = prompt["arguments"]?.array
            #expect(arguments?.count == 1 && arguments?[0]["name"]?.string == argument)
            #expect(arguments?[0]["required"] == true)
            let got = try await send(
                "prompts/get", ["name": .string(name), "arguments": [argument: "Nova:x"]], transport)
            let messages = try #require(got["result"]?["messages"]?.array, "\(got)")
            #expect(messages.count == 1 && messages[0]["role"] == "user" && messages[0]["content"]?["type"] == "text")
            #expect(messages[0]["content"]?["text"]?.string?.contains("Nova:x") == true)
        }
    }

    // MARK: Over HTTP only

    /// What a client of streamable HTTP may send wrongly. Sessions of the protocol are neither given nor missed.
    @Test(arguments: versions) func theTransportAnswersSo(version: CompatibleService.Version?) async throws {
        let server = try await RunningServer(Self.options(version))
        let ping = #"{"jsonrpc":"2.0","id":1,"method":"ping"}"#
        func status(_ method: String, _ path: String, _ changed: [String: String]) async throws -> Int {
            var headers = MCPMessage.headers
            headers.merge(changed) { $1 }
            return try await server.request(method, path, method == "POST" ? ping : "", headers: headers, mcp: true)
                .status
        }
        #expect(try await status("POST", "/mcp", [:]) == 200)
        #expect(try await status("POST", "/mcp", ["Mcp-Session-Id": "none"]) == 200)
        #expect(try await status("POST", "/mcp", ["Accept": "application/json"]) == 406)
        #expect(try await status("POST", "/mcp", ["Accept": "text/event-stream"]) == 406)
        #expect(try await status("POST", "/mcp", ["Content-Type": "text/plain"]) == 415)
        #expect(try await status("GET", "/mcp", [:]) == 405)
        #expect(try await status("DELETE", "/mcp", [:]) == 405)
        #expect(try await status("POST", "/mcp/", [:]) == 404)
        #expect(try await status("POST", "/mcp", ["Origin": "https://evil.example"]) == 403)
        let health = try await server.request("GET", "/health", mcp: true)
        #expect(health.status == 200 && health.text == "✓ Ok")
        try await server.stop()
    }

    /// HTTP and the protocol have one set of sessions.
    @Test(arguments: versions) func sessionsAreOfBoth(version: CompatibleService.Version?) async throws {
        let server = try await RunningServer(Self.options(version))
        let transport = MCPOverSocket(connection: try await server.connect(mcp: true))
        let login = try await server.login("one place")
        let session = try await Self.openSession("one place", transport, version)
        #expect(login != session)
        let value: JSONValue = ["summary": "s", "text": "t"]
        let added = try await server.post("/add_memory", ["session": .string(session), "key": "a", "value": value])
        #expect(added == ["success": true])
        let got = try await transport.send(
            MCPMessage.call("memory_get", ["key": "a", "session": .string(login), "output_format": "json"]))
        let text = got["result"]?["content"]?.array?.first?["text"]?.string ?? ""
        #expect(try JSONValue(parsing: text)["data"]?["summary"] == "s")
        try await server.stop()
    }
}
