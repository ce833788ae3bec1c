import EmbeddedLedger
import EventLog
import Foundation
import LedgerCapabilities
import LedgerStorage
import Projections
import SQLiteEventLog
import Testing

import class EventLogTesting.FixedClock

@testable import MemoryLedger

/// Goal: a ledger in memory does what one in a file does. Method: the same commands on both, compared by digest; then
/// what touches files elsewhere: rebuilds, dry runs, copies, closing.
@Suite struct InMemoryLedgerTests {
    private func open(_ clock: FixedClock = FixedClock(.start)) async throws -> MemoryLedger {
        var options = MemoryLedgerOptions(readCounting: .batched(reads: 64, milliseconds: 60_000), clock: clock)
        options.file.busyTimeoutMilliseconds = 600_000
        return try await MemoryLedger.inMemory(options: options)
    }

    private func fill(_ ledger: MemoryLedger) async throws {
        let link = MemoryLink(type: "design", key: "habit", term: "morning")
        try await ledger.add("tea", MemoryContent(summary: "Likes tea", links: [link]))
        try await ledger.add("habit", MemoryContent(summary: "Tea in the morning"))
        try await ledger.rename("habit", to: "ritual")
        _ = try await ledger.access("tea")
        try await ledger.add("gone", MemoryContent())
        try await ledger.delete("gone")
    }

    @Test func itHoldsWhatAFileHolds() async throws {
        let file = try await TestLedger.open()
        let ledger = try await open()
        try await fill(file.ledger)
        try await fill(ledger)
        #expect(try await ledger.digest() == file.ledger.digest())
        #expect(try await ledger.statistics().sizeBytes > 0)
        await ledger.close()
        await file.ledger.close()
    }

    @Test func aRebuildChangesNothingAndLeavesNothing() async throws {
        let ledger = try await open()
        try await fill(ledger)
        let before = try await ledger.digest()
        try await ledger.rebuild()
        try await fill2(ledger)
        try await ledger.rebuild()
        #expect(try await ledger.digest() != before)
        #expect(try await ledger.statistics().projections.first?.generation == 3)
        let folder = URL(fileURLWithPath: try ledger.log.inFile.path).deletingLastPathComponent().path
        #expect(FileManager.default.fileExists(atPath: folder))
        await ledger.close()
        #expect(!FileManager.default.fileExists(atPath: folder))
    }

    private func fill2(_ ledger: MemoryLedger) async throws {
        try await ledger.add("later", MemoryContent(summary: "After the rebuild"))
        #expect(try await ledger.get("later")?.content.summary == "After the rebuild")
    }

    /// The comparison holds a snapshot for long, which must not keep the ledger from being written.
    @Test func generationsAreComparedAndGoneBackTo() async throws {
        let ledger = try await open()
        try await fill(ledger)
        #expect(try await ledger.verifyProjections().isEqual)
        try await ledger.rebuild()
        let before = try await ledger.digest()
        try await ledger.rollBack()
        #expect(try await ledger.digest() == before)
        try await ledger.log.inFile.onWriter { try $0.execute("UPDATE memories SET summary = 'touched'") }
        await #expect(throws: EventLogError.self) { try await ledger.rebuild() }
        #expect(try await !ledger.verifyProjections().isEqual)
        try await ledger.rebuild(onDifference: .replace)
        #expect(try await ledger.digest() == before)
        await ledger.close()
    }

    @Test func itGoesWithTheLastReference() async throws {
        var ledger: MemoryLedger? = try await open()
        try await ledger?.add("tea", MemoryContent())
        weak let log = try ledger?.log.inFile
        ledger = nil
        // The writer's queue may still be about to let go.
        let deadline = ContinuousClock.now + .seconds(600)
        while log != nil, ContinuousClock.now < deadline { try await Task.sleep(for: .milliseconds(1)) }
        #expect(log == nil)
    }

    @Test func twoAreApart() async throws {
        let (first, second) = (try await open(), try await open())
        try await first.add("tea", MemoryContent())
        #expect(try await second.get("tea") == nil)
    }

    @Test func aClosedOneSaysSo() async throws {
        let ledger = try await open()
        await ledger.close()
        await #expect(throws: EventLogError.self) { try await ledger.get("tea") }
        await #expect(throws: EventLogError.self) { try await ledger.add("tea", MemoryContent()) }
    }

    /// Readers, writers and rebuilds at the same time: nothing traps, waits for itself or goes missing.
    @Test func manyAtTheSameTime() async throws {
        let ledger = try await open()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    for index in 0..<25 {
                        let key = MemoryKey(key: "\(task)-\(index)")
                        try await ledger.add(key, MemoryContent(summary: "s"))
                        #expect(try await ledger.access(key) != nil)
                        _ = try await ledger.list(MemoryQuery(limit: 10))
                    }
                }
            }
            for _ in 0..<3 { group.addTask { try await ledger.rebuild() } }
            try await group.waitForAll()
        }
        #expect(try await ledger.statistics().namespaces.first?.memories == 200)
        let before = try await ledger.digest()
        try await ledger.rebuild()
        #expect(try await ledger.digest() == before)
        await ledger.close()
    }
}
