import EventLog
import LedgerOperations
import MemoryLedger
import Testing

/// Goal: what the documentation shows of links holds. Method: it is compiled, and run on a ledger in which tea leads to
/// a cup.
@Suite struct DocumentedLinksTests {
    private func ledger() async throws -> MemoryLedger {
        let ledger = try await MemoryLedger.inMemory()
        let link = MemoryLink(type: "design", key: "cup", term: "in", weight: 0.8)
        try await ledger.add(MemoryKey(key: "tea"), MemoryContent(summary: "Likes green tea", links: [link]))
        try await ledger.add(MemoryKey(key: "cup"), MemoryContent(summary: "Has a crack"))
        return ledger
    }

    @Test func ofALedger() async throws {
        let ledger = try await ledger()
        let design = LinkFilter(direction: .outgoing, types: ["design"], leastWeight: 0.3)
        let own = try await ledger.neighbours(of: MemoryKey(key: "tea"), NeighbourQuery(design))
        #expect(own?.neighbours.map(\.summary) == ["Has a crack"])
        var query = NeighbourQuery(LinkFilter(direction: .incoming), limit: 20)
        let page = try await ledger.neighbours(of: MemoryKey(key: "tea"), query)
        query.after = page?.next
        #expect(page?.neighbours.isEmpty == true && query.after == nil)
        let walk = LinkWalk(LinkFilter(direction: .outgoing), order: .weight, depth: 3, limit: 50)
        let reached = try await ledger.walk(from: MemoryKey(key: "tea"), walk)
        #expect(reached?.memories.map(\.key) == ["tea", "cup"])
        let memory = try #require(try await ledger.get(MemoryKey(key: "tea")))
        let now = ledger.options.clock.now()
        let score = MemoryScore(memory.meta, at: now).value
        #expect(score > 50)
        await ledger.close()
    }

    @Test func ofOperations() async throws {
        let ledger = try await ledger()
        let request = OperationRequest(ledger)
        let query = NeighbourQuery(LinkFilter(direction: .incoming), limit: 20)
        let page = try await ListNeighbours(MemoryKey(key: "tea"), query).run(in: request)
        for neighbour in page.neighbours { print(neighbour.link.type, neighbour.key ?? "-") }
        let walk = LinkWalk(LinkFilter(direction: .outgoing), order: .weight, depth: 3, limit: 50)
        let reached = try await WalkLinks(MemoryKey(key: "tea"), walk).run(in: request)
        for memory in reached.memories { print(memory.depth, memory.key) }
        let found = try await FindPath(from: MemoryKey(key: "tea"), to: "cup", order: .weight).run(in: request)
        print(found.path?.memories.map(\.key) ?? [])
        #expect(reached.memories.count == 2 && found.path?.weight == 0.8)
        let read = try await BulkReadMemory(MemoryKey(key: "tea"), depth: 2, total: 50).run(in: request)
        print(read.document())
        #expect(read.document()["metadata"]?["totalRetrieved"] == 2)
        await ledger.close()
    }

    @Test func ofANamespace() async throws {
        let ledger = try await ledger()
        let request = OperationRequest(ledger)
        #expect(try await Self.orphans(request) == ["tea"])
        #expect(try await Self.hubs(request) == 1)
        #expect(try await Self.components(request) == 1)
        #expect(try await Self.dangling(request) == 0)
        await ledger.close()
    }

    private static func orphans(_ request: OperationRequest) async throws -> [String] {
        let page = try await ListOrphans(in: "mem", limit: 20).run(in: request)
        for memory in page.memories { print(memory.key, memory.summary) }
        return page.memories.map(\.key)
    }

    private static func hubs(_ request: OperationRequest) async throws -> Int {
        let page = try await ListHubs(in: "mem", limit: 10).run(in: request)
        for hub in page.hubs { print(hub.links, hub.memory.key) }
        return page.hubs.count
    }

    private static func components(_ request: OperationRequest) async throws -> Int {
        let page = try await ListComponents(in: "mem").run(in: request)
        for component in page.components { print(component.size, component.keys[0]) }
        return page.components.count
    }

    private static func dangling(_ request: OperationRequest) async throws -> Int {
        let page = try await ListDanglingLinks(in: "mem").run(in: request)
        for link in page.links { print(link.from, link.to ?? "-") }
        return page.links.count
    }
}
