import EmbeddedLedger
import EventLog
import Foundation
import LedgerCapabilities
import SQLiteEventLog
import Testing

import class EventLogTesting.FixedClock

@testable import MemoryLedger

/// Goal: what goes wrong while reads are appended neither loses nor repeats them, and no read poisons those after it.
/// Method: another holder of the writer lock; contexts that the log refuses; a ledger that is read only.
@Suite(.serialized) struct ReadCounterFailureTests {
    /// Keeps the writer's turn until it is told to end, as another process would.
    private struct Holder {
        private let test: TestLedger
        private let ending = DispatchSemaphore(value: 0)
        private let task: Task<Void, any Error>

        init(_ test: TestLedger) async throws {
            let other = try await test.another()
            let (ending, holding) = (ending, AsyncStream.makeStream(of: Void.self))
            self.test = other
            task = Task {
                try await other.ledger.log.inFile.onWriter { _ in
                    holding.continuation.finish()
                    ending.wait()
                }
            }
            for await _ in holding.stream {}
        }

        func end() async throws {
            ending.signal()
            try await task.value
            await test.ledger.close()
        }
    }

    private func open(_ reads: MemoryLedgerOptions.ReadCounting, busyMilliseconds: Int = 30) async throws -> TestLedger
    {
        let test = try await TestLedger.open(reads: reads) { $0.file.busyTimeoutMilliseconds = busyMilliseconds }
        try await test.ledger.add("a", MemoryContent(summary: "it"))
        return test
    }

    @Test(.timeLimit(.minutes(5)))
    func whileAnotherProcessWritesTheReadsWait() async throws {
        let test = try await open(.batched(reads: 2, milliseconds: 3_600_000))
        let ledger = test.ledger
        let holder = try await Holder(test)
        var time = test.clock.now()
        for count in 1...5 {
            test.clock.advance(100)
            time = test.clock.now()
            #expect(try await ledger.access("a")?.meta.accessCount == count)
            let found = try await ledger.get("a")
            #expect(found?.meta.accessCount == count && found?.meta.lastAccessedAt == time)
        }
        let error = await expectLogError(.busy) { try await ledger.flushReads() }
        #expect(error?.holderProcessID == getpid())
        await expectLogError(.busy) { try await ledger.update("a", MemoryChange(text: "x")) }
        #expect(try await ledger.get("a")?.meta.accessCount == 5)
        try await holder.end()
        try await ledger.flushReads()
        #expect(try await ledger.get("a")?.meta.accessCount == 5)
        #expect(try await ledger.get("a")?.meta.lastAccessedAt == time)
        let events = try await ledger.events(EventFilter(types: ["MemoryAccessed"]))
        #expect(events.map(\.occurredAt) == events.map(\.occurredAt).sorted() && events.count == 5)
        try await test.expectRebuildChangesNothing()
        await ledger.close()
    }

    /// An append that waits for its turn, or syncs, holds up no reader.
    @Test(.timeLimit(.minutes(5)))
    func besideAnAppendReadsAreAnsweredWithWhatItHolds() async throws {
        let test = try await open(.batched(reads: 1_000, milliseconds: 3_600_000), busyMilliseconds: 3_600_000)
        let ledger = test.ledger
        let holder = try await Holder(test)
        for _ in 1...3 { _ = try await ledger.access("a") }
        let flush = Task { try await ledger.flushReads() }
        // By then it has begun. If it has not, this test shows nothing, and does not fail.
        try await Task.sleep(for: .milliseconds(100))
        #expect(try await ledger.get("a")?.meta.accessCount == 3)
        #expect(try await ledger.access("a")?.meta.accessCount == 4)
        #expect(try await ledger.list().memories.map(\.meta.accessCount) == [4])
        try await holder.end()
        try await flush.value
        #expect(try await ledger.events(EventFilter(types: ["MemoryAccessed"])).count == 3)
        #expect(try await ledger.get("a")?.meta.accessCount == 4)
        await ledger.close()
    }

    /// A newer read that waits must not be overtaken by an older one whose append failed.
    @Test(.timeLimit(.minutes(5)))
    func afterAFailedAppendTheLatestTimeStays() async throws {
        let test = try await open(.batched(reads: 1_000, milliseconds: 3_600_000), busyMilliseconds: 300)
        let ledger = test.ledger
        let holder = try await Holder(test)
        _ = try await ledger.access("a")
        let flush = Task { try await ledger.flushReads() }
        // The flush has taken the first read when nothing waits any more; it waits for its turn then.
        try await Task.sleep(for: .milliseconds(60))
        test.clock.advance(100)
        // Reading would wait for the append; the count alone does not.
        _ = try await ledger.reads.count("a", .accessed, by: Attribution())
        await expectLogError(.busy) { try await flush.value }
        let found = try await ledger.get("a")
        #expect(found?.meta.accessCount == 2 && found?.meta.lastAccessedAt == test.clock.now())
        try await holder.end()
        await ledger.close()
    }

    @Test(.timeLimit(.minutes(5)))
    func aStrictReadThatFailsIsNotCounted() async throws {
        let test = try await open(.strict)
        let ledger = test.ledger
        let holder = try await Holder(test)
        await expectLogError(.busy) { _ = try await ledger.access("a") }
        #expect(try await ledger.get("a")?.meta.accessCount == 0)
        try await holder.end()
        #expect(try await ledger.access("a")?.meta.accessCount == 1)
        #expect(try await ledger.get("a")?.meta.accessCount == 1)
        #expect(try await ledger.log.head() == 2)
        await ledger.close()
    }

    @Test(arguments: [
        Attribution(actor: String(repeating: "x", count: 1_025)), Attribution(actor: ""),
        Attribution(correlationID: "a\nb"), Attribution(causationID: ""),
    ])
    func aContextThatTheLogRefusesIsRefusedAtOnce(attribution: Attribution) async throws {
        let test = try await open(.batched(reads: 100, milliseconds: 3_600_000))
        let ledger = test.ledger
        _ = try await ledger.access("a")
        await #expect(throws: EventLogError.self) { _ = try await ledger.access("a", by: attribution) }
        await #expect(throws: EventLogError.self) { _ = try await ledger.traverse("a", by: attribution) }
        _ = try await ledger.access("a")
        try await ledger.flushReads()
        try await ledger.update("a", MemoryChange(text: "new"))
        #expect(try await ledger.get("a")?.meta.accessCount == 2)
        await ledger.close()
    }

    @Test func aLedgerThatIsReadOnlyCountsNothing() async throws {
        let test = try await open(.batched(reads: 100, milliseconds: 3_600_000))
        let reader = try await test.another(access: .readOnly)
        await expectLogError(.readOnly) { _ = try await reader.ledger.access("a") }
        await expectLogError(.readOnly) { _ = try await reader.ledger.traverse("a") }
        #expect(try await reader.ledger.get("a")?.meta.accessCount == 0)
        #expect(try await reader.ledger.digest() == test.ledger.digest())
        await reader.ledger.close()
        await test.ledger.close()
    }

    /// The other's reads go to the key under which it found the memory. Counts may be lost so, and nothing else.
    @Test func aMemoryThatAnotherProcessRenamesOrDeletesMeanwhile() async throws {
        let test = try await open(.batched(reads: 100, milliseconds: 3_600_000))
        let other = try await test.another()
        _ = try await test.ledger.access("a")
        try await other.ledger.rename("a", to: "b")
        try await test.ledger.flushReads()
        #expect(try await test.ledger.get("a") == nil)
        #expect(try await test.ledger.get("b")?.content.summary == "it")
        _ = try await test.ledger.traverse("b")
        try await other.ledger.delete("b")
        try await test.ledger.flushReads()
        #expect(try await test.ledger.all().isEmpty)
        try await test.ledger.add("a", MemoryContent())
        try await test.ledger.add("b", MemoryContent())
        try await test.ledger.rename("b", to: "c")
        try await test.expectRebuildChangesNothing()
        await other.ledger.close()
        await test.ledger.close()
    }
}
