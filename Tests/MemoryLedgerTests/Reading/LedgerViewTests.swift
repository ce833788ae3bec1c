import EventLog
import Projections
import SQLiteEventLog
import Testing

import class EventLogTesting.FixedClock

@testable import MemoryLedger

/// Goal: a view answers what the ledger answered at its moment, and never changes.
@Suite(.onEveryBackend) struct LedgerViewTests {
    @Test func itAnswersAsTheLedgerDid() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        try await ledger.add("a", MemoryContent(summary: "first", links: [MemoryLink(type: "t", key: "b", term: "x")]))
        try await ledger.add("b", MemoryContent(summary: "second"))
        test.clock.advance(1_000)
        let before = try await ledger.all()
        let statistics = try await ledger.statistics()
        let position = try await ledger.log.head()
        let time = test.clock.now()
        test.clock.advance(1_000)
        try await ledger.rename("b", to: "c")
        try await ledger.put("a", MemoryContent(summary: "overwritten"))
        _ = try await ledger.access("c")
        let now = try await ledger.all()

        for moment in [Moment.position(position), .time(time)] {
            let view = try await ledger.asOf(moment)
            #expect(try await view.list().memories == before)
            #expect(try await view.get("b") == before[1])
            #expect(try await view.get("c") == nil)
            #expect(try await view.statistics().namespaces == statistics.namespaces)
            try await ledger.put("a", MemoryContent(summary: "again"))
            #expect(try await view.list().memories == before)
        }
        let view = try await ledger.asOf(.position(position + 4))
        #expect(try await view.list().memories == now)
        await ledger.close()
    }

    @Test func whatHadOccurred() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        try await ledger.add("a", MemoryContent(summary: "first"))
        let time = test.clock.now()
        test.clock.advance(1_000)
        try await ledger.add("b", MemoryContent(summary: "second"))
        let view = try await ledger.asOf(.occurred(time))
        #expect(try await view.list().memories.map(\.id) == ["a"])
        await ledger.close()
    }

    /// An event that the tables do without is left out of every answer about the past, and an event that they have
    /// applied is not applied again.
    @Test func skippedEventsAreLeftOut() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        try await ledger.add("a", MemoryContent(summary: "first"))
        for _ in 0..<2 {
            _ = try await ledger.access("a")
            try await ledger.flushReads()
        }
        let before = try await ledger.digest()
        try await ledger.skipDeadLetters(["memories"], positions: [2])
        _ = try await ledger.retryDeadLetters(["memories"], positions: [2])
        #expect(try await ledger.digest() == before)
        #expect(try await ledger.verifyProjections().isEqual)
        try await ledger.skipDeadLetters(["memories"], positions: [2])
        try await ledger.rebuild(onDifference: .replace)
        let view = try await ledger.asOf(.position(3))
        #expect(try await ledger.get("a")?.meta.accessCount == 1)
        #expect(try await view.get("a")?.meta.accessCount == 1)
        #expect(try await view.list().memories == ledger.all())
        await ledger.close()
    }
}
