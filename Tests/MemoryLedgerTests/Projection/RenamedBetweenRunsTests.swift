import EmbeddedLedger
import EventLog
import EventLogTesting
import LedgerCapabilities
import Testing

@testable import MemoryLedger
@testable import Projections

/// Goal: a rebuild that ends one run of events between the two of a renaming gives the tables that serve.
/// Method: the renaming's first event is the last that a run takes; the memory is changed under its new key.
@Suite struct RenamedBetweenRunsTests {
    @Test func theMemoryIsKnownUnderItsNewKey() async throws {
        let test = try await TestLedger.open()
        let ids = RandomEventIDs()
        try await test.ledger.add("old", MemoryContent(summary: "first"))
        let stream = MemoryStream.name("old")
        var rest = ProjectionStore.batchEvents - 2
        while rest > 0 {
            let count = min(rest, 4_000)
            let events = (0..<count).map { _ in
                NewEvent(id: ids.next(at: test.clock.now()), type: MemoryEvent.Name.accessed, payload: [])
            }
            _ = try await test.ledger.log.append(to: stream, events)
            rest -= count
        }
        try await test.ledger.rename("old", to: "new")
        let last = try await test.ledger.log.head()
        #expect(last == Position(ProjectionStore.batchEvents) + 1)
        try await test.ledger.update("new", MemoryChange(summary: "second"))
        #expect(try await test.ledger.verifyProjections().isEqual)
        await test.ledger.close()
    }
}
