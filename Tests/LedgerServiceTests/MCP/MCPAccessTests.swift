import EventLog
import LedgerOperations
import LedgerService
import MemoryLedger
import Testing

/// Goal: no caller gets or changes by a tool, a resource, a session or a cursor what its grant does not cover. Method:
/// every tool of every set against grants of each scope and of other namespaces.
@Suite struct MCPAccessTests {
    private static let secret = "the secret of the other namespace"

    private func fixture(_ tools: [MCPToolSet] = [.memory]) async throws -> MCPFixture {
        var options = MCPOptions()
        options.tools = tools
        let fixture = try await MCPFixture(options)
        for namespace in ["here", "there"] {
            let summary = namespace == "there" ? Self.secret : "mine"
            try await fixture.ledger.add(
                MemoryKey(namespace: namespace, key: "k"), MemoryContent(summary: summary, text: summary))
        }
        return fixture
    }

    /// Arguments with which a tool could reach the other namespace.
    private static func attempts(_ tool: String) -> [JSONObject] {
        let common: [JSONObject] = [
            [:], ["namespace": "there"], ["key": "k", "namespace": "there"], ["keys": ["k"], "namespace": "there"],
            ["key": "k", "at": "2", "namespace": "there"], ["key": "k", "at": "2"], ["events": ["2"]],
            ["events": ["2"], "apply": true], ["events": ["2"], "namespace": "there", "apply": true],
            ["since": "0", "namespace": "there", "apply": true], ["from": "0"], ["from": "0", "namespace": "there"],
            ["stream": "there/k"], ["stream": "there/*", "namespace": "here"], ["key": "there:k"],
            ["old_key": "k", "new_key": "x", "namespace": "there"], ["from": "k", "to": "x", "namespace": "there"],
            ["key": "new", "derived_from": ["/there/k"]], ["key": "k", "derived_from": ["/there/k"]],
            ["key": "/there/k"], ["keys": ["/there/k"]],
        ]
        let value: JSONObject = ["key": "k", "value": ["summary": "s", "text": "t"]]
        return tool == "memory_add" || tool == "memory_update" ? common + [value] : common
    }

    /// In whatever way they ask, neither the answer nor the other namespace shows that they did.
    @Test(arguments: AccessGrant.Scope.allCases) func noToolReachesAnotherNamespace(scope: AccessGrant.Scope)
        async throws
    {
        let fixture = try await fixture([.all])
        let caller = fixture.caller(AccessGrant(scope, namespaces: ["here"]))
        let session = JSONValue.string(try await fixture.call("session_new", ["namespace": "there"]).text)
        let before = try await fixture.ledger.get(MemoryKey(namespace: "there", key: "k"))
        let tools = try #require(try await fixture.result("tools/list")["tools"]?.array)
        let ofLedger = Set(
            OperationCatalogue.standard.operations.filter { $0.scope == .ledger }.map {
                $0.name.replacing(".", with: "_")
            })
        for name in tools.compactMap({ $0["name"]?.string }) where scope < .admin || !ofLedger.contains(name) {
            var attempts = Self.attempts(name)
            for index in attempts.indices where attempts[index]["namespace"] == nil {
                var other = attempts[index]
                other.append("session", session)
                attempts.append(other)
            }
            for arguments in attempts {
                let params: JSONObject = ["name": .string(name), "arguments": .object(arguments)]
                let answer = JSONValue.object(try await fixture.request("tools/call", params, by: caller))
                #expect(!answer.description.contains(Self.secret), "\(name) \(arguments): \(answer)")
            }
        }
        #expect(try await fixture.ledger.get(MemoryKey(namespace: "there", key: "k")) == before)
        #expect(try await fixture.ledger.list(MemoryQuery(namespace: "there")).memories.count == 1)
    }

    /// What concerns the ledger as a whole is for its administrators only.
    @Test func operationsOfTheLedgerNeedTheScope() async throws {
        let fixture = try await fixture([.all])
        let head = try await fixture.ledger.log.head()
        for scope in [AccessGrant.Scope.read, .write] {
            let caller = fixture.caller(AccessGrant(scope, namespaces: nil))
            for operation in OperationCatalogue.standard.operations
            where operation.scope == .ledger && operation.isTool {
                let example: JSONObject = operation.parameters.isEmpty ? [:] : ["reason": "r"]
                let answer = try await fixture.call(operation.name.replacing(".", with: "_"), example, by: caller)
                #expect(answer.isError, "\(operation.name)")
                if operation.parameters.allSatisfy({ !$0.isRequired && $0.name != "reason" }), example.isEmpty {
                    #expect(
                        answer.text.contains("needs a token with the scope admin"), "\(operation.name): \(answer.text)")
                }
            }
        }
        #expect(try await fixture.ledger.log.head() == head)
    }

    @Test func whoOnlyReadsChangesNothing() async throws {
        let fixture = try await fixture([.all])
        let caller = fixture.caller(AccessGrant(.read, namespaces: ["here"]))
        let value: JSONValue = ["summary": "s", "text": "t"]
        let writes: [(String, JSONObject)] = [
            ("memory_add", ["key": "x", "value": value]), ("memory_update", ["key": "k", "value": value]),
            ("memory_rename", ["old_key": "k", "new_key": "x"]), ("memory_delete", ["key": "k"]),
            ("memory_undo", ["since": "0", "apply": true]), ("ledger_memory_add", ["key": "x"]),
            ("ledger_memory_update", ["key": "k", "summary": "x"]), ("ledger_memory_delete", ["key": "k"]),
            ("memory_link", ["from": "k", "to": "x", "type": "bug", "term": "t"]),
            ("memory_unlink", ["from": "k", "to": "x"]), ("event_undo", ["since": "0", "namespace": "here"]),
        ]
        for (tool, arguments) in writes {
            let denied = try await fixture.call(tool, arguments, by: caller)
            let document = try JSONValue(parsing: denied.text)
            #expect(denied.isError && document["success"] == false, "\(tool): \(denied.text)")
            #expect(document["message"]?.string?.hasPrefix("\(tool) needs a token with the scope write") == true)
            #expect(denied.text == document.indented)
        }
        #expect(try await fixture.call("memory_get", ["key": "k"], by: caller).text.contains("mine"))
        #expect(try await fixture.document("memory_undo", ["since": "0"], by: caller)["positions"] == nil)
        #expect(try await fixture.ledger.get(MemoryKey(namespace: "here", key: "k"))?.content.summary == "mine")
    }

    @Test func resourcesAreOfTheGrant() async throws {
        let fixture = try await fixture()
        let caller = fixture.caller(AccessGrant(.admin, namespaces: ["here"]))
        #expect(try await fixture.result("resources/read", ["uri": "memory://here/k"], by: caller)["contents"] != nil)
        for uri in ["memory://there/k", "memory://ther%65/k", "memory://here/there:k", "memory://mem/k"] {
            let answer = JSONValue.object(
                try await fixture.request("resources/read", ["uri": .string(uri)], by: caller))
            #expect(answer["error"] != nil && !answer.description.contains(Self.secret), "\(uri): \(answer)")
        }
    }

    /// What is denied is what the client called, by the name that it knows.
    @Test func whoIsDeniedIsToldOfItsOwnCall() async throws {
        let fixture = try await fixture([.all])
        let caller = fixture.caller(AccessGrant(.write, namespaces: ["here"]))
        for (tool, arguments): (String, JSONObject) in [
            ("session_new", ["namespace": "there"]), ("memory_list", ["namespace": "there"]),
            ("memory_undo", ["namespace": "there", "since": "0"]),
            ("memory_delete", ["namespace": "there", "key": "k"]),
            ("memory_as_of", ["namespace": "there", "key": "k", "at": "1"]),
            ("ledger_memory_get", ["namespace": "there", "keys": ["k"]]),
            ("memory_diff", ["namespace": "there", "from": "0"]),
        ] {
            let denied = try await fixture.call(tool, arguments, by: caller)
            let message = try JSONValue(parsing: denied.text)["message"]?.string
            #expect(denied.isError && message == "\(tool) is not allowed in the namespace there.", "\(denied.text)")
        }
        let read = try await fixture.error("resources/read", ["uri": "memory://there/k"], by: caller)
        #expect(read["message"] == "resources/read is not allowed in the namespace there.")
        let body: JSONValue = ["namespace": "there"]
        let routes = CompatibleRoutes(
            CompatibleService(fixture.ledger, sessions: KVSessions(clock: fixture.ledger.options.clock)))
        let answer = await routes.answer(ServiceRequest("POST", "/login", body: body.compactBytes, by: caller))
        #expect(answer.status == 403)
        #expect(try JSONParser.parse(answer.body)["message"] == "/login is not allowed in the namespace there.")
    }

    /// Where a caller works that names no place.
    @Test func thePlaceOfACallIsItsGrants() async throws {
        let fixture = try await fixture()
        let one = fixture.caller(AccessGrant(.write, namespaces: ["here"]))
        let two = fixture.caller(AccessGrant(.write, namespaces: ["here", "there"]))
        #expect(try await fixture.document("memory_list", by: one)["memories"]?.array?.count == 1)
        #expect(try await fixture.call("memory_get", ["key": "k"], by: one).text.contains("mine"))
        #expect(try await fixture.call("memory_list", by: two).isError)
        #expect(
            try await fixture.document("memory_list", ["namespace": "there"], by: two)["memories"]?.array?.count == 1)
        let session = try await fixture.call("session_new", by: one).text
        #expect(
            try await fixture.document("memory_list", ["session": .string(session)], by: one)["memories"]?.array?.count
                == 1)
        #expect(try await fixture.call("session_new", ["namespace": "there"], by: one).isError)
        var options = MCPOptions()
        options.namespace = "there"
        let configured = try MCPService(
            fixture.ledger, sessions: KVSessions(clock: fixture.ledger.options.clock), options: options)
        let call = #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"memory_list","arguments":{}}}"#
        let answer = try #require(await configured.answer(line: Array(call.utf8), by: fixture.caller))
        #expect(try JSONParser.parse(answer).description.contains(Self.secret))
    }

    /// A cursor of another caller's list leads nowhere else than the list that it is used for.
    @Test func cursorsLeadNowhereElse() async throws {
        let fixture = try await fixture()
        try await fixture.ledger.add(MemoryKey(namespace: "there", key: "l"), MemoryContent(summary: Self.secret))
        let cursor = try #require(
            try await fixture.document("memory_list", ["namespace": "there", "limit": 1])["next"])
        let caller = fixture.caller(AccessGrant(.admin, namespaces: ["here"]))
        let answer = try await fixture.call("memory_list", ["after": cursor], by: caller)
        #expect(!answer.text.contains(Self.secret))
    }
}
