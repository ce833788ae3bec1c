import EventLog
import LedgerService
import MemoryLedger
import Testing

/// Goal: a request of a revision without a handshake stands alone, and its headers say what its body says. Method: each
/// method, and a request with one thing wrong at a time, over HTTP and over a pipe.
@Suite struct MCPStatelessTests {
    private static let meta: JSONObject = [
        MCPFixture.versionMember: "2026-07-28", MCPFixture.capabilitiesMember: [:],
        "io.modelcontextprotocol/clientInfo": ["name": "client", "version": "1"],
    ]

    @Test func aServerIsDiscovered() async throws {
        let fixture = try await MCPFixture()
        let result = try await fixture.result("server/discover", version: MCPFixture.stateless)
        #expect(result["supportedVersions"] == ["2026-07-28"])
        #expect(result["capabilities"] == ["tools": [:], "resources": [:], "prompts": [:], "completions": [:]])
        #expect(result["instructions"]?.string?.isEmpty == false)
        #expect(result["ttlMs"]?.number?.int64 ?? -1 >= 0)
        #expect(result["cacheScope"] == "public")
    }

    @Test(arguments: [
        "server/discover", "tools/list", "resources/list", "resources/templates/list", "prompts/list",
    ])
    func everyResultIsComplete(method: String) async throws {
        let fixture = try await MCPFixture()
        let result = try await fixture.result(method, version: MCPFixture.stateless)
        #expect(result["resultType"] == "complete")
        #expect(result["_meta"]?["io.modelcontextprotocol/serverInfo"]?["name"] == "memledger")
        #expect(result["ttlMs"]?.number?.int64 == 300_000 && result["cacheScope"] == "public")
        guard method != "server/discover" else { return }
        #expect(try await fixture.error(method, ["cursor": "2"], version: MCPFixture.stateless)["code"] == -32602)
    }

    @Test func whatIsReadIsPrivate() async throws {
        let fixture = try await MCPFixture()
        try await fixture.ledger.add(MemoryKey(key: "tea"), MemoryContent(summary: "Green"))
        let read = try await fixture.result(
            "resources/read", ["uri": "memory://mem/tea"], version: MCPFixture.stateless)
        #expect(read["resultType"] == "complete" && read["ttlMs"] == 0 && read["cacheScope"] == "private")
        let call = try await fixture.result(
            "tools/call", ["name": "memory_list", "arguments": [:]], version: MCPFixture.stateless)
        #expect(call["resultType"] == "complete" && call["ttlMs"] == nil && call["structuredContent"] != nil)
        let prompt = try await fixture.result(
            "prompts/get", ["name": "recall_memory", "arguments": ["key": "tea"]], version: MCPFixture.stateless)
        #expect(prompt["resultType"] == "complete" && prompt["ttlMs"] == nil)
    }

    /// What the revision has taken away, and what there never was.
    @Test(arguments: [
        "initialize", "ping", "logging/setLevel", "resources/subscribe", "subscriptions/listen", "tasks/get", "nothing",
    ])
    func aMethodThatThereIsNotIsNotFound(method: String) async throws {
        let fixture = try await MCPFixture()
        let body: JSONValue = [
            "jsonrpc": "2.0", "id": 1, "method": .string(method), "params": ["_meta": .object(Self.meta)],
        ]
        let answer = await fixture.post(
            body.description, version: MCPFixture.stateless, headers: ["mcp-method": method])
        #expect(answer.status == 404)
        #expect(try JSONParser.parse(answer.body)["error"]?["code"] == -32601)
    }

    @Test func whatIsMissingIsAWrongArgument() async throws {
        let fixture = try await MCPFixture()
        let wrong: [(String, JSONObject)] = [
            ("resources/read", ["uri": "memory://mem/never"]), ("resources/read", ["uri": "file:///etc/passwd"]),
            ("tools/call", ["name": "memory_forget_all"]), ("prompts/get", ["name": "sing"]),
            ("prompts/get", ["name": "recall_memory"]), ("tools/call", [:]), ("resources/read", [:]),
        ]
        for (method, params) in wrong {
            #expect(try await fixture.error(method, params, version: MCPFixture.stateless)["code"] == -32602)
        }
    }

    private static func request(_ method: String = "tools/list", _ params: JSONObject = ["_meta": .object(meta)])
        -> String
    {
        let body: JSONValue = ["jsonrpc": "2.0", "id": "a", "method": .string(method), "params": .object(params)]
        return body.description
    }

    @Test func headersSayWhatTheBodySays() async throws {
        let fixture = try await MCPFixture()
        let call: JSONObject = ["name": "memory_list", "arguments": [:], "_meta": .object(Self.meta)]
        let read: JSONObject = ["uri": "memory://mem/grüner tee", "_meta": .object(Self.meta)]
        // "memory_list" and "memory://mem/grüner tee" in base64, and padded otherwise than an encoder pads.
        let (list, tea) = ("=?base64?bWVtb3J5X2xpc3Q=?=", "=?base64?bWVtb3J5Oi8vbWVtL2dyw7xuZXIgdGVl?=")
        try await fixture.ledger.add(MemoryKey(key: "grüner tee"), MemoryContent(summary: "s"))
        let cases: [(String, [String: String], Int, JSONValue?)] = [
            (Self.request(), ["mcp-method": "tools/list"], 200, nil),
            (Self.request(), [:], 400, -32020),
            (Self.request(), ["mcp-method": "tools/call"], 400, -32020),
            (Self.request(), ["mcp-method": "tools/list", "mcp-protocol-version": "2025-11-25"], 400, -32020),
            (Self.request(), ["mcp-method": "tools/list", "mcp-protocol-version": ""], 400, -32020),
            (Self.request("tools/call", call), ["mcp-method": "tools/call", "mcp-name": "memory_list"], 200, nil),
            (Self.request("tools/call", call), ["mcp-method": "tools/call", "mcp-name": list], 200, nil),
            (Self.request("tools/call", call), ["mcp-method": "tools/call"], 400, -32020),
            (Self.request("tools/call", call), ["mcp-method": "tools/call", "mcp-name": "memory_get"], 400, -32020),
            (Self.request("tools/call", call), ["mcp-method": "tools/call", "mcp-name": "=?base64?%%?="], 400, -32020),
            (Self.request("tools/call", call), ["mcp-method": "tools/call", "mcp-name": "=?base64?="], 400, -32020),
            (
                Self.request("tools/call", call),
                ["mcp-method": "tools/call", "mcp-name": "=?base64?bWVtb3J5X2xpc3R=?="], 400, -32020
            ),
            (Self.request("resources/read", read), ["mcp-method": "resources/read", "mcp-name": tea], 200, nil),
        ]
        for (body, headers, status, code) in cases {
            let answer = await fixture.post(body, version: MCPFixture.stateless, headers: headers)
            let json = try JSONParser.parse(answer.body)
            #expect(answer.status == status, "\(headers): \(json)")
            #expect(json["error"]?["code"] == code, "\(headers): \(json)")
            #expect(json["id"] == "a")
        }
    }

    @Test func aRequestSaysWhatItIs() async throws {
        let fixture = try await MCPFixture()
        let capabilities: JSONObject.Member = .init(name: MCPFixture.capabilitiesMember, value: [:])
        let cases: [(JSONObject, JSONValue)] = [
            ([:], -32602), (["_meta": 7], -32602), (["_meta": [:]], -32602),
            (["_meta": [MCPFixture.versionMember: "2026-07-28"]], -32602),
            (["_meta": [MCPFixture.versionMember: "2026-07-28", MCPFixture.capabilitiesMember: 7]], -32602),
            (["_meta": .object(JSONObject([capabilities]))], -32602),
            (["_meta": [MCPFixture.versionMember: 20_260_728, MCPFixture.capabilitiesMember: [:]]], -32602),
        ]
        for (params, code) in cases {
            let answer = await fixture.post(
                Self.request("tools/list", params), version: MCPFixture.stateless, headers: ["mcp-method": "tools/list"]
            )
            #expect(answer.status == 400, "\(JSONValue.object(params))")
            #expect(try JSONParser.parse(answer.body)["error"]?["code"] == code, "\(JSONValue.object(params))")
        }
    }

    @Test(arguments: ["2025-11-25", "2027-01-01", "1900-01-01", ""])
    func anotherVersionIsToldTheRightOnes(version: String) async throws {
        let fixture = try await MCPFixture()
        let params: JSONObject = [
            "_meta": [MCPFixture.versionMember: .string(version), MCPFixture.capabilitiesMember: [:]]
        ]
        let answer = await fixture.post(
            Self.request("tools/list", params), version: version, headers: ["mcp-method": "tools/list"])
        #expect(answer.status == 400)
        let error = try JSONParser.parse(answer.body)["error"]
        #expect(error?["code"] == -32022)
        #expect(error?["data"] == ["supported": ["2026-07-28"], "requested": .string(version)])
        // Over a pipe the body is all there is.
        let line = try #require(
            await fixture.service.answer(line: Array(Self.request("tools/list", params).utf8), by: fixture.caller))
        #expect(try JSONParser.parse(line)["error"]?["code"] == -32022)
    }

    @Test func aHeaderOfAnUnknownVersionIsRefused() async throws {
        let fixture = try await MCPFixture()
        let answer = await fixture.post(#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#, version: "1999-01-01")
        #expect(answer.status == 400)
        #expect(try JSONParser.parse(answer.body)["error"]?["code"] == -32022)
        let note = await fixture.post(#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#, version: "1999-01-01")
        #expect(note.status == 400)
    }

    /// Both eras at one endpoint, one after the other.
    @Test func eachRequestChoosesItsEra() async throws {
        let fixture = try await MCPFixture()
        for version in MCPFixture.handshakes + [MCPFixture.stateless] + MCPFixture.handshakes {
            let result = try await fixture.result("tools/list", version: version)
            #expect((result["resultType"] != nil) == (version == MCPFixture.stateless))
        }
    }

    /// Nothing proves who a client is, so it cannot pass for another actor.
    @Test func whoActsIsTheClientIfNothingElseSaysSo() async throws {
        let fixture = try await MCPFixture(actor: nil)
        try await fixture.ledger.add(MemoryKey(key: "a"), MemoryContent())
        try await fixture.ledger.add(MemoryKey(key: "b"), MemoryContent())
        func delete(_ key: String, _ name: JSONValue) async throws {
            var meta = Self.meta
            meta["io.modelcontextprotocol/clientInfo"] = ["name": name, "version": "1"]
            let params: JSONObject = [
                "name": "memory_delete", "arguments": ["key": .string(key)], "_meta": .object(meta),
            ]
            let answer = await fixture.post(
                Self.request("tools/call", params), version: MCPFixture.stateless,
                headers: ["mcp-method": "tools/call", "mcp-name": "memory_delete"])
            #expect(answer.status == 200)
        }
        try await delete("a", "an agent\u{7}")
        try await delete("b", 7)
        let log = fixture.ledger.log
        let events = try await log.read(EventQuery()).events.filter { $0.type == "MemoryDeleted" }
        #expect(events.map(\.attribution.actor) == ["mcp:an agent", nil])
    }
}
