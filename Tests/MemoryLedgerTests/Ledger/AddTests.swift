import EventLog
import LedgerCapabilities
import SQLiteEventLog
import Testing

import class EventLogTesting.FixedClock

@testable import MemoryLedger

/// Goal: `add` takes a free key and only that, `addAll` takes all or nothing. Method: keys that are free, taken,
/// deleted, renamed away, and each of them in the middle of a batch.
@Suite(.onEveryBackend) struct AddTests {
    private static func content(_ summary: String) -> MemoryContent { MemoryContent(summary: summary) }

    @Test func aDeletedKeyBeginsAnew() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        let link = MemoryLink(type: "bug", key: "x", term: "t")
        try await ledger.add("a", MemoryContent(summary: "old", keywords: ["k"], links: [link]))
        _ = try await ledger.access("a")
        try await ledger.setMeta("a", .cold)
        try await ledger.delete("a")
        await expectError(.notFound) { try await ledger.delete("a") }
        test.clock.advance(500)
        let version = try await ledger.add("a", Self.content("new"))
        let found = try #require(try await ledger.get("a"))
        #expect(found.content == Self.content("new"))
        #expect(found.meta == MemoryMeta(id: "a", at: test.clock.now()))
        // The history of the key goes on: an old version never fits again.
        #expect(found.version == version && version == 5)
        try await test.expectRebuildChangesNothing()
        await ledger.close()
    }

    @Test func aTakenKeyIsRefusedAndARenamedOneIsFree() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        try await ledger.add("a", Self.content("one"))
        let error = await expectError(.alreadyExists) { try await ledger.add("a", Self.content("two")) }
        #expect(error?.memory == "a")
        try await ledger.rename("a", to: "b")
        try await ledger.add("a", Self.content("two"))
        #expect(try await ledger.get("a")?.content == Self.content("two"))
        #expect(try await ledger.get("b")?.content == Self.content("one"))
        try await test.expectRebuildChangesNothing()
        await ledger.close()
    }

    @Test func putReplacesAndBeginsTheStatisticsAnew() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        try await ledger.put("a", MemoryContent(summary: "old", links: [MemoryLink(type: "t", key: "a", term: "t")]))
        _ = try await ledger.access("a")
        test.clock.advance(9)
        try await ledger.put("a", Self.content("new"))
        let found = try #require(try await ledger.get("a"))
        #expect(found.content == Self.content("new") && found.meta == MemoryMeta(id: "a", at: test.clock.now()))
        let types = try await ledger.events().map(\.type.rawValue)
        #expect(types == ["MemoryAdded", "MemoryAccessed", "MemoryReplaced"])
        await ledger.close()
    }

    // MARK: addAll

    /// The place of a taken key in a batch does not matter.
    @Test(arguments: [0, 5, 9])
    func aTakenKeyInABatchRefusesAllOfIt(index: Int) async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        let taken = MemoryKey(key: "k\(index)")
        try await ledger.add(taken, Self.content("mine"))
        let batch = (0..<10).map { (MemoryKey(key: "k\($0)"), Self.content("batch")) }
        let error = await expectError(.alreadyExists) { try await ledger.addAll(batch) }
        #expect(error?.memory == taken)
        #expect(try await ledger.log.head() == 1)
        #expect(try await ledger.all().map(\.content.summary) == ["mine"])
        await ledger.close()
    }

    /// More keys that were deleted or renamed away than a command is decided again.
    @Test(arguments: [1, 10, 100])
    func deletedKeysInABatchAreFree(count: Int) async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        let batch = (0..<count * 2).map { (MemoryKey(key: "k\($0)"), Self.content("batch \($0)")) }
        try await ledger.addAll(batch)
        for (index, memory) in batch.enumerated() where index % 2 == 0 {
            if index % 4 == 0 {
                try await ledger.delete(memory.0)
            } else {
                try await ledger.rename(memory.0, to: "moved \(index)")
            }
        }
        let free = batch.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
        await expectError(.alreadyExists) { try await ledger.addAll(batch) }
        try await ledger.addAll(free)
        for (id, content) in batch { #expect(try await ledger.get(id)?.content == content) }
        try await test.expectRebuildChangesNothing()
        await ledger.close()
    }

    @Test func aBatchIsOneAppendAndRefusesAKeyTwice() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        try await ledger.addAll([])
        #expect(try await ledger.log.head() == 0)
        let twice: [(MemoryKey, MemoryContent)] = [("a", Self.content("1")), ("b", Self.content("2")), ("a", .init())]
        let error = await expectError(.invalidArgument) { try await ledger.addAll(twice) }
        #expect(error?.memory == "a")
        let tooMany = (0..<4).map { (MemoryKey(key: "k\($0)"), Self.content("")) }
        let small = try await test.another { $0.file.limits.appendEvents = 3 }
        let limit = await expectLogError(.limitExceeded) { try await small.ledger.addAll(tooMany) }
        #expect(limit?.limit == "appendEvents")
        #expect(try await ledger.log.head() == 0)
        try await small.ledger.addAll(Array(tooMany.prefix(3)))
        #expect(try await ledger.all().count == 3)
        await small.ledger.close()
        await ledger.close()
    }

    @Test func theAttributionIsInEveryEventOfACommand() async throws {
        let test = try await TestLedger.open(reads: .strict)
        let ledger = test.ledger
        let attribution = Attribution(actor: "the agent", correlationID: "request 7", causationID: "event 3")
        try await ledger.add("a", Self.content(""), by: attribution)
        try await ledger.addAll([("b", Self.content("")), ("c", Self.content(""))], by: attribution)
        try await ledger.put("a", Self.content(""), by: attribution)
        try await ledger.update("a", MemoryChange(text: "t"), by: attribution)
        try await ledger.link("a", MemoryLink(type: "bug", key: "b", term: "t"), by: attribution)
        try await ledger.unlink("a", from: "b", by: attribution)
        try await ledger.setMeta("a", .cold, by: attribution)
        _ = try await ledger.access("a", by: attribution)
        _ = try await ledger.traverse("a", by: attribution)
        try await ledger.rename("a", to: "d", by: attribution)
        try await ledger.delete("d", by: attribution)
        try await ledger.add("e", Self.content(""))
        let events = try await ledger.events()
        #expect(events.count == 14)
        #expect(events.dropLast().allSatisfy { $0.attribution == attribution && $0.occurredAt == test.clock.now() })
        #expect(events.last?.attribution == Attribution())
        #expect(try await ledger.events(EventFilter(actor: "the agent")).count == 13)
        await ledger.close()
    }
}
