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

    /// A client that sends a write and reads without waiting reads what it wrote, in whatever order the work is run.
    @Test func callsTakeEffectInTheOrderOfTheirLines() async throws {
        let fixture = try await MCPFixture()
        let connection = MCPConnection(fixture.service, by: fixture.caller)
        try await begin(connection, "2025-03-26")
        func call(_ id: Int, _ tool: String, _ arguments: JSONObject) throws -> MCPWork {
            let params: JSONObject = ["name": .string(tool), "arguments": .object(arguments)]
            return try work(connection.receive(line(JSONValue(id), "tools/call", params)))
        }
        func add(_ id: Int, _ text: JSONValue) throws -> MCPWork {
            try call(id, "memory_add", ["key": "tea", "value": ["summary": "s", "text": text]])
        }
        let batch = #"[{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"memory_list","arguments":{}}}]"#
        let works = [
            try add(1, "first"), try call(2, "memory_get", ["key": "tea"]), try add(3, "second"),
            try work(connection.receive(line(4, "resources/read", ["uri": "memory://mem/tea"]))),
            try call(5, "memory_delete", ["key": "tea"]), try work(connection.receive(Array(batch.utf8))),
        ]
        let free = try work(connection.receive(line(9, "tools/list")))
        // The last one is begun first.
        let running = works.reversed().map { work in Task { await work.answer() } }
        #expect(await free.answer() != nil)
        var texts: [String] = []
        for task in running.reversed() { texts.append(String(decoding: try #require(await task.value), as: UTF8.self)) }
        #expect(texts[1].contains("first") && texts[3].contains("second") && texts[5].contains(#""memories\":[]"#))
    }

    /// What a client has cancelled, or what is never run, holds up nothing.
    @Test func whatIsLetGoOfHoldsUpNothing() async throws {
        let fixture = try await MCPFixture()
        let connection = MCPConnection(fixture.service, by: fixture.caller)
        let params: JSONObject = ["name": "memory_list", "arguments": [:]]
        _ = connection.receive(line(1, "tools/call", params))
        let cancelled = try work(connection.receive(line(2, "tools/call", params)))
        let last = try work(connection.receive(line(3, "tools/call", params)))
        _ = connection.receive(
            Array(#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2}}"#.utf8))
        async let answer = last.answer()
        #expect(await cancelled.answer() == nil)
        #expect(await answer != nil)
    }

    /// It gives up its turn and its id.
    @Test func whatIsRefusedWasNotBegun() async throws {
        let fixture = try await MCPFixture()
        let connection = MCPConnection(fixture.service, by: fixture.caller)
        try await begin(connection, "2025-03-26")
        let add: JSONObject = [
            "name": "memory_add", "arguments": ["key": "a", "value": ["summary": "s", "text": "t"]],
        ]
        let first = try work(connection.receive(line(1, "tools/call", add)))
        let batch = try work(connection.receive(Array(#"[{"jsonrpc":"2.0","id":2,"method":"ping"}]"#.utf8)))
        let error: JSONValue = ["code": -32005, "message": "Too much at a time."]
        let refusal = try JSONParser.parse(first.refuse("Too much at a time."))
        #expect(refusal == ["jsonrpc": "2.0", "id": 1, "error": error])
        #expect(
            try JSONParser.parse(batch.refuse("Too much at a time."))
                == ["jsonrpc": "2.0", "id": .null, "error": error])
        #expect(try await fixture.ledger.log.head() == 0)
        #expect(try await answered(connection, line(1, "tools/call", add))["result"] != nil)
        #expect(try await fixture.ledger.log.head() == 1)
    }

    /// Nothing that comes later is done before an answer is sent, so that answers do not pile up.
    @Test func anAnswerIsSentBeforeTheNextCallBegins() async throws {
        struct Closed: Error {}
        let fixture = try await MCPFixture()
        let connection = MCPConnection(fixture.service, by: fixture.caller)
        let add: JSONObject = [
            "name": "memory_add", "arguments": ["key": "a", "value": ["summary": "s", "text": "t"]],
        ]
        let first = try work(connection.receive(line(1, "tools/call", ["name": "memory_list", "arguments": [:]])))
        let second = try work(connection.receive(line(2, "tools/call", add)))
        async let done = second.answer()
        try await first.answer { _ in
            for _ in 0..<100 { await Task.yield() }
            let head = try await fixture.ledger.log.head()
            #expect(head == 0)
        }
        #expect(await done != nil)
        let third = try work(connection.receive(line(3, "tools/call", add)))
        await #expect(throws: Closed.self) { try await third.answer { _ in throw Closed() } }
        #expect(try await answered(connection, line(4, "tools/call", add))["result"] != nil)
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
