import EventLog
import EventLogTesting
import LedgerOperations
import MemoryLedger
import MemoryLedgerTesting
import Synchronization
import Testing

/// Goal: the events that are asked for, and no others, now and as they come. Method: a ledger of two namespaces.
@Suite struct ListEventsTests {
    private func positions(_ ledger: MemoryLedger, _ change: (inout ListEvents) -> Void) async throws -> [Position] {
        var list = ListEvents()
        change(&list)
        return try await list.run(in: OperationRequest(ledger)).page.events.map(\.position)
    }

    @Test func eachFilterSelects() async throws {
        let ledger = try await OperationExample.ledger()
        #expect(try await positions(ledger) { _ in } == [1, 2, 3, 4, 5, 6, 7, 8])
        #expect(try await positions(ledger) { $0.namespace = "other" } == [3])
        #expect(try await positions(ledger) { $0.stream = "mem/tea" } == [1, 4])
        #expect(try await positions(ledger) { $0.stream = "mem/*" } == [1, 2, 4, 5])
        #expect(try await positions(ledger) { $0.actor = "importer" } == [1, 7, 8])
        #expect(try await positions(ledger) { ($0.isReversed, $0.limit) = (true, 2) } == [8, 7])
        #expect(try await positions(ledger) { ($0.after, $0.limit) = (2, 2) } == [3, 4])
        #expect(try await positions(ledger) { $0.moment = ReadMoment(at: .position(2)) } == [1, 2])
        await ledger.close()
    }

    @Test func followingShowsTheLastThenTheNew() async throws {
        let ledger = try await OperationExample.ledger()
        let seen = Mutex<[Position]>([])
        let (stream, continuation) = AsyncStream<Position>.makeStream()
        let follower = Task {
            var list = ListEvents()
            (list.limit, list.namespace) = (1, "mem")
            try await list.follow(in: OperationRequest(ledger)) { event in
                seen.withLock { $0.append(event.position) }
                continuation.yield(event.position)
            }
        }
        var events = stream.makeAsyncIterator()
        #expect(await events.next() == 5)
        try await ledger.add(MemoryKey(namespace: "other", key: "no"), MemoryContent())
        try await ledger.add(MemoryKey(key: "yes"), MemoryContent())
        #expect(await events.next() == 10)
        follower.cancel()
        try await follower.value
        #expect(seen.withLock { $0 } == [5, 10])
        await ledger.close()
    }
}
