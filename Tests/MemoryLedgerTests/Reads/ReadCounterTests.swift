import EventLog
import LedgerCapabilities
import SQLiteEventLog
import Synchronization
import Testing

import class EventLogTesting.FixedClock

@testable import MemoryLedger

/// Goal: every counted read counts once, and a reader through the ledger sees its own counts at once, whether they
/// wait, are being appended or are in the projection. Method: each way that a batch ends; then all of them at the same
/// time, from many tasks.
@Suite(.onEveryBackend) struct ReadCounterTests {
    private static let never = MemoryLedgerOptions.ReadCounting.batched(reads: 100_000, milliseconds: 3_600_000)

    private func open(_ reads: MemoryLedgerOptions.ReadCounting) async throws -> TestLedger {
        let test = try await TestLedger.open(reads: reads)
        for key in ["a", "b", "c"] { try await test.ledger.add(MemoryKey(key: key), MemoryContent(summary: key)) }
        return test
    }

    private func counts(_ ledger: MemoryLedger, _ id: MemoryKey) async throws -> [Int]? {
        try await ledger.get(id).map { [$0.meta.accessCount, $0.meta.traverseCount] }
    }

    @Test func theReaderSeesItsReadsBeforeAnythingIsAppended() async throws {
        let test = try await open(Self.never)
        let ledger = test.ledger
        test.clock.advance(10)
        let first = try #require(try await ledger.access("a"))
        #expect(first.meta.accessCount == 1 && first.meta.lastAccessedAt == test.clock.now())
        test.clock.advance(10)
        let second = try #require(try await ledger.traverse("a"))
        #expect(second.meta.accessCount == 1 && second.meta.traverseCount == 1)
        #expect(second.meta.lastLinkedAt == test.clock.now() && second.meta.lastAccessedAt == first.meta.lastAccessedAt)
        #expect(try await ledger.get("a") == second)
        #expect(try await ledger.list().memories.first == second)
        #expect(try await ledger.log.head() == 3)
        #expect(try await counts(ledger, "b") == [0, 0])
        #expect(try await ledger.access("none") == nil)
        await ledger.close()
    }

    /// The read that fills it does not wait for it.
    @Test(.timeLimit(.minutes(5)))
    func aFullBatchIsAppended() async throws {
        let test = try await open(.batched(reads: 3, milliseconds: 3_600_000))
        for (number, head) in [3, 3, 6, 6, 6, 9].enumerated() {
            _ = try await test.ledger.access("a")
            if number % 3 == 2 {
                try await test.ledger.log.waitForEvent(after: Position(head - 1))
                // The append may not have ended yet, and reads beside one wait longer.
                try await test.ledger.flushReads()
            }
            #expect(try await test.ledger.log.head() == Position(head))
        }
        #expect(try await counts(test.ledger, "a") == [6, 0])
        await test.ledger.close()
    }

    @Test(.timeLimit(.minutes(5)))
    func aBatchIsAppendedAfterItsTime() async throws {
        let test = try await open(.batched(reads: 1_000, milliseconds: 30))
        for round in 1...2 {
            _ = try await test.ledger.access("a")
            _ = try await test.ledger.traverse("b")
            try await test.ledger.log.waitForEvent(after: Position(1 + 2 * round))
            #expect(try await test.ledger.events(EventFilter(types: ["MemoryAccessed"])).count == round)
        }
        #expect(try await counts(test.ledger, "b") == [0, 2])
        await test.ledger.close()
    }

    enum Ending: CaseIterable {
        case flush, close, digest, statistics, export
    }

    @Test(arguments: Ending.allCases)
    func aBatchIsAppendedOnDemand(ending: Ending) async throws {
        var test = try await open(Self.never)
        _ = try await test.ledger.access("a")
        _ = try await test.ledger.traverse("a")
        switch ending {
        case .flush: try await test.ledger.flushReads()
        case .close: test = try await test.reopened()
        case .digest: _ = try await test.ledger.digest()
        case .statistics: _ = try await test.ledger.statistics()
        case .export: try await test.ledger.exportEvents { _ in }
        }
        #expect(try await test.ledger.log.head() == 5)
        #expect(try await counts(test.ledger, "a") == [1, 1])
        test = try await test.reopened(access: .readOnly)
        #expect(try await counts(test.ledger, "a") == [1, 1])
        await test.ledger.close()
    }

    @Test func strictReadsAreInTheLogWhenTheyReturn() async throws {
        let test = try await open(.strict)
        for count in 1...3 {
            _ = try await test.ledger.access("a", by: Attribution(actor: "r"))
            #expect(try await test.ledger.log.head() == Position(3 + count))
        }
        let events = try await test.ledger.events(EventFilter(actor: "r"))
        #expect(events.map(\.type) == ["MemoryAccessed", "MemoryAccessed", "MemoryAccessed"])
        await test.ledger.close()
    }

    @Test func aChangeComesAfterTheReadsBeforeIt() async throws {
        let test = try await open(Self.never)
        let ledger = test.ledger
        _ = try await ledger.access("a")
        try await ledger.update("a", MemoryChange(text: "new"))
        #expect(try await counts(ledger, "a") == [1, 0])
        _ = try await ledger.access("a")
        try await ledger.rename("a", to: "n")
        #expect(try await counts(ledger, "n") == [2, 0])
        _ = try await ledger.access("n")
        try await ledger.setMeta("n", .cold)
        #expect(try await counts(ledger, "n") == [4, 5])
        _ = try await ledger.access("n")
        try await ledger.put("n", MemoryContent())
        #expect(try await counts(ledger, "n") == [0, 0])
        _ = try await ledger.access("n")
        try await ledger.delete("n")
        try await ledger.add("n", MemoryContent())
        #expect(try await counts(ledger, "n") == [0, 0])
        try await test.expectRebuildChangesNothing()
        #expect(try await ledger.events(EventFilter(types: ["MemoryAccessed"])).count == 5)
        await ledger.close()
    }

    /// Readers, flushers and writers at once: a count never goes back, and none is lost or repeated.
    @Test(.timeLimit(.minutes(20)), arguments: [1, 7, 100_000])
    func countsAreMonotonicAndExact(batch: Int) async throws {
        let test = try await open(.batched(reads: batch, milliseconds: 5))
        let ledger = test.ledger
        let (tasks, reads) = (6, 60)
        let end = End()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                var last = [0, 0]
                while !end.hasCome {
                    let now = try await counts(ledger, "a") ?? []
                    #expect(now[0] >= last[0] && now[1] >= last[1], "\(now) after \(last)")
                    last = now
                    try await Task.sleep(for: .microseconds(200))
                }
            }
            group.addTask {
                while !end.hasCome {
                    try await ledger.flushReads()
                    try await ledger.update("a", MemoryChange(text: "again"))
                    try await Task.sleep(for: .milliseconds(2))
                }
            }
            try await withThrowingTaskGroup(of: Void.self) { readers in
                for task in 0..<tasks {
                    readers.addTask {
                        var last = 0
                        for _ in 0..<reads {
                            let found = try await task % 2 == 0 ? ledger.access("a") : ledger.traverse("a")
                            let count = (task % 2 == 0 ? found?.meta.accessCount : found?.meta.traverseCount) ?? 0
                            #expect(count > last, "\(count) after \(last)")
                            last = count
                        }
                    }
                }
                try await readers.waitForAll()
            }
            end.come()
            try await group.waitForAll()
        }
        let total = tasks / 2 * reads
        #expect(try await counts(ledger, "a") == [total, total])
        try await test.expectRebuildChangesNothing()
        #expect(try await counts(ledger, "a") == [total, total])
        #expect(try await ledger.events(EventFilter(types: ["MemoryAccessed", "MemoryTraversed"])).count == 2 * total)
        await ledger.close()
    }
}

/// Tells tasks that run beside others when these are done.
private final class End: Sendable {
    private let flag = Atomic<Bool>(false)

    var hasCome: Bool { flag.load(ordering: .relaxed) }
    func come() { flag.store(true, ordering: .relaxed) }
}
