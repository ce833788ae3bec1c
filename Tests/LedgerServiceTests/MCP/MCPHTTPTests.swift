import EventLog
import EventLogTesting
import LedgerService
import MemoryLedger
import Testing

/// Goal: what HTTP says is what the specification says, and whatever comes gets an answer. Method: tables of requests,
/// and seeded noise.
@Suite struct MCPHTTPTests {
    private func answer(
        _ fixture: MCPFixture, _ method: String, _ path: String, headers: [String: String] = MCPFixture.headers,
        body: String = #"{"jsonrpc":"2.0","id":1,"method":"ping"}"#
    ) async -> ServiceAnswer {
        await fixture.service.answer(
            ServiceRequest(method, path, headers: headers, body: Array(body.utf8), by: fixture.caller))
    }

    @Test func healthIsOk() async throws {
        let fixture = try await MCPFixture()
        let health = await answer(fixture, "GET", "/health", headers: [:])
        #expect(health.status == 200)
        #expect(String(decoding: health.body, as: UTF8.self) == "✓ Ok")
        #expect(await answer(fixture, "POST", "/health").status == 405)
    }

    /// There is no stream to get and no session to delete; the official clients go on without.
    @Test(arguments: ["GET", "DELETE", "PUT", "PATCH", "OPTIONS", "HEAD", ""]) func onlyPostsAreTaken(method: String)
        async throws
    {
        let fixture = try await MCPFixture()
        let refused = await answer(fixture, method, "/mcp")
        #expect(refused.status == 405 && refused.headers == ["allow": "POST"] && refused.body.isEmpty)
    }

    @Test(arguments: ["/", "/mcp/", "/MCP", "/mcp/x", "", "/health/", "/login"])
    func otherPathsAreNotFound(path: String) async throws {
        let fixture = try await MCPFixture()
        for method in ["GET", "POST"] {
            let missing = await answer(fixture, method, path)
            #expect(missing.status == 404 && missing.body.isEmpty)
        }
    }

    @Test func theEndpointCanBeElsewhere() async throws {
        var options = MCPOptions()
        options.endpoint = "/agents/memory"
        let fixture = try await MCPFixture(options)
        #expect(await answer(fixture, "POST", "/agents/memory").status == 200)
        #expect(await answer(fixture, "POST", "/mcp").status == 404)
    }

    @Test(arguments: [
        ("application/json", 200), ("application/json; charset=utf-8", 200), ("APPLICATION/JSON", 200),
        (nil, 415), ("", 415), ("text/plain", 415), ("application/jsonp", 415), ("text/json", 415),
        ("application/x-www-form-urlencoded", 415),
    ])
    func theBodyIsJSON(type: String?, status: Int) async throws {
        let fixture = try await MCPFixture()
        var headers = MCPFixture.headers
        headers["content-type"] = type
        #expect(await answer(fixture, "POST", "/mcp", headers: headers).status == status)
    }

    @Test(arguments: [
        ("application/json, text/event-stream", 200), ("text/event-stream;q=0.5,application/json", 200),
        ("*/*", 200), ("application/*, text/*", 200), ("Application/JSON, Text/Event-Stream", 200),
        (nil, 406), ("", 406), ("application/json", 406), ("text/event-stream", 406), ("text/html", 406),
        ("application/json;q=0, text/event-stream", 406), ("application/json, text/event-stream; q=0.000", 406),
        ("*/*, text/event-stream;q=0", 406), ("*/*;q=0, application/json, text/event-stream", 200),
        ("application/*;q=0, application/json;q=0.1, text/*", 200), ("*/*;q=0", 406),
        ("application/json;charset=utf-8;Q=0,text/event-stream", 406), ("application/json;q=x, text/event-stream", 200),
    ])
    func aClientTakesBothKindsOfAnswer(accept: String?, status: Int) async throws {
        let fixture = try await MCPFixture()
        var headers = MCPFixture.headers
        headers["accept"] = accept
        let answered = await answer(fixture, "POST", "/mcp", headers: headers)
        #expect(answered.status == status)
        if status == 406 { #expect(try JSONParser.parse(answered.body)["error"]?["code"] == -32600) }
    }

    @Test(arguments: [nil, "2025-03-26", "2025-11-25", "2026-07-28"]) func notesAreTaken(version: String?) async throws
    {
        let fixture = try await MCPFixture()
        for method in ["notifications/initialized", "notifications/cancelled", "notifications/nothing"] {
            let answer = await fixture.post(
                #"{"jsonrpc":"2.0","method":"\#(method)","params":{"requestId":1}}"#, version: version)
            #expect(answer.status == 202 && answer.body.isEmpty)
        }
        let answered = await fixture.post(#"{"jsonrpc":"2.0","id":1,"result":{}}"#, version: version)
        #expect(answered.status == (version == MCPFixture.stateless ? 400 : 202))
    }

    /// What comes, the code of the answer, and the id that it has.
    static let malformed: [(String, JSONValue, JSONValue)] = [
        ("", -32700, .null), ("{", -32700, .null), ("nonsense", -32700, .null), ("{\"a\":1}}", -32700, .null),
        (#"{'jsonrpc':'2.0'}"#, -32700, .null), ("\u{feff}{}", -32700, .null), ("{\"a\":01}", -32700, .null),
        (String(repeating: "[", count: 100_000), -32700, .null),
        ("7", -32600, .null), ("null", -32600, .null), ("\"ping\"", -32600, .null), ("{}", -32600, .null),
        (#"{"jsonrpc":"2.0"}"#, -32600, .null), (#"{"jsonrpc":"2.0","id":1}"#, -32600, 1),
        (#"{"id":1,"method":"ping"}"#, -32600, 1), (#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#, -32600, 1),
        (#"{"jsonrpc":2.0,"id":1,"method":"ping"}"#, -32600, 1), (#"{"jsonrpc":"2.0","id":1,"method":7}"#, -32600, 1),
        (#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, -32600, .null),
        (#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#, -32600, .null),
        (#"{"jsonrpc":"2.0","id":1e3,"method":"ping"}"#, -32600, .null),
        (#"{"jsonrpc":"2.0","id":true,"method":"ping"}"#, -32600, .null),
        (#"{"jsonrpc":"2.0","id":{},"method":"ping"}"#, -32600, .null),
        (#"{"jsonrpc":"2.0","id":[1],"method":"ping"}"#, -32600, .null),
        (#"{"jsonrpc":"2.0","id":"\#(String(repeating: "x", count: 1_025))","method":"ping"}"#, -32600, .null),
        (#"{"jsonrpc":"2.0","id":1,"method":"ping","params":[1]}"#, -32602, 1),
        (#"{"jsonrpc":"2.0","id":1,"method":"ping","params":7}"#, -32602, 1),
        (#"{"jsonrpc":"2.0","id":1,"method":"ping","params":null}"#, -32602, 1),
    ]

    @Test(arguments: malformed) func whatIsNoMessageIsRefused(body: String, code: JSONValue, id: JSONValue) async throws
    {
        let fixture = try await MCPFixture()
        let refused = await fixture.post(body)
        #expect(refused.status == 400)
        let json = try JSONParser.parse(refused.body)
        #expect(json["error"]?["code"] == code && json["id"] == id, "\(json)")
        let line = body.replacing("\n", with: " ")
        guard !line.isEmpty else { return }
        let answer = try #require(await fixture.service.answer(line: Array(line.utf8), by: fixture.caller))
        #expect(try JSONParser.parse(answer) == json)
    }

    @Test func bytesThatAreNoTextAreRefused() async throws {
        let fixture = try await MCPFixture()
        let body = Array(#"{"jsonrpc":"2.0","id":1,"method":""#.utf8) + [0xc3, 0x28] + Array(#""}"#.utf8)
        let answer = await fixture.service.answer(
            ServiceRequest("POST", "/mcp", headers: MCPFixture.headers, body: body, by: fixture.caller))
        #expect(answer.status == 400)
        #expect(try JSONParser.parse(answer.body)["error"]?["code"] == -32700)
    }

    /// Texts are cut by programs that count in halves of characters.
    @Test func aHalfCharacterIsReplaced() async throws {
        let fixture = try await MCPFixture()
        let call = """
            {"jsonrpc":"2.0","id":"\\ud83d","method":"tools/call","params":{"name":"memory_add","arguments":
            {"key":"tea","value":{"summary":"cut \\ud83d","text":""}}}}
            """
        let answer = await fixture.post(call)
        #expect(answer.status == 200)
        #expect(try JSONParser.parse(answer.body)["id"] == "\u{fffd}")
        #expect(try await fixture.ledger.get(MemoryKey(key: "tea"))?.content.summary == "cut \u{fffd}")
    }

    /// Ids come back as they were written, and of a repeated member the last one counts.
    @Test(arguments: ["0", "-7", "9007199254740993", "123456789012345678901234567890", "\"\"", "\"1\"", "\"é\\u0000\""])
    func idsComeBackAsTheyWere(id: String) async throws {
        let fixture = try await MCPFixture()
        let answer = await fixture.post(#"{"jsonrpc":"2.0","id":"first","method":"ping","id":\#(id)}"#)
        #expect(answer.status == 200)
        #expect(try JSONParser.parse(answer.body)["id"] == JSONValue(parsing: id))
    }

    /// Requests with one thing changed at random: each has an answer, which is JSON or empty.
    @Test(arguments: 0..<20) func noiseIsAnswered(seed: UInt64) async throws {
        let fixture = try await MCPFixture()
        var random = SeededRandom(seed)
        let calls = Self.calls.map { Array($0.utf8) }
        for _ in 0..<100 {
            var body = calls[Int(random.next() % UInt64(calls.count))]
            for _ in 0..<(random.next() % 4) {
                let place = Int(random.next() % UInt64(body.count))
                switch random.next() % 4 {
                case 0: body[place] = UInt8(truncatingIfNeeded: random.next())
                case 1: body.remove(at: place)
                case 2: body.insert(UInt8(truncatingIfNeeded: random.next()), at: place)
                default: body.swapAt(place, Int(random.next() % UInt64(body.count)))
                }
            }
            let version = [nil, "2025-06-18", "2026-07-28", "x"][Int(random.next() % 4)]
            var headers = MCPFixture.headers
            headers["mcp-protocol-version"] = version
            if random.next() % 2 == 0 { headers["mcp-method"] = "tools/call" }
            let answer = await fixture.service.answer(
                ServiceRequest("POST", "/mcp", headers: headers, body: body, by: fixture.caller))
            #expect([200, 202, 400, 404].contains(answer.status))
            if answer.status != 202 { _ = try JSONParser.parse(answer.body) }
            if let line = await fixture.service.answer(line: body, by: fixture.caller) {
                #expect(!line.contains(UInt8(ascii: "\n")))
                _ = try JSONParser.parse(line)
            }
        }
    }

    private static let calls = [
        #"{"jsonrpc":"2.0","id":1,"method":"ping"}"#,
        #"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":null}}"#,
        #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"memory_add","arguments":{"key":"k","value":{"summary":"s","text":"t","links":[{"type":"bug","term":"x","weight":0.5}]}}}}"#,
        #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"memory_list","arguments":{"limit":10,"at":"1"}}}"#,
        #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"memory_undo","arguments":{"events":["1",2],"apply":true}}}"#,
        #"{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"memory://mem/a%20b/c"}}"#,
        #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"memory_get","arguments":{"key":"k"},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}"#,
        #"[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","method":"notifications/cancelled"}]"#,
    ]
}
