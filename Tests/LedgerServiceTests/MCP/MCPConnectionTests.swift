import EventLog
import LedgerService
import MemoryLedger
import Testing

/// Goal: over a pipe, what a handshake has agreed on holds from then on, ids do not collide, and a request can be
/// cancelled. Method: lines to a connection, and the work that they make done in various orders.
@Suite struct MCPConnectionTests {
    private func line(_ id: JSONValue, _ method: String, _ params: JSONObject = [:]) -> [UInt8] {
        let json: JSONValue = ["jsonrpc": "2.0", "id": id, "method": .string(method), "params": .object(params)]
        return json.compactBytes
    }

    private func work(_ reception: MCPConnection.Reception) throws -> MCPWork {
        guard case .work(let work) = reception else { throw Missing() }
        return work
    }

    private struct Missing: Error {}

    private func answered(_ connection: MCPConnection, _ line: [UInt8]) async throws -> JSONValue {
        switch connection.receive(line) {
        case .nothing: throw Missing()
        case .answer(let bytes): return try JSONParser.parse(bytes)
        case .work(let work): return try JSONParser.parse(try #require(await work.answer()))
        }
    }

    private func begin(_ connection: MCPConnection, _ version: String, name: String = "client") async throws {
        let params: JSONObject = [
            "protocolVersion": .string(version), "capabilities": [:],
            "clientInfo": ["name": .string(name), "version": "1"],
        ]
        let answer = try await answered(connection, line(0, "initialize", params))
        #expect(answer["result"]?["protocolVersion"]?.string == version)
    }

    @Test(arguments: MCPFixture.handshakes) func batchesAreOfOneVersion(version: String) async throws {
        let fixture = try await MCPFixture()
        let connection = MCPConnection(fixture.service, by: fixture.caller)
        let batch = Array(#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#.utf8)
        #expect(try await answered(connection, batch)["error"]?["code"] == -32600)
        try await begin(connection, version)
        let answer = try await answered(connection, batch)
        if version == "2025-03-26" {
            #expect(answer == [["jsonrpc": "2.0", "id": 1, "result": [:]]])
        } else {
            #expect(answer["error"]?["code"] == -32600)
        }
    }

    @Test func theClientsNameIsKept() async throws {
        let fixture = try await MCPFixture(actor: nil)
        try await fixture.ledger.add(MemoryKey(key: "a"), MemoryContent())
        let connection = MCPConnection(fixture.service, by: fixture.caller)
        try await begin(connection, "2025-11-25", name: "an agent")
        let call: JSONObject = ["name": "memory_delete", "arguments": ["key": "a"]]
        #expect(try await answered(connection, line(1, "tools/call", call))["result"]?["isError"] == nil)
        let events = try await fixture.ledger.log.read(EventQuery()).events
        #expect(events.last?.attribution.actor == "mcp:an agent")
    }

    @Test func whoIsNamedOtherwiseStaysSo() async throws {
        let fixture = try await MCPFixture(actor: "ada")
        try await fixture.ledger.add(MemoryKey(key: "a"), MemoryContent())
        let connection = MCPConnection(fixture.service, by: fixture.caller)
        try await begin(connection, "2025-11-25", name: "an agent")
        let call: JSONObject = ["name": "memory_delete", "arguments": ["key": "a"]]
        _ = try await answered(connection, line(1, "tools/call", call))
        #expect(try await fixture.ledger.log.read(EventQuery()).events.last?.attribution.actor == "ada")
    }

    /// The second one is answered without its id, which is the first one's still.
    @Test func idsThatCollideAreRefused() async throws {
        let fixture = try await MCPFixture()
        let connection = MCPConnection(fixture.service, by: fixture.caller)
        let first = try work(connection.receive(line(1, "ping")))
        let second = try await answered(connection, line(1, "tools/list"))
        #expect(second["id"] == .null && second["error"]?["code"] == -32600)
        #expect(try await answered(connection, line("1", "ping"))["result"] == [:])
        let answer = try JSONParser.parse(try #require(await first.answer()))
        #expect(answer == ["jsonrpc": "2.0", "id": 1, "result": [:]])
        #expect(try await answered(connection, line(1, "ping"))["result"] == [:])
    }

    @Test func whatIsCancelledIsNotAnswered() async throws {
        let fixture = try await MCPFixture()
        let connection = MCPConnection(fixture.service, by: fixture.caller)
        func cancel(_ params: String) {
            let line = #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":\#(params)}"#
            guard case .nothing = connection.receive(Array(line.utf8)) else {
                Issue.record("a note is answered")
                return
            }
        }
        let first = try work(connection.receive(line(1, "tools/list")))
        let second = try work(connection.receive(line(2, "tools/list")))
        for params in [#"{"requestId":"1"}"#, #"{"requestId":3}"#, "{}", #"{"requestId":null}"#, "[]", "7"] {
            cancel(params)
        }
        cancel(#"{"requestId":1,"reason":"changed my mind"}"#)
        #expect(await first.answer() == nil)
        #expect(await second.answer() != nil)
        // What has ended is free again.
        #expect(try await answered(connection, line(1, "ping"))["result"] == [:])
    }

    @Test func blankLinesAndNotesAreNotAnswered() async throws {
        let fixture = try await MCPFixture()
        let connection = MCPConnection(fixture.service, by: fixture.caller)
        for line in [
            "", "  \t", "\r", #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
            #"{"jsonrpc":"2.0","id":1,"result":{}}"#, #"{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"m"}}"#,
        ] {
            guard case .nothing = connection.receive(Array(line.utf8)) else {
                Issue.record("\(line) is answered")
                continue
            }
        }
        #expect(try JSONParser.parse(MCPConnection.answerToLongLine)["error"]?["code"] == -32600)
    }

    @Test func requestsRunAtTheSameTime() async throws {
        let fixture = try await MCPFixture()
        for number in 0..<50 { try await fixture.ledger.add(MemoryKey(key: "k\(number)"), MemoryContent()) }
        let connection = MCPConnection(fixture.service, by: fixture.caller)
        let works = try (0..<50).map { number in
            let call: JSONObject = ["name": "memory_delete", "arguments": ["key": .string("k\(number)")]]
            return try work(connection.receive(line(JSONValue(number), "tools/call", call)))
        }
        let answers = await withTaskGroup(of: [UInt8]?.self) { group in
            for work in works { group.addTask { await work.answer() } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        let ids = try answers.map { try JSONParser.parse(try #require($0))["id"]?.number?.int64 }
        #expect(Set(ids) == Set((0..<50).map { Int64($0) }))
        #expect(try await fixture.ledger.list(MemoryQuery()).memories.isEmpty)
    }
}
