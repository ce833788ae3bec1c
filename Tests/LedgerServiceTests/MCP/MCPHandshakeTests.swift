import EventLog
import LedgerOperations
import LedgerService
import MemoryLedger
import Testing

/// Goal: a client of any revision with a handshake gets what that revision says. Method: the handshake and each method
/// of those revisions over HTTP, for every version.
@Suite struct MCPHandshakeTests {
    private static func initialize(_ version: String) -> JSONObject {
        [
            "protocolVersion": .string(version), "capabilities": [:],
            "clientInfo": ["name": "client", "version": "1"],
        ]
    }

    @Test(arguments: MCPFixture.handshakes) func aKnownVersionIsAgreedOn(version: String) async throws {
        let fixture = try await MCPFixture()
        let result = try await fixture.result("initialize", Self.initialize(version), version: version)
        #expect(result["protocolVersion"]?.string == version)
        #expect(
            result["capabilities"] == [
                "tools": [:], "resources": [:], "prompts": [:], "logging": [:], "completions": [:],
            ])
        #expect(result["serverInfo"]?["name"] == "memledger")
        #expect(result["serverInfo"]?["version"]?.string == memoryLedgerVersion)
        #expect(result["instructions"]?.string?.isEmpty == false)
        #expect(result["resultType"] == nil && result["_meta"] == nil)
    }

    /// The one without a handshake has no handshake to agree on it.
    @Test(arguments: ["2026-07-28", "2027-01-01", "", "latest"]) func anyOtherGetsTheNewest(version: String)
        async throws
    {
        let fixture = try await MCPFixture()
        let body: JSONValue = [
            "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": .object(Self.initialize(version)),
        ]
        let answer = await fixture.post(body.description)
        #expect(answer.status == 200)
        #expect(try JSONParser.parse(answer.body)["result"]?["protocolVersion"] == "2025-11-25")
    }

    @Test func aHandshakeNeedsAVersion() async throws {
        let fixture = try await MCPFixture()
        #expect(try await fixture.error("initialize")["code"] == -32602)
        #expect(try await fixture.error("initialize", ["protocolVersion": 3])["code"] == -32602)
    }

    /// A client that has lost its handshake, because the server was started again, notices nothing.
    @Test(arguments: MCPFixture.handshakes) func noHandshakeIsMissed(version: String) async throws {
        let fixture = try await MCPFixture()
        #expect(try await fixture.result("ping", version: version).isEmpty)
        #expect(try await fixture.result("tools/list", version: version)["tools"]?.array?.isEmpty == false)
        let answer = await fixture.post(
            #"{"jsonrpc":"2.0","id":1,"method":"ping"}"#, version: version,
            headers: ["mcp-session-id": "8a1b8d3c-of-another-server"])
        #expect(answer.status == 200)
        #expect(answer.headers["mcp-session-id"] == nil)
    }

    @Test func levelsOfLoggingAreTaken() async throws {
        let fixture = try await MCPFixture()
        for level in ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"] {
            #expect(try await fixture.result("logging/setLevel", ["level": .string(level)]).isEmpty)
        }
        for wrong: JSONObject in [[:], ["level": "loud"], ["level": 3]] {
            #expect(try await fixture.error("logging/setLevel", wrong)["code"] == -32602)
        }
    }

    @Test(arguments: [
        "server/discover", "tools/forget", "resources/subscribe", "tasks/list", "", "initialize ", "TOOLS/LIST",
    ])
    func aMethodThatThereIsNotIsNotFound(method: String) async throws {
        let fixture = try await MCPFixture()
        #expect(try await fixture.error(method)["code"] == -32601)
    }

    @Test(arguments: ["tools/list", "resources/list", "resources/templates/list", "prompts/list"])
    func listsHaveOnePage(method: String) async throws {
        let fixture = try await MCPFixture()
        let result = try await fixture.result(method)
        #expect(result.count == 1 && result["nextCursor"] == nil)
        #expect(try await fixture.error(method, ["cursor": "2"])["code"] == -32602)
    }

    /// Only one revision had them.
    @Test(arguments: [nil, "2025-03-26"]) func aBatchIsAnsweredByOne(version: String?) async throws {
        let fixture = try await MCPFixture()
        let answer = await fixture.post(
            """
            [{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","method":"notifications/initialized"},
             {"jsonrpc":"2.0","id":"1","method":"nothing"},{"jsonrpc":"2.0","id":1,"method":"ping"},7,
             {"jsonrpc":"2.0","id":2,"method":"initialize","params":{"protocolVersion":"2025-03-26"}}]
            """, version: version)
        #expect(answer.status == 200)
        let answers = try #require(try JSONParser.parse(answer.body).array)
        #expect(answers.map { $0["id"] } == [1, "1", .null, .null, 2])
        #expect(answers.map { $0["error"]?["code"] } == [nil, -32601, -32600, -32600, -32600])
    }

    @Test func aBatchOfNothingToAnswerIsTaken() async throws {
        let fixture = try await MCPFixture()
        let note = #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#
        let answer = await fixture.post("[\(note),\(note)]")
        #expect(answer.status == 202 && answer.body.isEmpty)
        for wrong in [
            "[]", "[" + Array(repeating: note, count: MCPService.maximumBatch + 1).joined(separator: ",") + "]",
        ] {
            let answer = await fixture.post(wrong)
            #expect(answer.status == 400)
            #expect(try JSONParser.parse(answer.body)["error"]?["code"] == -32600)
        }
    }

    @Test(arguments: ["2024-11-05", "2025-06-18", "2025-11-25", "2026-07-28", "1999-01-01"])
    func otherVersionsHaveNoBatches(version: String) async throws {
        let fixture = try await MCPFixture()
        let answer = await fixture.post(#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#, version: version)
        #expect(answer.status == 400)
        #expect(try JSONParser.parse(answer.body)["error"]?["code"] == -32600)
    }

    @Test func completionsAreOfWhatThereIs() async throws {
        let fixture = try await MCPFixture(grant: AccessGrant(.read, namespaces: ["notes", "news", "mem"]))
        let template: JSONValue = ["type": "ref/resource", "uri": "memory://{namespace}/{key}"]
        let found = try await fixture.result(
            "completion/complete", ["ref": template, "argument": ["name": "namespace", "value": "n"]])
        #expect(found["completion"] == ["values": ["notes", "news"], "total": 2, "hasMore": false])
        let prompt: JSONValue = ["type": "ref/prompt", "name": "recall_memory"]
        let none = try await fixture.result(
            "completion/complete", ["ref": prompt, "argument": ["name": "key", "value": "t"]])
        #expect(none["completion"] == ["values": [], "total": 0, "hasMore": false])
        let wrong: [JSONObject] = [
            [:], ["ref": prompt], ["ref": ["type": "ref/song"], "argument": ["name": "key", "value": ""]],
            ["ref": ["type": "ref/prompt", "name": "sing"], "argument": ["name": "key", "value": ""]],
            ["ref": prompt, "argument": ["name": "colour", "value": ""]],
            ["ref": ["type": "ref/resource", "uri": "file:///"], "argument": ["name": "key", "value": ""]],
            ["ref": prompt, "argument": ["name": "key"]],
        ]
        for params in wrong {
            #expect(
                try await fixture.error("completion/complete", params)["code"] == -32602, "\(JSONValue.object(params))")
        }
    }
}
