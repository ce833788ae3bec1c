import EventLog
import LedgerOperations
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
        "ping", "logging/setLevel", "resources/subscribe", "subscriptions/listen", "tasks/get", "nothing",
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

    /// A client that falls back to the handshake may still send what it sent before.
    @Test(arguments: [nil, "2026-07-28", "2025-11-25", "2025-06-18", "1999-01-01"])
    func aHandshakeIsOneWhateverElseItSays(
        header: String?
    ) async throws {
        let fixture = try await MCPFixture()
        for meta: JSONValue? in [nil, .object(Self.meta), ["io.modelcontextprotocol/protocolVersion": 7]] {
            var params: JSONObject = [
                "protocolVersion": "2025-06-18", "capabilities": [:], "clientInfo": ["name": "c", "version": "1"],
            ]
            if let meta { params.append("_meta", meta) }
            let body = Self.request("initialize", params)
            let answer = await fixture.post(body, version: header)
            #expect(answer.status == 200)
            let result = try #require(try JSONParser.parse(answer.body)["result"])
            #expect(result["protocolVersion"] == "2025-06-18" && result["resultType"] == nil)
            let line = try #require(await fixture.service.answer(line: Array(body.utf8), by: fixture.caller))
            #expect(try JSONParser.parse(line)["result"] == result)
            let wrong = await fixture.post(Self.request("initialize", [:]), version: header)
            #expect(try JSONParser.parse(wrong.body)["error"]?["code"] == -32602 && wrong.status == 200)
        }
    }

    /// Wherever versions are listed, they are those that a request may name.
    @Test func oneListOfVersionsIsTold() async throws {
        let fixture = try await MCPFixture()
        let discovered = try await fixture.result("server/discover", version: MCPFixture.stateless)["supportedVersions"]
        let note = #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#
        for (body, version) in [
            (#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#, "1999-01-01"), (note, "1999-01-01"),
            (
                Self.request(
                    "tools/list",
                    [
                        "_meta": [
                            "io.modelcontextprotocol/protocolVersion": "2025-11-25",
                            MCPFixture.capabilitiesMember: [:],
                        ]
                    ]), "2025-11-25"
            ),
        ] {
            let refused = await fixture.post(body, version: version, headers: ["mcp-method": "tools/list"])
            #expect(refused.status == 400)
            let error = try JSONParser.parse(refused.body)["error"]
            #expect(error?["code"] == -32022 && error?["data"]?["supported"] == discovered, "\(body)")
        }
        for version in discovered?.array ?? [] {
            let result = try await fixture.result("tools/list", version: version.string ?? "")
            #expect(result["resultType"] == "complete")
        }
    }

    /// What the body of a notification and its headers say, the status and the code.
    @Test func notesDoNotContradictTheirHeaders() async throws {
        let fixture = try await MCPFixture()
        let named: JSONObject = ["_meta": [MCPFixture.versionMember: "2026-07-28"]]
        let former: JSONObject = ["_meta": [MCPFixture.versionMember: "2025-11-25"]]
        let method = "notifications/initialized"
        let cases: [(JSONObject, String?, String?, Int, JSONValue?)] = [
            ([:], nil, nil, 202, nil), ([:], "2025-06-18", nil, 202, nil), ([:], "2025-06-18", "x", 202, nil),
            ([:], "2026-07-28", nil, 202, nil), ([:], "2026-07-28", method, 202, nil),
            ([:], "2026-07-28", "notifications/cancelled", 400, -32020), ([:], "2027-01-01", nil, 400, -32022),
            (named, "2026-07-28", nil, 202, nil), (named, "2026-07-28", method, 202, nil),
            (named, nil, nil, 400, -32020), (named, "2025-11-25", nil, 400, -32020),
            (named, "2026-07-28", "x", 400, -32020), (former, "2025-11-25", nil, 400, -32022),
        ]
        for (params, version, header, status, code) in cases {
            let note: JSONValue = ["jsonrpc": "2.0", "method": .string(method), "params": .object(params)]
            let headers = header.map { ["mcp-method": $0] } ?? [:]
            let answer = await fixture.post(note.description, version: version, headers: headers)
            #expect(answer.status == status, "\(note) \(version ?? "") \(header ?? "")")
            if status == 202 {
                #expect(answer.body.isEmpty)
            } else {
                let json = try JSONParser.parse(answer.body)
                #expect(json["error"]?["code"] == code && json["id"] == .null, "\(json)")
            }
        }
    }

    /// The trace that a message says it belongs to is the events' correlation; what is none is as if it were not there.
    @Test func aTraceIsTheCorrelationOfEvents() async throws {
        let fixture = try await MCPFixture()
        let trace = "0af7651916cd43dd8448eb211c80319c"
        let cases: [(JSONValue, String?)] = [
            (.string("00-\(trace)-b7ad6b7169203331-01"), trace), (.string("00-\(trace)-b7ad6b7169203331"), nil),
            (.string("ff-\(trace)-b7ad6b7169203331-01"), nil), ("", nil), (7, nil), (.null, nil),
            (.string("00-\(trace.uppercased())-b7ad6b7169203331-01"), nil),
        ]
        for (index, (value, correlation)) in cases.enumerated() {
            for (era, version) in [MCPFixture.stateless, "2025-11-25"].enumerated() {
                var meta: JSONObject = version == MCPFixture.stateless ? Self.meta : [:]
                meta.append("traceparent", value)
                let call: JSONObject = [
                    "name": "memory_add",
                    "arguments": ["key": .string("k\(index)-\(era)"), "value": ["summary": "s", "text": "t"]],
                    "_meta": .object(meta),
                ]
                let answer = await fixture.post(
                    Self.request("tools/call", call), version: version,
                    headers: ["mcp-method": "tools/call", "mcp-name": "memory_add"])
                #expect(answer.status == 200)
                let log = fixture.ledger.log
                let last = try await log.read(EventQuery(direction: .backwards, limit: 1)).events.first
                #expect(last?.attribution.correlationID == correlation, "\(value) \(version)")
            }
        }
        // It is told more closely than by the header, of which the caller's correlation is made.
        let caller = Caller(Attribution(actor: "ada", correlationID: "header"), .everything)
        for (value, correlation): (JSONValue, String) in [(cases[0].0, trace), ("none", "header")] {
            let call: JSONObject = [
                "name": "memory_delete", "arguments": ["key": correlation == trace ? "k0-0" : "k0-1"],
                "_meta": ["traceparent": value],
            ]
            _ = await fixture.post(Self.request("tools/call", call), version: "2025-11-25", by: caller)
            let log = fixture.ledger.log
            let last = try await log.read(EventQuery(direction: .backwards, limit: 1)).events.first
            #expect(last?.attribution.correlationID == correlation)
        }
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
