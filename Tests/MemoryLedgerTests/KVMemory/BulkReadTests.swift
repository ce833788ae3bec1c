import EventLog
import Testing

@testable import MemoryLedger

/// Goal: a bulk read follows the best links, depth first, meets each memory once, and shows what a reader is shown.
/// Method: small ledgers by hand; scores that change by reads.
@Suite(.onEveryBackend) struct BulkReadTests {
    private func add(_ ledger: MemoryLedger, _ key: String, _ links: (String, Double)...) async throws {
        let links = links.map { MemoryLink(type: "t", key: $0.0, term: "", weight: $0.1) }
        try await ledger.add(MemoryKey(key: key), MemoryContent(summary: "about \(key)", links: links))
    }

    private func keys(
        _ reading: some MemoryReading, _ key: String, _ bounds: BulkRead.Bounds = BulkRead.Bounds()
    ) async throws -> [String] {
        try #require(try await reading.bulkRead(MemoryKey(key: key), bounds) { _ in true }).associated.map(\.key)
    }

    /// The old program gave the one twice that was found deeper before its turn.
    @Test func whatWasMetDeeperComesOnce() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        try await add(ledger, "a", ("b", 1), ("c", 0.1))
        try await add(ledger, "b", ("c", 1))
        try await add(ledger, "c", ("a", 1), ("c", 1))
        let read = try #require(try await ledger.bulkRead("a") { _ in true })
        #expect(read.associated.map(\.key) == ["b", "c"] && read.associated.map(\.depth) == [1, 2])
        // The link from c to a, the one from c to itself, and the one from a to c when its turn comes.
        #expect(read.duplicatesSkipped == 3 && read.depthReached == 2)
        await ledger.close()
    }

    @Test func theBestLinkToEachCounts() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        try await add(ledger, "a", ("b", 0.1), ("c", 0.5), ("mem:b", 0.9), ("none", 1))
        for key in ["b", "c"] { try await add(ledger, key) }
        let read = try #require(try await ledger.bulkRead("a", .init(depth: 6, breadth: 20, total: 50)) { _ in true })
        #expect(read.associated.map(\.key) == ["mem:b", "c"])
        #expect(read.associated.map(\.combinedScore) == [0.9 * 61, 0.5 * 57].map(BulkRead.rounded))
        #expect(read.target.linked.links.map(\.link.weight) == [0.9, 1, 0.5, 0.1])
        #expect(try await keys(ledger, "a", .init(breadth: 1)) == ["mem:b"])
        #expect(try await keys(ledger, "a", .init(total: 2)) == ["mem:b"])
        #expect(try await keys(ledger, "a", .init(total: 1)).isEmpty)
        await ledger.close()
    }

    /// Reads that wait to be counted are in the score, as they are in statistics, and none is added.
    @Test func readsChangeTheOrder() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        try await add(ledger, "a", ("b", 0.5), ("c", 0.5))
        for key in ["b", "c"] { try await add(ledger, key) }
        #expect(try await keys(ledger, "a") == ["b", "c"])
        for _ in 0..<3 { _ = try await ledger.access("c") }
        #expect(try await keys(ledger, "a") == ["c", "b"])
        try await ledger.flushReads()
        #expect(try await keys(ledger, "a") == ["c", "b"])
        #expect(try await ledger.get("b")?.meta.accessCount == 0)
        // A month without reads.
        test.clock.advance(31 * 86_400_000)
        #expect(try await keys(ledger, "a") == ["c", "b"])
        _ = try await ledger.access("b")
        #expect(try await keys(ledger, "a") == ["b", "c"])
        await ledger.close()
    }

    @Test func whatIsHiddenIsNotThere() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        try await add(ledger, "a", ("b", 0.5), ("c", 0.6))
        try await add(ledger, "b")
        try await ledger.add("c", MemoryContent(summary: "bad"), from: Provenance(source: .init(.tool, "web")))
        let before = try await ledger.log.head()
        #expect(try await keys(ledger, "a") == ["c", "b"])
        try await ledger.quarantine(.source(.init(.tool, "web")), reason: "bad")
        #expect(try await keys(ledger, "a") == ["b"])
        #expect(try await ledger.bulkRead("c") { _ in true } == nil)
        #expect(try await keys(ledger.includingQuarantined, "c").isEmpty)
        #expect(try await keys(ledger.asOf(.position(before)), "a") == ["c", "b"])
        #expect(try await keys(ledger.asOf(.position(2)), "a") == ["b"])
        await ledger.close()
    }
}
