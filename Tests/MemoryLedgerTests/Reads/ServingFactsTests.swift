import EventLog
import LedgerCapabilities
import Testing

@testable import MemoryLedger

/// Goal: what a connection knows of the ledger (`ServingFacts`) is not older than the file. Method: another instance
/// quarantines, releases and demands, between reads of each kind.
@Suite struct ServingFactsTests {
    private static let me = Attribution(actor: "ada", correlationID: "r")

    @Test func whatAnotherInstanceChangesIsSeenAtOnce() async throws {
        let test = try await TestLedger.open()
        let links = [MemoryLink(type: "see", key: "b", term: ""), MemoryLink(type: "see", key: "none", term: "")]
        try await test.ledger.add("a", MemoryContent(summary: "a", links: links), by: Self.me)
        try await test.ledger.add("b", MemoryContent(summary: "b"), by: Attribution(actor: "mallory"))
        let other = try await test.another()
        let service = KVMemoryService(test.ledger, by: Self.me)
        func seen() async throws -> [String?] {
            let linked = try await service.getMemory("mem", "a")
            let alone = try await test.ledger.content(accessing: "b", by: Self.me)
            return [linked?.links[0].target?.summary, try await test.ledger.get("b")?.key, alone?.content.summary]
        }
        #expect(try await seen() == ["b", "b", "b"])
        try await test.ledger.flushReads()
        let reads = try await test.ledger.events(EventFilter(types: ["MemoryAccessed"])).map(\.stream.rawValue)
        #expect(reads == ["mem/a", "mem/b"])
        _ = try await other.ledger.quarantine(.actor("mallory"), by: Self.me)
        #expect(try await seen() == [nil, nil, nil])
        _ = try await other.ledger.release(.actor("mallory"), by: Self.me)
        #expect(try await seen() == ["b", "b", "b"])
        #expect(try await test.ledger.get("b")?.meta.accessCount == 2)
        try await other.ledger.setPolicy(LedgerPolicyChange(requiresActor: true, auditsReads: true), by: Self.me)
        await expectLogError(.actorRequired) { _ = try await KVMemoryService(test.ledger).getMemory("mem", "a") }
        await expectLogError(.actorRequired) { _ = try await test.ledger.get("b") }
        #expect(try await service.getMemory("mem", "a")?.links.map(\.summary) == ["b", KVMemoryService.missingSummary])
        try await test.ledger.flushReads()
        let audited = try await test.ledger.events(EventFilter(types: ["MemoriesRead"]))
        #expect(audited.count == 1)
        await other.ledger.close()
        await test.ledger.close()
    }
}
