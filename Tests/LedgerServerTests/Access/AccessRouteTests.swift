import LedgerService
import MemoryLedger
import Testing

@testable import LedgerServer

/// Goal: no caller does or sees what its token does not allow, by whatever path. Method: every route that the server
/// has × scopes × namespaces; a new route does not compile without its row.
@Suite struct AccessRouteTests {
    private enum Needs {
        case nothing
        /// A token that holds.
        case token
        /// A scope in the namespace.
        case scope(AccessScope)
        /// To read the namespace that the path names: one that may not finds nothing there.
        case path
        /// A scope for the ledger as a whole.
        case ledger(AccessScope)
    }

    private struct Call {
        var method = "POST"
        var path: String
        var mcp = false
        var body: JSONValue = [:]
        var needs: Needs
        var status = 200
        /// Whoever may is answered `success`.
        var succeeds = false
    }

    private static func calls(of route: Route, in place: AccessPlace) -> [Call] {
        let session = JSONValue.string(place.session)
        let shared = JSONValue.string(AccessWorld.shared)
        switch route {
        case .compatible(.login):
            return [Call(path: "/login", body: ["namespace": .string(place.namespace)], needs: .scope(.read))]
        case .compatible(.add):
            let value: JSONValue = ["summary": "s", "text": "t"]
            return [
                Call(
                    path: "/add_memory", body: ["session": session, "key": .string(place.free), "value": value],
                    needs: .scope(.write), succeeds: true)
            ]
        case .compatible(.get):
            return [
                Call(
                    path: "/get_memory", body: ["session": session, "key": shared], needs: .scope(.read),
                    succeeds: true)
            ]
        case .compatible(.update):
            return [
                Call(
                    path: "/update_memory",
                    body: ["session": session, "key": .string(place.made), "value": ["text": "changed"]],
                    needs: .scope(.write), succeeds: true)
            ]
        case .compatible(.rename):
            return [
                Call(
                    path: "/update_memory_key",
                    body: ["session": session, "old_key": .string(place.made), "new_key": .string(place.free)],
                    needs: .scope(.write), succeeds: true)
            ]
        case .compatible(.bulk):
            let key = "\(place.namespace)%3A\(AccessWorld.shared)"
            return [Call(method: "GET", path: "/api/memories/\(key)/bulk", needs: .path, succeeds: true)]
        case .compatible(.search), .compatible(.fulltext):
            // Without a session it is of what the token is for.
            let (path, asked) = route == .compatible(.search) ? ("/search", "q=") : ("/fulltext", "keywords=")
            return [
                Call(
                    method: "GET", path: "\(path)?\(asked)s&session=\(place.session)", needs: .scope(.read),
                    succeeds: true),
                Call(method: "GET", path: "\(path)?\(asked)s", needs: .token, succeeds: true),
            ]
        case .mcp:
            // Tools have tables of their own.
            return [
                Call(path: "/mcp", mcp: true, body: ["jsonrpc": "2.0", "id": 1, "method": "ping"], needs: .token)
            ]
        case .own(.live), .own(.ready):
            return [false, true].map { Call(method: "GET", path: "/\(route.name)", mcp: $0, needs: .nothing) }
        case .mcpHealth: return [Call(method: "GET", path: "/health", mcp: true, needs: .nothing)]
        case .own(.metrics):
            return [false, true].map { Call(method: "GET", path: "/metrics", mcp: $0, needs: .ledger(.admin)) }
        case .unknown:
            return ["/", "/nothing", "/login/", "/memories/beta/shared"].map {
                Call(path: $0, needs: .token, status: 404)
            }
        }
    }

    private static func status(_ call: Call, _ caller: AccessCaller, _ namespace: String) -> Int {
        if case .nothing = call.needs { return call.status }
        guard caller.scope != nil else { return 401 }
        return switch call.needs {
        case .nothing, .token: call.status
        case .path: caller.includes(namespace) ? call.status : 404
        case .scope(let scope): caller.mayDo(scope) && caller.includes(namespace) ? call.status : 403
        case .ledger(let scope): caller.mayDo(scope) ? call.status : 403
        }
    }

    /// What is not allowed comes first, and leaves no event.
    @Test func everyRouteAsksForRights() async throws {
        let test = try await AccessServer()
        let head = try await test.head()
        let callers = test.world.strangers + test.world.callers
        let owners = try await test.connect()
        var number = 0
        for isAllowed in [false, true] {
            for caller in callers {
                let api = try await test.server.connect()
                let mcp = try await test.connect()
                for route in Route.all {
                    for var place in test.places {
                        if isAllowed, case .compatible = route {
                            number += 1
                            place = try await test.prepared(place, number, owners)
                        }
                        for call in Self.calls(of: route, in: place) {
                            let status = Self.status(call, caller, place.namespace)
                            guard ([401, 403].contains(status)) != isAllowed else { continue }
                            var headers = caller.headers
                            headers["Content-Type"] = "application/json"
                            headers["Accept"] = "application/json, text/event-stream"
                            let answer = try await (call.mcp ? mcp : api).request(
                                call.method, call.path, call.method == "GET" ? "" : call.body.description,
                                headers: headers)
                            let words = "\(caller) \(call.path) in \(place.namespace): \(answer.status) \(answer.text)"
                            #expect(answer.status == status, "\(words)")
                            if call.succeeds, status == 200 {
                                let success = try JSONValue(parsing: answer.text)["success"]
                                #expect(success == true, "\(words)")
                            }
                            let shows = answer.text.contains(AccessWorld.mark)
                            #expect(!shows || (caller.includes(AccessWorld.theirs) && status == 200), "\(words)")
                            if [.compatible(.get), .compatible(.bulk)].contains(route), status == 200 {
                                #expect(shows == (place.namespace == AccessWorld.theirs), "\(words)")
                            }
                        }
                    }
                }
            }
            if !isAllowed { #expect(try await test.head() == head) }
        }
        try await test.stop()
    }

    /// A session opens no namespace, a link shows no summary from another one, and a whole key finds nothing there but
    /// for those who may read it.
    @Test func linksAndWholeKeysStayInTheGrant() async throws {
        let test = try await AccessServer()
        for caller in test.world.callers where caller.includes(AccessWorld.mine) {
            let connection = try await test.server.connect()
            let session = try test.place(AccessWorld.mine).session
            func get(_ key: String) async throws -> JSONValue {
                let body: JSONValue = ["session": .string(session), "key": .string(key)]
                let answer = try await connection.request(
                    "POST", "/get_memory", body.description, headers: caller.headers)
                #expect(answer.status == 200, "\(caller) \(key): \(answer.text)")
                return try JSONValue(parsing: answer.text)
            }
            let seesTheirs = caller.includes(AccessWorld.theirs)
            let linker = try await get("linker")
            let links = try #require(linker["data"]?["links"]?.array, "\(linker)")
            for link in links {
                let summary = link["summary"]?.string
                switch link["key"]?.string {
                case AccessWorld.shared: #expect(summary == "plain")
                // The old program's clients may mean a memory anywhere by its whole key.
                case AccessWorld.migrated where seesTheirs: break
                default: #expect(summary == "关联记忆不存在", "\(caller): \(link)")
                }
            }
            let whole = try await get(AccessWorld.migrated)
            #expect((whole["data"]?["summary"]?.string == AccessWorld.mark) == seesTheirs, "\(caller): \(whole)")
            for key in ["beta:shared", "/beta/shared", "beta/shared", "alpha:beta:shared"] {
                #expect(try await get(key) == ["success": false, "message": "memory not found"], "\(caller) \(key)")
            }
        }
        try await test.stop()
    }
}
