import EventLog
import LedgerOperations
import LedgerService
import MemoryLedger
import Testing

/// Goal: a bulk read finds its memory wherever its client means it, counts nothing, and shows nothing of namespaces
/// that the caller may not read. Method: requests without a socket, with callers of several grants.
@Suite struct BulkReadTests {
    private func get(_ test: ServiceLedger, _ path: String, by caller: Caller = ServiceLedger.owner) async -> Reply {
        await test.send(ServiceRequest("GET", "/api/memories/\(path)/bulk", by: caller))
    }

    private func summary(_ reply: Reply) -> String? { reply.json?["data"]?["targetMemory"]?["summary"]?.string }

    private func counts(_ test: ServiceLedger, _ key: String) async throws -> [Int] {
        let meta = try await test.meta(key)
        return [meta.accessCount, meta.traverseCount]
    }

    private func add(_ test: ServiceLedger, _ namespace: String, _ key: String, to targets: String...) async throws {
        let links = targets.map { MemoryLink(type: "bug", key: $0, term: "t") }
        try await test.ledger.add(
            MemoryKey(namespace: namespace, key: key), MemoryContent(summary: "\(namespace) \(key)", links: links))
    }

    /// There is no session: the whole key says where the memory is, the caller's own namespace first.
    @Test func aWholeKeyIsEnough() async throws {
        let test = try await ServiceLedger(.two)
        try await add(test, "mem", "a")
        try await add(test, "research", "a")
        try await add(test, "Nova", "ui:login", to: "ui:index")
        try await add(test, "Nova", "ui:index")
        #expect(summary(await get(test, "a")) == "mem a")
        #expect(summary(await get(test, "mem:a")) == "mem a")
        #expect(summary(await get(test, "research:a")) == "research a")
        let login = await get(test, "Nova%3Aui:login")
        #expect(summary(login) == "Nova ui:login")
        #expect(login.json?["data"]?["associatedMemories"]?.array?.first?["key"] == "ui:index")
        #expect(await get(test, "ui:login").status == 404)
        // A caller of one namespace works there.
        let researcher = ServiceLedger.caller(.read, ["research"])
        #expect(summary(await get(test, "a", by: researcher)) == "research a")
        #expect(summary(await get(test, "research:a", by: researcher)) == "research a")
        for other in ["mem:a", "Nova:ui:login", "none"] {
            #expect(await get(test, other, by: researcher).status == 404, "\(other)")
        }
        // One of several has no namespace of its own, and the default is not among them.
        let both = ServiceLedger.caller(.read, ["research", "Nova"])
        #expect(summary(await get(test, "Nova:ui:login", by: both)) == "Nova ui:login")
        for other in ["a", "mem:a", "other:a"] {
            let reply = await get(test, other, by: both)
            #expect(reply.status == 403 && !reply.text.contains("summary"), "\(other): \(reply)")
        }
        await test.ledger.close()
    }

    /// Memories of a migrated database are found by their whole keys, by links, too.
    @Test(arguments: [nil, "old"]) func migratedMemoriesAreFound(namespace: String?) async throws {
        let test = try await ServiceLedger(.two)
        try await test.migrateSecondVersion(
            [("Nova:index", ["Nova:ui"]), ("Nova:ui", ["Nova:index"])], into: namespace)
        let whole = await get(test, "Nova:index")
        #expect(whole.json?["data"]?["targetMemory"]?["key"] == "Nova:index", "\(whole)")
        let others = whole.json?["data"]?["associatedMemories"]?.array
        #expect(others?.map { $0["key"] } == ["Nova:ui"], "\(whole)")
        #expect(whole.json?["data"]?["metadata"]?["duplicatesSkipped"] == 1, "\(whole)")
        // From a session in another namespace, and by a link from there.
        try await add(test, "research", "mine", to: "Nova:index")
        let session = CompatibleService.Place.session(try await test.session("research"))
        let linked = try await test.service.bulk(
            "mine", BulkRead.Bounds(), in: session, by: ServiceLedger.owner)
        #expect(linked.read.associated.map(\.key) == ["Nova:index", "Nova:ui"])
        let researcher = ServiceLedger.caller(.read, ["research"])
        let alone = try await test.service.bulk("mine", BulkRead.Bounds(), in: session, by: researcher)
        #expect(alone.read.associated.isEmpty && alone.read.target.linked.links.map(\.target) == [nil])
        await test.ledger.close()
    }

    /// It counts no access. A session remembers it, so that its next read counts a way.
    @Test func aSessionRemembersIt() async throws {
        let test = try await ServiceLedger(.two)
        try await add(test, "mem", "a", to: "b")
        try await add(test, "mem", "b")
        let session = CompatibleService.Place.session(try await test.session())
        let (service, owner) = (test.service, ServiceLedger.owner)
        _ = try await service.bulk("a", BulkRead.Bounds(), in: session, by: owner)
        _ = try? await service.bulk("none", BulkRead.Bounds(), in: session, by: owner)
        #expect(try await counts(test, "a") == [0, 0])
        _ = try await service.get("b", sortLinks: nil, in: session, by: owner)
        #expect(try await [counts(test, "a"), counts(test, "b")] == [[0, 1], [1, 0]])
        await test.ledger.close()
    }
}
