import AgentContext
import EventLog
import Foundation
import LedgerOperations
import MemoryLedger
import Testing

/// Goal: what the articles show in Swift holds. Method: it is compiled and run, each block as its article has it.
@Suite struct ArticleExampleTests {
    @Test func memoriesAndLinks() async throws {
        let ledger = try await MemoryLedger.inMemory()
        let (tea, morning) = (MemoryKey(key: "tea"), MemoryKey(key: "morning"))
        try await ledger.add(tea, MemoryContent(summary: "Likes green tea"))
        try await ledger.add(morning, MemoryContent(summary: "Gets up at six"))
        try await ledger.link(tea, MemoryLink(type: "design", key: "morning", term: "habit", weight: 0.8))
        let neighbours = try await ledger.neighbours(of: tea)
        for neighbour in neighbours?.neighbours ?? [] { print(neighbour.key ?? "", neighbour.summary ?? "") }
        #expect(neighbours?.neighbours.map(\.key) == ["morning"])
        await ledger.close()
    }

    @Test func anyMoment() async throws {
        let ledger = try await MemoryLedger.inMemory()
        let tea = MemoryKey(key: "tea")
        try await ledger.add(tea, MemoryContent(summary: "Likes green tea"))
        try await ledger.update(tea, MemoryChange(summary: "Likes black tea"))
        let before = try await ledger.asOf(.position(1))
        let then = try await before.get(tea)
        let changes = try await ledger.history(of: tea)
        #expect(then?.content.summary == "Likes green tea" && changes.entries.count == 2)
        await ledger.close()
    }

    @Test func whoDidWhat() async throws {
        let ledger = try await MemoryLedger.inMemory()
        let page = Provenance(source: .init(.tool, "web-search"), trust: 40)
        let bot = Attribution(actor: "bot")
        let content = MemoryContent(summary: "Tea is bad")
        try await ledger.add(MemoryKey(key: "page-7"), content, from: page, by: bot)
        #expect(try await ledger.get(MemoryKey(key: "page-7"))?.provenance?.trust == 40)
        await ledger.close()
    }

    @Test func replacingKVMemory() async throws {
        let ledger = try await MemoryLedger.inMemory()
        let memories = KVMemory(ledger, namespace: "mem", by: Attribution(actor: "assistant"))
        try await memories.add("tea", MemoryContent(summary: "Likes green tea"))
        let tea = try await memories.get("tea")
        #expect(tea?.content.summary == "Likes green tea")
        await ledger.close()
    }

    @Test func frontEnds() async throws {
        let ledger = try await MemoryLedger.inMemory()
        let tea = MemoryKey(key: "tea")
        let request = OperationRequest(ledger, by: Attribution(actor: "assistant"))
        let added = try await AddMemory(tea, MemoryContent(summary: "Likes tea")).run(in: request)

        let catalogue = try OperationCatalogue(of: ledger)
        let document = try await catalogue.call("memory.get", ["keys": ["tea"], "at": "1"], in: request)
        #expect(document["summary"]?.string == "Likes tea")
        print(added)
        await ledger.close()
    }
}
