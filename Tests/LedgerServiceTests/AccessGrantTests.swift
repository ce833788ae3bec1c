import EventLog
import LedgerOperations
import LedgerService
import MemoryLedger
import Testing

/// Goal: a grant lets through what its scope and its namespaces cover, and nothing else. Method: operations of each
/// kind against grants of each kind.
@Suite struct AccessGrantTests {
    private static let here = MemoryKey(namespace: "here", key: "tea")
    private static let there = MemoryKey(namespace: "there", key: "tea")

    private func isAllowed<Operation: LedgerOperation>(_ operation: Operation, _ grant: AccessGrant) -> Bool {
        do {
            try grant.check(operation)
            return true
        } catch {
            return false
        }
    }

    @Test func scopesIncludeTheOnesBefore() {
        for scope in AccessGrant.Scope.allCases {
            for namespaces in [nil, ["here"]] {
                let grant = AccessGrant(scope, namespaces: namespaces)
                #expect(isAllowed(GetMemories([Self.here]), grant))
                #expect(isAllowed(RecallMemories([Self.here]), grant))
                #expect(isAllowed(DeleteMemory(Self.here), grant) == (scope >= .write))
                #expect(isAllowed(ShowPolicy(), grant) == (scope == .admin))
            }
        }
    }

    @Test func namespacesAreKeptApart() {
        for scope in AccessGrant.Scope.allCases {
            let grant = AccessGrant(scope, namespaces: ["here"])
            #expect(!isAllowed(GetMemories([Self.there]), grant))
            #expect(!isAllowed(GetMemories([Self.here, Self.there]), grant))
            #expect(!isAllowed(ListMemories(MemoryQuery()), grant))
            #expect(isAllowed(ListMemories(MemoryQuery(namespace: "here")), grant))
        }
        let writing = AccessGrant(.write, namespaces: ["here"])
        let derived = Provenance(derivedFrom: [Self.there])
        #expect(!isAllowed(AddMemory(Self.here, MemoryContent(), from: derived), writing))
        #expect(isAllowed(AddMemory(Self.here, MemoryContent()), writing))
    }

    /// As namespaces are elsewhere: two texts that look the same are two namespaces.
    @Test func namespacesAreComparedByTheirBytes() {
        let grant = AccessGrant(.read, namespaces: ["caf\u{e9}"])
        #expect(grant.includes(namespace: "caf\u{e9}"))
        #expect(!grant.includes(namespace: "cafe\u{301}"))
        #expect(!grant.includes(namespace: nil))
    }

    @Test func aGrantOfNoNamespaceReachesNothing() {
        let grant = AccessGrant(.write, namespaces: [])
        #expect(!isAllowed(GetMemories([Self.here]), grant))
        #expect(!isAllowed(ListMemories(MemoryQuery()), grant))
    }

    /// What a token says is what its holder may do; an administrator's namespaces are of memories alone.
    @Test func whoShowsATokenIsACaller() async throws {
        let ledger = try await MemoryLedger.inMemory()
        let request = AccessTokenRequest(.admin, namespaces: ["here"], actor: "writer")
        let made = try await ledger.createAccessToken(request, by: Attribution(actor: "owner"))
        let caller = Caller(made.token, correlationID: "r1", causationID: "c1")
        let attribution = Attribution(actor: "writer", correlationID: "r1", causationID: "c1")
        #expect(caller == Caller(attribution, AccessGrant(.admin, namespaces: ["here"])))
        #expect(isAllowed(CreateToken(request), caller.grant) && isAllowed(ListTokens(), caller.grant))
        #expect(isAllowed(AddMemory(Self.here, MemoryContent()), caller.grant))
        #expect(!isAllowed(GetMemories([Self.there]), caller.grant))
        for operation in OperationCatalogue.standard.operations where operation.name.hasPrefix("token.") {
            #expect(operation.requiredScope == .admin)
        }
        await ledger.close()
    }

    @Test func aCallByNameIsCheckedToo() async throws {
        let ledger = try await MemoryLedger.inMemory()
        try await ledger.add(Self.there, MemoryContent(summary: "s"))
        let request = OperationRequest(ledger, grant: AccessGrant(.read, namespaces: ["here"]))
        await #expect(throws: AccessDeniedError.self) {
            try await OperationCatalogue.standard.call(
                "memory.get", ["namespace": "there", "keys": ["tea"]], in: request)
        }
        await ledger.close()
    }

    /// Which memories there are elsewhere is not for a caller who may not read them.
    @Test func whatAMemoryWasMadeFromIsShownAsFarAsItMayBe() async throws {
        let ledger = try await MemoryLedger.inMemory()
        try await ledger.add(Self.there, MemoryContent(summary: "s"))
        let own = MemoryKey(namespace: "here", key: "own")
        try await ledger.add(own, MemoryContent(summary: "s"))
        try await ledger.add(Self.here, MemoryContent(summary: "s"), from: Provenance(derivedFrom: [Self.there, own]))
        let ask: JSONObject = ["namespace": "here", "keys": ["tea"]]
        let limited = OperationRequest(ledger, grant: AccessGrant(.read, namespaces: ["here"]))
        let seen = try await OperationCatalogue.standard.call("memory.get", ask, in: limited)
        #expect(seen["provenance"]?["derived_from"] == [["namespace": "here", "key": "own"]], "\(seen)")
        let all = try await OperationCatalogue.standard.call("memory.get", ask, in: OperationRequest(ledger))
        #expect(all["provenance"]?["derived_from"]?.array?.count == 2, "\(all)")
        await ledger.close()
    }
}
