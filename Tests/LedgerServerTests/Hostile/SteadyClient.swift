import MemoryLedger
import Synchronization
import Testing

/// A client that works while others send nonsense, and must notice nothing.
enum SteadyClient {
    /// Rounds at the least, whatever the others do.
    private static let rounds = 10

    /// Runs the body while the client works, and ends the server afterwards.
    static func works(
        beside server: RunningServer, _ body: @escaping @Sendable () async throws -> Void
    ) async throws {
        let end = End()
        async let work: Void = work(server, until: end)
        let result: Result<Void, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        end.come()
        try await work
        try result.get()
        #expect(try await server.request("GET", "/readyz").text == "ready\n")
        try await server.stop()
    }

    private final class End: Sendable {
        private let state = Mutex(false)

        var hasCome: Bool { state.withLock { $0 } }
        func come() { state.withLock { $0 = true } }
    }

    private static func work(_ server: RunningServer, until end: End) async throws {
        let session = try await server.login("steady")
        let (api, mcp) = (try await server.connect(), try await server.connect(mcp: true))
        var round = 0
        while round < rounds || !end.hasCome {
            round += 1
            // It leaves the others room to do their worst.
            try await Task.sleep(for: .milliseconds(10))
            let key = JSONValue.string("k\(round)")
            let value: JSONValue = ["summary": .string("summary \(round)"), "text": "t"]
            let add: JSONValue = ["session": .string(session), "key": key, "value": value]
            let added = try await api.request("POST", "/add_memory", add.description)
            #expect(added.status == 200 && added.text == #"{"success":true}"#, "\(added.text)")
            let get: JSONValue = ["session": .string(session), "key": key]
            let got = try await api.request("POST", "/get_memory", get.description)
            let data = try JSONValue(parsing: got.text)["data"]
            #expect(got.status == 200 && data?["summary"]?.string == "summary \(round)", "\(got.text)")
            let ping: JSONValue = ["jsonrpc": "2.0", "id": JSONValue(round), "method": "ping"]
            let pong = try await mcp.request("POST", "/mcp", ping.description, headers: MCPMessage.headers)
            #expect(pong.status == 200)
            #expect(try JSONValue(parsing: pong.text) == ["jsonrpc": "2.0", "id": JSONValue(round), "result": [:]])
        }
    }
}

/// What messages of the Model Context Protocol are sent with.
enum MCPMessage {
    static let headers = [
        "Content-Type": "application/json", "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": "2025-11-25",
    ]

    static func call(_ tool: String, _ arguments: JSONObject, id: JSONValue = 1) -> JSONValue {
        [
            "jsonrpc": "2.0", "id": id, "method": "tools/call",
            "params": ["name": .string(tool), "arguments": .object(arguments)],
        ]
    }
}
