import EventLog
import EventLogTesting
import LedgerCapabilities
import SQLiteEventLog
import Testing

/// Goal: who waits too long for the writer's turn is told who has it, and a dead holder has nothing.
/// Method: another process takes the lock and keeps it until it is killed.
@Suite struct BusyTests {
    @Test(.timeLimit(.minutes(5)))
    func busyNamesTheHolderAndAKilledHolderFreesTheLock() async throws {
        let file = try LogFile()
        let log = try file.open(.test(busyMilliseconds: 200))
        _ = try await log.append(to: "s", file.events(3))
        let report = file.folder.path("held")
        let holder = try ChildProcess(["hold", file.path, "--report", report])
        #expect(try await eventually { reportLines(report) == ["held"] })

        let clock = ContinuousClock()
        let events = file.events(2)
        var appending: EventLogError?
        let waited = await clock.measure {
            appending = await expectError(.busy) { _ = try await log.append(to: "s", events) }
        }
        #expect(appending?.holderProcessID == holder.id)
        #expect(appending?.message.contains("process \(holder.id)") == true)
        #expect(waited >= .milliseconds(200))
        let opening = await expectError(.busy) { _ = try file.open(.test(busyMilliseconds: 50)) }
        #expect(opening?.holderProcessID == holder.id)
        await expectError(.busy) { _ = try await log.addDictionary([UInt8](repeating: 1, count: 100)) }
        // Readers never wait for the writer.
        let reader = try file.open(.test(.readOnly, busyMilliseconds: 0))
        #expect(try await reader.all().count == 3)
        #expect(try await log.all().count == 3)

        holder.killNow()
        #expect(try await log.append(to: "s", events).positions == [4, 5])
        await log.close()
        await reader.close()
    }

    /// Everybody who waited for one turn is told, and the log goes on afterwards.
    @Test(.timeLimit(.minutes(5)))
    func everyWaitingAppendIsToldThatItIsBusy() async throws {
        let file = try LogFile()
        let log = try file.open(.test(busyMilliseconds: 100))
        let report = file.folder.path("held")
        let holder = try ChildProcess(["hold", file.path, "--report", report])
        #expect(try await eventually { reportLines(report) == ["held"] })
        let appends = (0..<50).map { index in
            Task { try await log.append(to: StreamName("s\(index)"), .mustNotExist, file.events(2)) }
        }
        for append in appends {
            let error = await expectError(.busy) { _ = try await append.value }
            #expect(error?.holderProcessID == holder.id)
        }
        holder.killNow()
        #expect(try await log.head() == 0)
        #expect(try await log.append(to: "s0", .mustNotExist, file.events(2)).positions == [1, 2])
        await log.close()
    }

    /// Within one process, two logs on one file take turns too.
    @Test(.timeLimit(.minutes(5)))
    func twoLogsOfOneProcessTakeTurns() async throws {
        let file = try LogFile()
        let logs = [try file.open(), try file.open(), try file.open()]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<30 {
                group.addTask {
                    for _ in 0..<10 {
                        _ = try await logs[index % 3].append(to: StreamName("s\(index)"), file.events(2))
                    }
                }
            }
            try await group.waitForAll()
        }
        for log in logs {
            let events = try await log.all()
            #expect(events.map(\.position) == Array(1...600))
            #expect(try await log.version(of: "s7") == 20)
            await log.close()
        }
    }
}
