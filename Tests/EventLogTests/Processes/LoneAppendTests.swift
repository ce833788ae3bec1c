import EventLog
import Foundation
import LedgerCapabilities
import LedgerStorage
import SQLiteEventLog
import Synchronization
import Testing

/// Goal: appends that come one by one run in their callers' tasks, and what may take long does not. Method: a
/// participant that sees whether it runs in the task that appends, by a value which only that has.
@Suite struct LoneAppendTests {
    private enum Caller {
        @TaskLocal static var isHere = false
    }

    private final class Watch: AppendParticipant, Sendable {
        struct Seen {
            var isCallers: Bool
            var isMain: Bool
        }
        let seen = Mutex<[Seen]>([])
        let pause = Mutex<TimeInterval>(0)

        func begin(head: Position) throws {}
        func apply(_ event: RecordedEvent, prepared: PreparedBody?) throws {}
        func finish(through position: Position) throws {
            seen.withLock { $0.append(Seen(isCallers: Caller.isHere, isMain: Thread.isMainThread)) }
            Thread.sleep(forTimeInterval: pause.withLock { $0 })
        }
        func forget() {}
    }

    private let file: LogFile
    private let log: SQLiteEventLog
    private let watch = Watch()

    init() throws {
        file = try LogFile()
        var options = LedgerFileOptions.test(busyMilliseconds: 200)
        options.walCheckpointPages = 50
        log = try file.open(options)
        log.setParticipant { [watch] _, _ in watch }
    }

    /// Appends one after the other, and says of each whether it ran in its caller's task.
    private func append(_ count: Int, _ append: @Sendable (Int) async throws -> Void) async throws -> [Watch.Seen] {
        watch.seen.withLock { $0 = [] }
        for number in 0..<count {
            try await Caller.$isHere.withValue(true) { try await append(number) }
        }
        return watch.seen.withLock { $0 }
    }

    private func appendSome(_ count: Int = 1) async throws {
        _ = try await log.append(to: "s", file.events(count))
    }

    /// On a busy machine a round may take longer than it may, and then the next one does not.
    @Test func theyRunInTheirCallers() async throws {
        var seen = try await append(200) { _ in try await appendSome() }
        #expect(seen.count == 200 && seen.prefix(3).allSatisfy { !$0.isCallers })
        var rounds = 1
        while !seen.contains(where: { $0.isCallers }), rounds < 100 {
            seen = try await append(200) { _ in try await appendSome() }
            rounds += 1
        }
        #expect(rounds < 100)
        await log.close()
    }

    @MainActor private func appendFromMainActor() async throws -> [Watch.Seen] {
        try await append(200) { _ in try await appendSome() }
    }

    @Test func butNotOnTheMainThread() async throws {
        let seen = try await appendFromMainActor()
        #expect(seen.count == 200 && !seen.contains { $0.isMain })
        await log.close()
    }

    /// As a server's event loop is, where other connections would wait.
    private final class Loop: TaskExecutor {
        private let queue = DispatchQueue(label: "loop")

        func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job)
            queue.async { [self] in job.runSynchronously(on: asUnownedTaskExecutor()) }
        }
    }

    @Test func norOnAnExecutorOfTheTasks() async throws {
        let seen = try await withTaskExecutorPreference(Loop()) {
            try await append(200) { _ in try await appendSome() }
        }
        #expect(seen.count == 200 && !seen.contains { $0.isCallers })
        await log.close()
    }

    @Test func manyEventsDoNot() async throws {
        let seen = try await append(20) { try await appendSome($0 < 10 ? 1 : 65) }
        #expect(seen.count == 20 && !seen.suffix(10).contains { $0.isCallers })
        await log.close()
    }

    @Test func whatTakesLongDoesNot() async throws {
        watch.pause.withLock { $0 = 0.003 }
        let seen = try await append(20) { _ in try await appendSome() }
        #expect(seen.count == 20 && !seen.contains { $0.isCallers })
        await log.close()
    }

    /// What stands in the write-ahead log is copied all the same.
    @Test func theWriteAheadLogStaysShort() async throws {
        let payload = [UInt8](repeating: 1, count: 4_000)
        for _ in 0..<500 { _ = try await log.append(to: "s", [file.event(payload)]) }
        #expect(log.figures.walBytes < 4 * 50 * 4_096)
        await log.close()
    }

    /// Who waits for another process waits on the writer's queue, and is told who has the lock.
    @Test(.timeLimit(.minutes(5)))
    func theyWaitForOtherProcesses() async throws {
        for _ in 0..<20 { try await appendSome() }
        let report = file.folder.path("held")
        let holder = try ChildProcess(["hold", file.path, "--report", report])
        #expect(try await eventually { reportLines(report) == ["held"] })
        let events = file.events(1)
        let error = await expectError(.busy) { _ = try await log.append(to: "s", events) }
        #expect(error?.holderProcessID == holder.id)
        holder.killNow()
        #expect(try await log.append(to: "s", events).positions == [21])
        await log.close()
    }
}
