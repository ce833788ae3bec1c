import EventLog
import LedgerOperations
import LedgerService
import MemoryLedger
import Testing

/// Goal: no route lets a caller do what its grant does not cover. Method: every route × scopes × namespaces, with
/// sessions that others opened; what is refused changes and counts nothing.
@Suite struct CompatibleGrantTests {
    private static let routes: [(path: String, body: @Sendable (JSONValue) -> JSONObject, needs: AccessGrant.Scope)] = [
        ("/get_memory", { ["session": $0, "key": "a"] }, .read),
        ("/add_memory", { ["session": $0, "key": "a", "value": ["summary": "x", "text": ""]] }, .write),
        ("/update_memory", { ["session": $0, "key": "a", "value": ["text": "x"]] }, .write),
        ("/update_memory_key", { ["session": $0, "old_key": "a", "new_key": "b"] }, .write),
    ]

    @Test(arguments: AccessGrant.Scope.allCases, [["here"], ["there"], ["there", "here"], []])
    func everyRoute(scope: AccessGrant.Scope, namespaces: [String]) async throws {
        let caller = ServiceLedger.caller(scope, namespaces)
        for (path, body, needs) in Self.routes {
            let test = try await ServiceLedger()
            try await test.ledger.add(MemoryKey(namespace: "here", key: "a"), MemoryContent(summary: "Mine"))
            // Another caller opened it.
            let session = JSONValue.string(try await test.session("here"))
            let head = try await test.ledger.log.head()
            let reply = await test.post(path, .object(body(session)), by: caller)
            let isAllowed = scope >= needs && namespaces.contains("here")
            #expect(reply.status == (isAllowed ? 200 : 403), "\(path): \(reply)")
            #expect(reply.json?["success"] == JSONValue(isAllowed), "\(path): \(reply)")
            if !isAllowed {
                try await test.ledger.flushReads()
                #expect(try await test.ledger.log.head() == head, "\(path) appended")
                #expect(!reply.text.contains("Mine"))
            }
            await test.ledger.close()
        }
    }

    @Test func aSessionIsOfANamespaceThatIsGranted() async throws {
        let test = try await ServiceLedger()
        for scope in AccessGrant.Scope.allCases {
            let caller = ServiceLedger.caller(scope, ["here"])
            #expect(await test.post("/login", ["namespace": "here"], by: caller).status == 200)
            let other = await test.post("/login", ["namespace": "there"], by: caller)
            #expect(other.status == 403 && other.json?["success"] == false)
        }
        await test.ledger.close()
    }

    /// The last memory of a session that others use is not counted by who may not read it.
    @Test func aSessionOfOthersIsNotUsed() async throws {
        let test = try await ServiceLedger()
        try await test.ledger.add(MemoryKey(namespace: "here", key: "a"), MemoryContent())
        let session = JSONValue.string(try await test.session("here"))
        _ = await test.post("/get_memory", ["session": session, "key": "a"])
        let caller = ServiceLedger.caller(.admin, ["there"])
        for key in ["a", "none"] {
            let reply = await test.post("/get_memory", ["session": session, "key": .string(key)], by: caller)
            #expect(reply.status == 403)
        }
        let meta = try await test.meta("a", "here")
        #expect(meta.accessCount == 1 && meta.traverseCount == 0)
        await test.ledger.close()
    }
}
