import EventLog

/// A log that is opened again is the log that was closed. Method: small logs of known contents, closed and opened.
enum ReopeningChecks {
    static let all = [
        ConformanceCheck(
            "aReopenedLogAnswersTheSame", "A log that was closed and opened again answers as it did before.",
            aReopenedLogAnswersTheSame),
        ConformanceCheck(
            "aReopenedLogGoesOn", "A log that was opened again goes on with the next position and the next version.",
            aReopenedLogGoesOn),
        ConformanceCheck(
            "aReopenedLogRecognisesRepetitions", "Ids are recognised after the log was closed and opened again.",
            aReopenedLogRecognisesRepetitions),
        ConformanceCheck(
            "aReopenedLogsTimesNeverGoBack", "Recorded times do not go back after the log was closed and opened again.",
            aReopenedLogsTimesNeverGoBack),
    ]

    private static func filled(_ run: ConformanceRun) async throws -> LogUnderTest {
        let test = try await run.makeLog()
        for index in 0..<12 {
            let attribution = Attribution(actor: "ann", correlationID: "request \(index / 4)", causationID: "event 0")
            let payload = [UInt8](repeating: 7, count: index)
            let event = test.event(EventType("Type \(index % 3)"), payload, attribution: attribution)
            _ = try await test.log.append([
                StreamAppend(StreamName("s/\(index % 2)"), events: [event]),
                StreamAppend("shared", events: test.events(1)),
            ])
            test.clock.advance(by: 10)
        }
        return test
    }

    private static let streams: [StreamName] = ["s/0", "s/1", "shared", "none"]

    private static func aReopenedLogAnswersTheSame(_ run: ConformanceRun) async throws {
        var test = try await filled(run)
        let all = try await test.all()
        let types = try await test.log.types()
        for round in 1...2 {
            test = try await run.reopen(test)
            try expect(try await test.all(), equals: all, "the log, opened \(round) times more")
            try expect(try await test.log.head(), equals: 24, "the head")
            try expect(try await test.log.types(), equals: types, "the types")
            for event in all {
                try expect(try await test.log.event(id: event.id), equals: event, "the event at \(event.position)")
            }
            for stream in streams {
                let expected = all.filter { $0.stream == stream }
                let page = try await test.log.readStream(stream, from: nil, direction: .forwards, limit: 100)
                try expect(page.events, equals: expected, "stream \(stream)")
                try expect(
                    try await test.log.version(of: stream), equals: StreamVersion(expected.count),
                    "the version of \(stream)")
            }
        }
    }

    private static func aReopenedLogGoesOn(_ run: ConformanceRun) async throws {
        let test = try await run.reopen(try await filled(run))
        try await expectError(.conflict, "A condition that did not hold before either") {
            _ = try await test.log.append(to: "shared", .mustNotExist, test.events(1))
        }
        let result = try await test.log.append(to: "shared", .atVersion(12), test.events(2))
        try expect(
            result, equals: AppendResult(positions: [25, 26], versions: [13, 14], isRepetition: false),
            "the next append")
        let again = try await run.reopen(test)
        try expect(try await again.all().map(\.position), equals: Array(1...26), "the positions")
    }

    private static func aReopenedLogRecognisesRepetitions(_ run: ConformanceRun) async throws {
        let first = try await run.makeLog()
        let events = first.events(5)
        let written = try await first.log.append(to: "s", .mustNotExist, events)
        let test = try await run.reopen(first)
        let again = try await test.log.append(to: "s", .mustNotExist, events)
        try expect(again.isRepetition && again.positions == written.positions, "The repetition answered \(again).")
        try await expectError(.eventIDReused, "Known ids in another stream") {
            _ = try await test.log.append(to: "t", events)
        }
        try expect(try await test.log.head(), equals: 5, "the head")
    }

    private static func aReopenedLogsTimesNeverGoBack(_ run: ConformanceRun) async throws {
        let first = try await run.makeLog()
        first.clock.set(9_000)
        _ = try await first.log.append(to: "s", first.events(1))
        first.clock.set(4_000)
        let test = try await run.reopen(first)
        _ = try await test.log.append(to: "s", test.events(1))
        try expect(
            try await test.all().map(\.recordedAt.milliseconds), equals: [9_000, 9_000], "the recorded times")
    }
}
