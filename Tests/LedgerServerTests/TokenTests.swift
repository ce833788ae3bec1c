import EventLog
import FaultLaboratory
import Foundation
import MemoryLedger
import Testing

/// Goal: who has no token that holds is not let in, and a token reaches as far as its scope and namespaces. Method: the
/// real program, tokens that the command makes, over HTTP and MCP.
@Suite struct TokenTests {
    private static func command(_ server: RunningServer, _ arguments: String...) async throws -> TestChild.End {
        try await TestChild(
            BuiltExecutable.path("memledger"), arguments + ["--ledger", server.ledger]
        ).wait()
    }

    /// Makes a token while the server runs.
    private static func token(_ server: RunningServer, _ scope: String, _ namespaces: String...) async throws -> String
    {
        let places = namespaces.isEmpty ? ["--all-namespaces"] : namespaces.flatMap { ["--namespace", $0] }
        let end = try await TestChild(
            BuiltExecutable.path("memledger"),
            ["token", "create", "--name", "bot-\(scope)", "--scope", scope, "--ledger", server.ledger] + places
        ).wait()
        try #require(end.status == 0, "\(end)")
        return end.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private static func bearer(_ token: String) -> [String: String] { ["Authorization": "Bearer \(token)"] }

    private static let tea: JSONValue = ["summary": "Likes green tea", "text": ""]

    @Test func withoutATokenNobodyIsLetIn() async throws {
        let server = try await RunningServer("--auth", "required")
        let valid = try await Self.token(server, "read", "mem")
        let wrong = String(valid.dropLast()) + (valid.last == "0" ? "1" : "0")
        let headers: [[String: String]] = [
            [:], ["Authorization": "Bearer"], ["Authorization": "Bearer "], ["Authorization": valid],
            ["Authorization": "Basic \(valid)"], Self.bearer("x"), Self.bearer(wrong),
            Self.bearer(String(repeating: "a", count: 4_000)), Self.bearer("\(valid) more"),
        ]
        for header in headers {
            let answer = try await server.request("POST", "/login", "{}", headers: header)
            #expect(answer.status == 401 && answer.headers["www-authenticate"] == "Bearer", "\(header)")
        }
        for (path, mcp) in [("/login", false), ("/metrics", false), ("/nothing", false), ("/mcp", true)] {
            for header in [[:], Self.bearer(wrong)] {
                let answer = try await server.request("POST", path, "{}", headers: header, mcp: mcp)
                #expect(answer.status == 401 && answer.headers["www-authenticate"] == "Bearer", "\(path) \(header)")
            }
        }
        #expect(try await server.request("GET", "/healthz").status == 200)
        let letIn = try await server.request("POST", "/login", "{\"namespace\":\"mem\"}", headers: Self.bearer(valid))
        #expect(letIn.status == 200)
        try await server.stop()
        let log = try server.logText()
        #expect(log.contains("\"reason\":\"wrong_secret\""))
        // Nothing secret is in it: what is behind a token's id.
        #expect(!log.contains(valid.suffix(20)) && !log.contains(wrong.suffix(20)), "\(log)")
    }

    /// They are not looked up without end, and not logged one by one. A token that has held is let in meanwhile.
    @Test func whoShowsWrongTokensHasToWait() async throws {
        let server = try await RunningServer("--auth", "required")
        let valid = Self.bearer(try await Self.token(server, "read", "mem"))
        let body = "{\"namespace\":\"mem\"}"
        #expect(try await server.request("POST", "/login", body, headers: valid).status == 200)
        var answers: [TestConnection.Answer] = []
        for number in 0..<1_000 where answers.last?.status != 429 {
            answers.append(try await server.request("POST", "/login", body, headers: Self.bearer("wrong-\(number)")))
        }
        #expect(answers.prefix(10).allSatisfy { $0.status == 401 }, "\(answers.map(\.status))")
        let last = try #require(answers.last)
        #expect(last.status == 429 && last.text.contains("tokens that are not valid"), "\(last)")
        #expect(last.headers["retry-after"].flatMap { Int($0) }.map { (1...6).contains($0) } == true, "\(last)")
        #expect(try await server.request("POST", "/login", body, headers: valid).status == 200)
        #expect(try await server.request("POST", "/login", body).status == 401)
        try await server.stop()
        let lines = try server.log().filter { $0["reason"] != nil }
        #expect(lines.count < answers.count - 5, "\(lines)")
        #expect(try server.log().contains { $0["message"]?.string == "More tokens were refused" })
    }

    @Test func aRevokedTokenIsRefusedAtOnce() async throws {
        let server = try await RunningServer("--auth", "required")
        let token = try await Self.token(server, "write", "mem")
        let session = try await server.login(headers: Self.bearer(token))
        let body: JSONValue = ["session": .string(session), "key": "tea", "value": Self.tea]
        let added = try await server.request("POST", "/add_memory", body.description, headers: Self.bearer(token))
        #expect(added.status == 200, "\(added.text)")
        let listed = try await Self.command(server, "token", "list", "--json")
        let id = try JSONValue(parsing: listed.output)["tokens"]?.array?.first?["id"]?.string
        let revoked = try await Self.command(server, "token", "revoke", try #require(id), "--reason", "lost")
        #expect(revoked.status == 0, "\(revoked)")
        let refused = try await server.request("POST", "/add_memory", body.description, headers: Self.bearer(token))
        #expect(refused.status == 401)
        try await server.stop()
        let ledger = try await MemoryLedger.open(at: server.ledger)
        let history = try await ledger.history(of: MemoryKey(key: "tea"))
        #expect(history.entries.map(\.event.attribution.actor) == ["bot-write"])
        await ledger.close()
    }

    /// By every route and by MCP: scopes × the token's namespace and another.
    @Test(arguments: AccessScope.allCases) func aTokenReachesItsNamespacesOnly(scope: AccessScope) async throws {
        let server = try await RunningServer("--tools", "all")
        for namespace in ["mine", "theirs"] {
            let session = try await server.login(namespace)
            _ = try await server.post("/add_memory", ["session": .string(session), "key": "tea", "value": Self.tea])
        }
        // A token that is sent counts, though none is needed here.
        let headers = Self.bearer(try await Self.token(server, scope.rawValue, "mine"))
        let foreign = try await server.login("theirs")
        let denied = try await server.request("POST", "/login", "{\"namespace\":\"theirs\"}", headers: headers)
        #expect(denied.status == 403)
        let mine = try await server.login("mine", headers: headers)
        let calls: [(path: String, isWrite: Bool, body: (String) -> JSONValue)] = [
            ("/get_memory", false, { ["session": .string($0), "key": "tea"] }),
            ("/add_memory", true, { ["session": .string($0), "key": "new", "value": Self.tea] }),
            ("/update_memory", true, { ["session": .string($0), "key": "tea", "value": ["text": "x"]] }),
            ("/update_memory_key", true, { ["session": .string($0), "old_key": "tea", "new_key": "chai"] }),
        ]
        for (path, isWrite, body) in calls {
            let other = try await server.request("POST", path, body(foreign).description, headers: headers)
            #expect(other.status == 403, "\(path): \(other.text)")
            let own = try await server.request("POST", path, body(mine).description, headers: headers)
            #expect(own.status == (isWrite && scope == .read ? 403 : 200), "\(path): \(own.text)")
        }
        for (tool, arguments, needs) in Self.tools {
            for namespace in ["mine", "theirs"] {
                let isAllowed = try await Self.call(server, tool, arguments(namespace), headers)
                let mayCall = namespace == "mine" && scope >= needs
                #expect(isAllowed == mayCall, "\(tool) in \(namespace)")
            }
        }
        for tool in ["policy_show", "ledger_statistics", "token_list", "projection_list"] {
            let isAllowed = try await Self.call(server, tool, [:], headers)
            #expect(isAllowed == (scope == .admin), "\(tool)")
        }
        try await server.stop()
        let ledger = try await MemoryLedger.open(at: server.ledger)
        #expect(try await ledger.get(MemoryKey(namespace: "theirs", key: "tea"))?.content.text.isEmpty == true)
        #expect(try await ledger.list(MemoryQuery(namespace: "theirs")).memories.count == 1)
        await ledger.close()
    }

    private static let tools: [(name: String, arguments: @Sendable (String) -> JSONValue, scope: AccessScope)] = [
        ("ledger_memory_get", { ["namespace": .string($0), "keys": ["tea"], "include_quarantined": true] }, .read),
        ("ledger_memory_list", { ["namespace": .string($0)] }, .read),
        ("memory_delete", { ["namespace": .string($0), "key": "new"] }, .write),
    ]

    /// False if the call is denied; what else becomes of it is not looked at.
    private static func call(
        _ server: RunningServer, _ tool: String, _ arguments: JSONValue, _ headers: [String: String]
    ) async throws -> Bool {
        let message: JSONValue = [
            "jsonrpc": "2.0", "id": 1, "method": "tools/call",
            "params": ["name": .string(tool), "arguments": arguments],
        ]
        var all = headers
        all["Content-Type"] = "application/json"
        all["Accept"] = "application/json, text/event-stream"
        let answer = try await server.request("POST", "/mcp", message.description, headers: all, mcp: true)
        let json = try JSONValue(parsing: answer.text)
        try #require(json["error"] == nil, "\(tool): \(answer.text)")
        return !["is not allowed in", "needs a token with the scope"].contains { answer.text.contains($0) }
    }

    @Test func aTokenMayMakeSoManyRequests() async throws {
        let server = try await RunningServer("--rate-limit", "3")
        let headers = Self.bearer(try await Self.token(server, "read", "mem"))
        // All at once: so many take less time than their number of measures, on a busy machine too.
        let connection = try await server.connect()
        let request = connection.text("POST", "/login", "{}", headers: headers)
        try await connection.send(String(repeating: request, count: 100))
        var answers: [TestConnection.Answer] = []
        for _ in 0..<100 { answers.append(try await connection.answer()) }
        let refused = answers.first { $0.status == 429 }
        #expect(answers.prefix(3).allSatisfy { $0.status == 400 }, "\(answers.map(\.status))")
        #expect(refused?.headers["retry-after"] == "1", "\(answers.map(\.status))")
        // Others have a measure of their own.
        #expect(try await server.request("POST", "/login", "{}").status == 400)
        try await server.stop()
    }

    @Test func aTraceBecomesTheCorrelation() async throws {
        let server = try await RunningServer()
        let trace = "0af7651916cd43dd8448eb211c80319c"
        let session = try await server.login()
        let body: JSONValue = ["session": .string(session), "key": "tea", "value": Self.tea]
        _ = try await server.request(
            "POST", "/add_memory", body.description, headers: ["traceparent": "00-\(trace)-b7ad6b7169203331-01"])
        try await server.stop()
        let ledger = try await MemoryLedger.open(at: server.ledger)
        let history = try await ledger.history(of: MemoryKey(key: "tea"))
        #expect(history.entries.map(\.event.attribution.correlationID) == [trace])
        await ledger.close()
    }
}
