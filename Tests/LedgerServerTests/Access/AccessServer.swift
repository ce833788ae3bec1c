import AgentContext
import EventLog
import LedgerOperations
import MemoryLedger
import Testing

/// What became of a call.
struct AccessAnswer: CustomStringConvertible {
    enum Verdict {
        /// There is no token that holds.
        case stranger
        /// The grant does not cover it.
        case denied
        /// It is allowed, and cannot be done.
        case failed
        case done
    }

    var verdict: Verdict
    /// All that was answered.
    var text: String

    var showsMark: Bool { text.contains(AccessWorld.mark) }
    var description: String { "\(verdict): \(text.prefix(600))" }
}

/// The real server on an `AccessWorld`, with every tool and with what its callers ask.
struct AccessServer {
    let world: AccessWorld
    let server: RunningServer
    /// Of every tool that the server lists; those of the old program first.
    private(set) var rows: [AccessRow] = []
    /// The names of a tool's arguments.
    private(set) var arguments: [String: Set<String>] = [:]
    private(set) var places: [AccessPlace] = []

    init() async throws {
        world = try await AccessWorld()
        server = try await RunningServer("--auth", "required", "--tools", "all", folder: world.folder)
        for namespace in [AccessWorld.mine, AccessWorld.theirs] {
            let opener = try #require(world.callers.first { $0.scope == .write && $0.namespaces == [namespace] })
            let event = try #require(world.spareEvents[namespace])
            let session = try await server.login(namespace, headers: opener.headers)
            var place = AccessPlace(namespace: namespace, session: session, event: event)
            place.contextID = try #require(world.contexts[namespace])
            places.append(place)
        }
        let owner = try #require(world.owner)
        let listed = try await message("tools/list", [:], owner, server.connect(mcp: true))
        let tools = try #require(try JSONValue(parsing: listed.text)["result"]?["tools"]?.array)
        for tool in tools {
            let name = try #require(tool["name"]?.string)
            arguments[name] = Set(tool["inputSchema"]?["properties"]?.object?.members.map(\.name) ?? [])
        }
        rows = AccessRows.tools
        for operation in OperationCatalogue(adding: AgentContext.modules).operations where operation.isTool {
            let name = operation.name.replacing(".", with: "_")
            let tool = arguments["ledger_" + name] == nil ? name : "ledger_" + name
            let own = AccessRows.rows(of: operation, tool: tool)
            #expect(!own.isEmpty, "the operation \(operation.name) has no row")
            rows += own
        }
        // A tool that is new has no row, and a row without a tool tests nothing.
        #expect(Set(rows.map(\.tool)) == Set(arguments.keys))
    }

    /// The place that is `AccessWorld.mine` or `AccessWorld.theirs`.
    func place(_ namespace: String) throws -> AccessPlace {
        try #require(places.first { $0.namespace == namespace })
    }

    /// The same place with a memory that no call has touched, and a key that none has taken.
    ///
    /// - Parameters:
    ///   - number: another one each time.
    ///   - connection: the owner's.
    func prepared(_ place: AccessPlace, _ number: Int, _ connection: TestConnection) async throws -> AccessPlace {
        var place = place
        (place.made, place.free) = ("made-\(number)", "free-\(number)")
        let owner = try #require(world.owner)
        let (namespace, key) = (JSONValue.string(place.namespace), JSONValue.string(place.made))
        for (tool, arguments): (String, JSONObject) in [
            ("memory_put", ["namespace": namespace, "key": key, "summary": "s"]),
            (
                "memory_link",
                ["namespace": namespace, "from": key, "to": .string(AccessWorld.linked), "type": "bug", "term": "t"]
            ),
        ] {
            let answer = try await call(tool, arguments, owner, connection)
            try #require(answer.verdict == .done, "\(tool): \(answer)")
        }
        return place
    }

    // MARK: Requests

    /// A connection that is for one caller's messages.
    func connect() async throws -> TestConnection { try await server.connect(mcp: true) }

    func message(
        _ method: String, _ params: JSONObject, _ caller: AccessCaller, _ connection: TestConnection
    ) async throws -> TestConnection.Answer {
        let body: JSONValue = ["jsonrpc": "2.0", "id": 1, "method": .string(method), "params": .object(params)]
        var headers = caller.headers
        headers["Content-Type"] = "application/json"
        headers["Accept"] = "application/json, text/event-stream"
        headers["MCP-Protocol-Version"] = "2025-11-25"
        return try await connection.request("POST", "/mcp", body.description, headers: headers)
    }

    func call(
        _ tool: String, _ arguments: JSONObject, _ caller: AccessCaller, _ connection: TestConnection
    ) async throws -> AccessAnswer {
        let answer = try await message(
            "tools/call", ["name": .string(tool), "arguments": .object(arguments)], caller, connection)
        return AccessAnswer(verdict: try Self.verdict(answer), text: answer.text)
    }

    private static func verdict(_ answer: TestConnection.Answer) throws -> AccessAnswer.Verdict {
        if answer.status == 401 { return .stranger }
        let json = try JSONValue(parsing: answer.text)
        let text = json["result"]?["content"]?.array?.first?["text"]?.string ?? ""
        let isError = json["result"]?["isError"]?.bool ?? (json["result"] == nil)
        if isError, ["is not allowed in", "needs a token with the scope"].contains(where: text.contains) {
            return .denied
        }
        // The old tools say so without calling it an error.
        return isError || (try? JSONValue(parsing: text))?["success"] == false ? .failed : .done
    }

    /// How many events there are.
    func head() async throws -> Int {
        let owner = try #require(world.owner)
        let page = try await server.request("GET", "/metrics", headers: owner.headers).text
        return try #require(page.firstMatch(of: /memledger_log_position (\d+)/).flatMap { Int($0.1) }, "\(page)")
    }

    /// Ends the server, and looks who has written: each only where the token allows it.
    func stop() async throws {
        try await server.stop()
        let ledger = try await MemoryLedger.open(at: server.ledger)
        let callers = Dictionary(uniqueKeysWithValues: world.callers.map { ($0.name, $0) })
        var after: Position?
        repeat {
            let page = try await ledger.log.read(EventQuery(EventFilter(), from: after, limit: 500))
            for event in page.events {
                guard let actor = event.attribution.actor else { continue }
                guard let caller = callers[actor] else {
                    #expect(!world.strangers.contains { $0.name == actor }, "\(event)")
                    continue
                }
                if let memory = MemoryStream.memory(event.stream) {
                    #expect(caller.includes(memory.namespace), "\(caller) wrote \(event.stream): \(event.type)")
                }
            }
            after = page.next
        } while after != nil
        await ledger.close()
    }
}
