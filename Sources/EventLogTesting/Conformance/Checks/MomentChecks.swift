import EventLog

/// A moment is found by position, time and event; a bad one is an error that tells the valid range.
enum MomentChecks {
    static let all = [
        ConformanceCheck(
            "everyKindOfMomentIsFound", "A moment is found by position, by event, by time and by what had occurred.",
            everyKindOfMomentIsFound),
        ConformanceCheck(
            "badMomentsTellTheValidRange",
            "A moment that the log does not have is an error that tells the valid range.",
            badMomentsTellTheValidRange),
        ConformanceCheck("anEmptyLogHasNoMoments", "A log without events has no moments.", anEmptyLogHasNoMoments),
        ConformanceCheck(
            "versionsAtPositions", "The version that a stream had at any position is known.", versionsAtPositions),
    ]

    private static func make(_ run: ConformanceRun) async throws -> LogUnderTest {
        let test = try await run.makeLog()
        for turn in 0..<5 {
            _ = try await test.log.append(to: StreamName("s/\(turn % 2)"), test.events(2))
            test.clock.advance(by: 1_000)
        }
        return test
    }

    private static func everyKindOfMomentIsFound(_ run: ConformanceRun) async throws {
        let test = try await make(run)
        let now = test.clock.now()
        let events = try await test.all()
        try expect(events.count, equals: 10, "events")
        for event in events {
            let expected = LogMoment(position: event.position, time: event.recordedAt)
            let byPosition = try await test.log.resolve(.position(event.position), now: now)
            try expect(byPosition, equals: expected, "the moment of position \(event.position)")
            let byEvent = try await test.log.resolve(.event(event.id), now: now)
            try expect(byEvent, equals: expected, "the moment of the event at \(event.position)")
        }
        // Between two appends, the earlier one has happened.
        let between = Timestamp(milliseconds: events[3].recordedAt.milliseconds + 1)
        try expect(
            try await test.log.resolve(.time(between), now: now), equals: LogMoment(position: 4, time: between),
            "a time between two appends")
        try expect(
            try await test.log.resolve(.time(events[4].recordedAt), now: now).position, equals: 6, "an append's time")
        try expect(
            try await test.log.resolve(.time(now), now: now), equals: LogMoment(position: 10, time: now), "the present")
        try expect(
            try await test.log.resolve(.occurred(between), now: now),
            equals: LogMoment(position: 10, time: between, occurredThrough: between), "what had occurred")
    }

    private static func badMomentsTellTheValidRange(_ run: ConformanceRun) async throws {
        let test = try await make(run)
        let now = test.clock.now()
        let first = try require(try await test.all().first, "The log has no events.")
        let bad: [Moment] = [
            .position(0), .position(-1), .position(11), .position(.max), .event(test.event().id),
            .time(Timestamp(milliseconds: first.recordedAt.milliseconds - 1)),
            .time(Timestamp(milliseconds: now.milliseconds + 1)),
            .occurred(Timestamp(milliseconds: now.milliseconds + 1)),
            .occurred(Timestamp(milliseconds: first.recordedAt.milliseconds - 1)),
        ]
        for moment in bad {
            let error = try await expectError(.unknownMoment, "\(moment)") {
                _ = try await test.log.resolve(moment, now: now)
            }
            try expect(error.message.contains("positions 1 to 10"), "\(moment): no positions in: \(error)")
            try expect(error.message.contains(first.recordedAt.rfc3339), "\(moment): no first time in: \(error)")
        }
    }

    private static func anEmptyLogHasNoMoments(_ run: ConformanceRun) async throws {
        let test = try await run.makeLog()
        let now = test.clock.now()
        for moment in [Moment.position(0), .position(1), .time(now), .occurred(now)] {
            try await expectError(.unknownMoment, "\(moment)") { _ = try await test.log.resolve(moment, now: now) }
        }
    }

    private static func versionsAtPositions(_ run: ConformanceRun) async throws {
        let test = try await run.makeLog()
        let streams: [StreamName] = ["a/1", "a/2", "a/3"]
        var versions: [[StreamVersion]] = [[0, 0, 0]]
        // In one stream mostly, and so many that an index of versions has more than one mark.
        for turn in 0..<200 {
            let index = turn % 10 == 0 ? 1 : turn % 37 == 0 ? 2 : 0
            _ = try await test.log.append(to: streams[index], test.events(1))
            var next = versions[turn]
            next[index] += 1
            versions.append(next)
        }
        try await test.settle()
        for turn in 200..<230 {
            _ = try await test.log.append(to: streams[0], test.events(1))
            var next = versions[turn]
            next[0] += 1
            versions.append(next)
        }
        for (position, expected) in versions.enumerated() {
            for (stream, version) in zip(streams, expected) {
                let found = try await test.log.version(of: stream, at: Position(position))
                try expect(found, equals: version, "the version of \(stream) at position \(position)")
            }
        }
        try expect(
            try await test.log.version(of: "a/1", at: 1_000), equals: versions.last?[0] ?? 0,
            "the version at a position that is still to come")
        try expect(try await test.log.version(of: "a/9", at: 100), equals: 0, "the version of no stream")
        try expect(try await test.log.types(), equals: ["Tested"], "the types")
    }
}
