import EventLog

/// Concurrent callers lose nothing, and of those who expect the same version one wins. Method: 64 tasks append at once,
/// and the log is compared with what they were answered.
enum ConcurrencyChecks {
    static let all = [
        ConformanceCheck(
            "concurrentAppendsLoseNothing",
            "Of appends that run at the same time, each event stands at the position that was answered, and no other.",
            concurrentAppendsLoseNothing),
        ConformanceCheck(
            "ofConcurrentAppendsAtOneVersionOneWins",
            "Of appends that run at the same time and expect the same version, exactly one is written.",
            ofConcurrentAppendsAtOneVersionOneWins),
        ConformanceCheck(
            "closingAnswersEveryWaitingAppend",
            "Closing a log while appends wait answers each of them, with its result or with `closed`.",
            closingAnswersEveryWaitingAppend),
    ]

    private static let tasks = 64

    private static func concurrentAppendsLoseNothing(_ run: ConformanceRun) async throws {
        let test = try await run.makeLog()
        let acknowledged = try await withThrowingTaskGroup(of: [(Position, EventID)].self) { group in
            for task in 0..<tasks {
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
        try expect(events.map(\.position), equals: ascending(acknowledged.count), "the positions")
        let stands = Dictionary(events.map { ($0.position, $0.id) }) { first, _ in first }
        try expect(
            acknowledged.allSatisfy { stands[$0.0] == $0.1 }, "An event does not stand at the position answered.")
        try expect(Set(events.map(\.id)).count, equals: events.count, "different ids")
        let shared = events.filter { $0.stream == "shared" }.map(\.version)
        try expect(shared, equals: ascending(shared.count), "the shared stream's versions")
    }

    private static func ofConcurrentAppendsAtOneVersionOneWins(_ run: ConformanceRun) async throws {
        let test = try await run.makeLog()
        for round in 0..<5 {
            let wins = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<tasks {
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
            try expect(wins, equals: 1, "appends at version \(round) that were written")
        }
        try expect(try await test.all().map(\.version), equals: Array(1...5), "the versions")
    }

    private static func closingAnswersEveryWaitingAppend(_ run: ConformanceRun) async throws {
        for round in 0..<20 {
            let test = try await run.makeLog()
            let appends = (0..<40).map { _ in Task { try await test.log.append(to: "s", test.events(1)) } }
            if round % 2 == 0 { await Task.yield() }
            await test.close()
            for append in appends {
                do {
                    _ = try await append.value
                } catch let error as EventLogError {
                    try expect(error.code, equals: .closed, "the error of an append that was waiting")
                }
            }
        }
    }
}
