import EventLog
import Foundation
import LedgerStorage
import Testing

@testable import Projections
@testable import SQLiteEventLog

/// Goal: a rebuild is seen in its outcome only: the old tables answer and follow the log until the new ones
/// take their place. Method: rebuilds beside appends, reads and each other; rebuilds that are broken off.
@Suite struct ConcurrentRebuildTests {
    @Test(.timeLimit(.minutes(5)))
    func writersAndReadersGoOn() async throws {
        let test = try await ProjectedLog(LogFile())
        _ = try await test.log.append(to: "s", test.file.events(ProjectionStore.batchEvents + 100))
        let isDone = Shared(false)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while !isDone.value {
                    try await test.append(1)
                    // Inline rows are there at once, whichever generation serves.
                    let (head, events) = try test.log.file.readSnapshot { sqlite in
                        (
                            try sqlite.integer("SELECT max(position) FROM events"),
                            try sqlite.integer("SELECT events FROM tally")
                        )
                    }
                    #expect(head == events)
                }
            }
            group.addTask {
                var last = 0
                while !isDone.value {
                    let now = try test.tally()["s"] ?? 0
                    #expect(now >= last)
                    last = now
                    try await Task.sleep(for: .milliseconds(1))
                }
            }
            for _ in 0..<3 { try await test.host.rebuild() }
            isDone.change { $0 = true }
            try await group.waitForAll()
        }
        #expect(try test.state()?.generation == 4)
        #expect(try await test.tally() == ["s": Int(test.log.head())])
        let (before, after) = try await test.digestsAroundRebuild()
        #expect(before == after)
        #expect(try test.leftovers() == 0)
        await test.log.close()
    }

    /// A rebuild reads through a feed, which ends with its log; nothing of it is left.
    @Test func aLogThatIsClosedEndsItsRebuild() async throws {
        let test = try await ProjectedLog(LogFile())
        try await test.append(3)
        let builder = try await GenerationBuilder.begin(
            test.host.projections, test.host, in: SideDatabase(beside: test.file.path))
        let feed = try test.log.makeFeed(after: 0)
        try await builder.apply(builder.prepare(try feed.page(limit: 1)))
        #expect(try test.leftovers() == 1)
        await test.log.close()
        await expectError(.closed) { try await test.host.build(builder, feed, since: .zero) { _ in } }
        await expectError(.closed) { _ = try await test.host.compare(builder, feed, thenIndex: true) }
        builder.discard()
        #expect(try test.leftovers() == 0)
        await expectError(.closed) { try await test.host.rebuild() }
        #expect(try test.leftovers() == 0)
    }

    /// More of them than there are threads: who waits for the lock must not keep the one that has it from going on.
    @Test(.timeLimit(.minutes(5)))
    func rebuildsTakeTurns() async throws {
        let file = try LogFile()
        let logs = [try await ProjectedLog(file), try await ProjectedLog(file)]
        try await logs[0].append(50)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<12 { group.addTask { try await logs[index % 2].host.rebuild() } }
            try await group.waitForAll()
        }
        #expect(try logs[0].state()?.generation == 13)
        #expect(try logs[1].tally() == ["s": 50])
        for log in logs { await log.log.close() }
    }

    @Test(.timeLimit(.minutes(5)))
    func aRebuildElsewhereIsBusyAfterTheWaitAndWritersAreNot() async throws {
        let test = try await ProjectedLog(LogFile(), busyMilliseconds: 50)
        let lock = try WriterLock(of: test.file.path, turn: .rebuild)
        try lock.acquire(timeoutMilliseconds: 0)
        await expectError(.busy) { try await test.host.rebuild() }
        // That rebuild may be going back to what this would drop.
        await expectError(.busy) { try await test.host.forgetFormer() }
        try await test.append(2)
        lock.release()
        try await test.host.rebuild()
        #expect(try test.tally() == ["s": 2])
        await test.log.close()
    }

    @Test func aCancelledRebuildLeavesNothingBehind() async throws {
        let test = try await ProjectedLog(LogFile())
        _ = try await test.log.append(to: "s", test.file.events(ProjectionStore.batchEvents + 1))
        let rebuild = Task {
            try await test.host.rebuild(nil) { _ in withUnsafeCurrentTask { $0?.cancel() } }
        }
        await #expect(throws: CancellationError.self) { try await rebuild.value }
        #expect(try test.state()?.generation == 1 && test.leftovers() == 0)
        try await test.append(1)
        #expect(try test.tally() == ["s": ProjectionStore.batchEvents + 2])
        try await test.host.rebuild()
        #expect(try test.state()?.generation == 2)
        await test.log.close()
    }

    /// As a killed process leaves it.
    @Test func whatAnInterruptedRebuildLeftIsClearedAway() async throws {
        let test = try await ProjectedLog(LogFile())
        try await test.append(3)
        try Data("half a database".utf8).write(to: URL(fileURLWithPath: test.file.path + "-rebuild"))
        try await test.append(1)
        let (before, after) = try await test.digestsAroundRebuild()
        #expect(before == after)
        #expect(try test.leftovers() == 0 && test.tally() == ["s": 4])
        await test.log.close()
    }

    @Test func progressEndsAtTheHead() async throws {
        let test = try await ProjectedLog(LogFile())
        _ = try await test.log.append(to: "s", test.file.events(ProjectionStore.batchEvents * 2 + 5))
        let seen = Shared<[Position]>([])
        let report = try await test.host.rebuild(["tally"]) { status in
            #expect(status.projections == ["tally"] && status.head == Position(ProjectionStore.batchEvents * 2 + 5))
            seen.change { $0.append(status.position) }
        }
        let batch = Position(ProjectionStore.batchEvents)
        #expect(seen.value == [batch, batch * 2, batch * 2 + 5])
        #expect(report.events == batch * 2 + 5)
        #expect(report.projections.map(\.generation) == [2])
        await test.log.close()
    }
}
