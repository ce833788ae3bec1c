import EventLog
import Testing

import class EventLogTesting.FixedClock

@testable import MemoryLedger

/// Goal: what is asked of links beyond bounds is refused in words, what has expired is not there, and weights beyond 0
/// to 1 do no harm. Method: small ledgers by hand.
@Suite(.onEveryBackend) struct GraphTests {
    @Test func boundsAreSaid() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        try await ledger.add("a", MemoryContent())
        let many = LinkFilter(types: (0...GraphLimits.types).map { "t\($0)" })
        let calls: [() async throws -> Void] = [
            { _ = try await ledger.neighbours(of: "a", NeighbourQuery(limit: 0)) },
            { _ = try await ledger.neighbours(of: "a", NeighbourQuery(limit: 1_001)) },
            { _ = try await ledger.neighbours(of: "a", NeighbourQuery(many)) },
            { _ = try await ledger.neighbours(of: "a", NeighbourQuery(LinkFilter(leastWeight: .nan))) },
            { _ = try await ledger.walk(from: "a", LinkWalk(depth: 0)) },
            { _ = try await ledger.walk(from: "a", LinkWalk(depth: 33)) },
            { _ = try await ledger.walk(from: "a", LinkWalk(limit: 1_001)) },
            { _ = try await ledger.path(from: "a", to: "a", depth: 33) },
            { _ = try await ledger.hubs(limit: 0) }, { _ = try await ledger.orphans(limit: 0) },
            { _ = try await ledger.components(limit: 0) }, { _ = try await ledger.danglingLinks(limit: 0) },
        ]
        for call in calls { await expectError(.invalidArgument) { try await call() } }
        await ledger.close()
    }

    /// Of any page, and of another kind of page.
    @Test(arguments: ["", "?", "bm9uZQ", "W10", "WzFd", "WyJhIl0", "WzEsMl0", "WzEsImEiXQ", "W251bGwsMSwyXQ"])
    func aCursorIsOfItsPages(cursor: String) async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        try await ledger.add("a", MemoryContent(links: [MemoryLink(type: "t", key: "a", term: "")]))
        let calls: [(takes: String, call: () async throws -> Void)] = [
            (
                "WzFd",
                { _ = try await ledger.neighbours(of: "a", NeighbourQuery(.init(direction: .outgoing), after: cursor)) }
            ),
            (
                "WzEsMl0",
                { _ = try await ledger.neighbours(of: "a", NeighbourQuery(.init(direction: .incoming), after: cursor)) }
            ),
            ("WyJhIl0", { _ = try await ledger.orphans(after: cursor) }),
            ("WzEsImEiXQ", { _ = try await ledger.hubs(after: cursor) }),
            ("WzEsImEiXQ", { _ = try await ledger.components(after: cursor) }),
            ("W251bGwsMSwyXQ", { _ = try await ledger.danglingLinks(after: cursor) }),
        ]
        for (takes, call) in calls {
            if takes == cursor { try await call() } else { await expectError(.invalidArgument) { try await call() } }
        }
        await ledger.close()
    }

    /// Its links are gone, and those to it point at nothing.
    @Test func whatHasExpiredIsNotThere() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        let path = test.folder.file("kv.db")
        let expires = test.clock.now().milliseconds + 1_000
        let links = #""links":[{"type":"bug","key":"a","term":"t"}]"#
        try TestDatabase(
            path,
            """
            CREATE TABLE keyv (key VARCHAR(255) PRIMARY KEY, value TEXT);
            INSERT INTO keyv VALUES ('mem:old', '{"value":{"summary":"old",\(links)},"expires":\(expires)}');
            """
        ).close()
        _ = try await ledger.migrate(from: path)
        let link = MemoryLink(type: "t", key: "old", term: "")
        try await ledger.add("a", MemoryContent(links: [link]))
        try await ledger.add("b", MemoryContent(links: [MemoryLink(type: "t", key: "a", term: "")]))
        let seen = try await ledger.log.head()
        try await GraphComparison.run(ledger, ["mem"], "before it expires", seed: 1)
        #expect(try await ledger.neighbours(of: "a")?.total == 3)
        test.clock.advance(2_000)
        try await GraphComparison.run(ledger, ["mem"], "after it", seed: 1)
        #expect(try await ledger.neighbours(of: "a")?.total == 2)
        #expect(try await ledger.neighbours(of: "old") == nil)
        #expect(try await ledger.danglingLinks().links.map(\.to) == ["old"])
        #expect(try await ledger.hubs().hubs.map(\.memory.key) == ["a"])
        #expect(try await ledger.path(from: "b", to: "old") == nil)
        try await GraphComparison.run(ledger.asOf(.position(seen)), ["mem"], "in the past", seed: 1)
        await ledger.close()
    }

    /// What an import brought counts as 0 or 1 on a way, and is shown as it is.
    @Test func oddWeightsDoNoHarm() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        for (key, target, weight) in [("a", "b", 7.0), ("b", "c", -3), ("c", "a", 1e300), ("a", "c", 0.5)] {
            _ = try? await ledger.add(MemoryKey(key: key), MemoryContent())
            try await ledger.link(MemoryKey(key: key), MemoryLink(type: "t", key: target, term: "", weight: weight))
        }
        let walk = LinkWalk(LinkFilter(direction: .outgoing), order: .weight, depth: 32)
        let reached = try #require(try await ledger.walk(from: "a", walk))
        #expect(reached.memories.map(\.key) == ["a", "b", "c"] && reached.memories.map(\.weight) == [1, 1, 0.5])
        #expect(reached.memories[1].link?.weight == 7)
        await ledger.close()
    }

    /// Where reads are events, they say what was asked of links.
    @Test func readsAreWrittenDown() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        try await ledger.add("a", MemoryContent(links: [MemoryLink(type: "t", key: "b", term: "")]))
        try await ledger.add("b", MemoryContent())
        try await ledger.setPolicy(
            LedgerPolicyChange(requiresActor: true, auditsReads: true), by: Attribution(actor: "admin"))
        let reader = ledger.reading(by: Attribution(actor: "reader"))
        _ = try await reader.neighbours(of: "a")
        _ = try await reader.path(from: "a", to: "b")
        _ = try await reader.bulkRead("a") { _ in true }
        try await ledger.flushReads()
        let reads = try await ledger.events(EventFilter(types: [AuditEvent.Name.memoriesRead]))
        let records = try reads.map { try $0.json()["data"] }
        #expect(records.map { $0?["operation"] } == ["graph", "graph", "bulk"])
        #expect(records.allSatisfy { $0?["keys"]?.array?.contains("b") == true }, "\(records)")
        await expectLogError(.actorRequired) { _ = try await ledger.neighbours(of: "a") }
        await ledger.close()
    }
}
