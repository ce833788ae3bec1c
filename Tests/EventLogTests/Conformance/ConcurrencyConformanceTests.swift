import EventLog
import Testing

/// Goal: concurrent callers lose nothing, and of those who expect the same version one wins.
/// Method: 64 tasks append at once, and the log is compared with what they were answered.
@Suite struct ConcurrencyConformanceTests {
    @Test(.timeLimit(.minutes(5)), arguments: LogKind.allCases)
    func concurrentAppendsLoseNothing(kind: LogKind) async throws {
        let test = try TestLog(kind)
        let acknowledged = try await withThrowingTaskGroup(of: [(Position, EventID)].self) { group in
            for task in 0..<64 {
                group.addTask {
                    var answered: [(Position, EventID)] = []
                    for round in 0..<20 {
                        let events = test.events(round % 3 + 1)
                        let parts = [
                            StreamAppend(
                                StreamName("own/\(task)"), .atVersion(StreamVersion(round)), events: [events[0]]),
                            StreamAppend("shared", events: Array(events.dropFirst())),
                        ]
                        let result = try await test.log.append(parts)
                        answered += zip(result.positions, events.map(\.id))
                    }
                    return answered
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        let events = try await test.all()
        #expect(events.map(\.position) == Array(1...Position(acknowledged.count)))
        #expect(acknowledged.allSatisfy { events[Int($0.0) - 1].id == $0.1 })
        #expect(Set(events.map(\.id)).count == events.count)
        let shared = events.filter { $0.stream == "shared" }.map(\.version)
        #expect(shared == Array(1...StreamVersion(shared.count)))
        await test.close()
    }

    @Test(.timeLimit(.minutes(5)), arguments: LogKind.allCases)
    func ofConcurrentAppendsAtOneVersionOneWins(kind: LogKind) async throws {
        let test = try TestLog(kind)
        for round in 0..<5 {
            let wins = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<64 {
                    group.addTask {
                        do {
                            _ = try await test.log.append(to: "s", .atVersion(StreamVersion(round)), test.events(1))
                            return true
                        } catch {
                            return false
                        }
                    }
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(wins == 1)
        }
        #expect(try await test.all().map(\.version) == Array(1...5))
        await test.close()
    }

    /// Goal: closing while appends wait answers each of them, with its result or with `closed`, and loses none.
    @Test(.timeLimit(.minutes(5)), arguments: LogKind.allCases)
    func closingAnswersEveryWaitingAppend(kind: LogKind) async throws {
        for round in 0..<20 {
            let test = try TestLog(kind)
            let appends = (0..<40).map { _ in Task { try await test.log.append(to: "s", test.events(1)) } }
            if round % 2 == 0 { await Task.yield() }
            await test.close()
            for append in appends {
                do {
                    _ = try await append.value
                } catch let error as EventLogError {
                    #expect(error.code == .closed)
                }
            }
        }
    }
}
