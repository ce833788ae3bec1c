import EventLog
import LedgerOperations
import MemoryLedger
import Testing

/// Goal: what the documentation shows of searching holds. Method: it is compiled, and run on a ledger of two memories.
@Suite struct DocumentedSearchTests {
    private func ledger() async throws -> MemoryLedger {
        let ledger = try await MemoryLedger.inMemory()
        try await ledger.add(
            MemoryKey(key: "tea"), MemoryContent(summary: "Likes green tea", text: "In the morning.", type: "fact"))
        try await ledger.add(MemoryKey(key: "cup"), MemoryContent(summary: "Has a crack"))
        return ledger
    }

    @Test func ofALedger() async throws {
        let ledger = try await ledger()
        let found = try await ledger.search(MemorySearch("green tea", MemoryFilter(namespace: "mem")))
        for memory in found.memories { print(memory.key.key, memory.excerpt.text()) }
        let memory = try #require(found.memories.first)
        print(memory.excerpt.text(opening: "[", closing: "]"))
        #expect(found.total == 1 && memory.reasons == ["key: tea", "summary: green, tea"])
        let query = TableQuery("SELECT type, count(*) AS memories FROM memories GROUP BY type")
        for row in try await ledger.query(query).rows { print(row) }
        await ledger.close()
    }

    @Test func ofOperations() async throws {
        let ledger = try await ledger()
        let request = OperationRequest(ledger)
        let found = try await SearchMemories(MemorySearch("green tea", limit: 20)).run(in: request)
        for memory in found.memories { print(memory.key, memory.excerpt.text()) }
        #expect(found.total == 1)
        try await Self.searchCompatibly(request)
        let query = TableQuery("SELECT type, count(*) FROM memories GROUP BY type")
        let rows = try await QueryTables(query).run(in: request)
        #expect(rows.rows.count == 2)
        await ledger.close()
    }

    private static func searchCompatibly(_ request: OperationRequest) async throws {
        let found = try await SearchCompatibly(words: "green tea", within: ["mem"]).run(in: request)
        print(found.document())
        #expect(found.document()["pagination"]?["total"] == 1)
    }
}
