import EventLog

/// A clock that was wrong once spoils no later append and no later question. Method: a clock that was 95 years ahead
/// for two events, and one that stands before 1970.
enum ClockChecks {
    static let all = [
        ConformanceCheck(
            "eventsKeepTheClocksTime",
            "While the log's time runs ahead of the clock, an event's time of occurrence is the clock's, or its own.",
            eventsKeepTheClocksTime),
        ConformanceCheck(
            "timesGoByWhenEventsOccurred",
            "A moment that is given as a time is found by when events occurred while the log's time runs ahead.",
            timesGoByWhenEventsOccurred),
        ConformanceCheck(
            "aClockThatWasNeverAheadChangesNothing",
            "A moment that is given as a time is found by recorded times, whatever the events say of when they occurred.",
            aClockThatWasNeverAheadChangesNothing),
        ConformanceCheck(
            "aClockBefore1970Appends", "An id that is less than the greatest one of the log is new all the same.",
            aClockBefore1970Appends),
    ]

    private static let start = FixedClock.start.milliseconds
    private static let ahead: Int64 = 95 * 365 * 86_400_000
    private static let second: Int64 = 1_000

    /// Events 1 and 2 at second 0 and 1; 3 and 4 with the clock ahead; 5, 6 and 7 at seconds 10, 11 and 12. The clock
    /// says second 13.
    private static func make(_ run: ConformanceRun) async throws -> LogUnderTest {
        let test = try await run.makeLog()
        for second in [0, 1, ahead / second + 2, ahead / second + 3, 10, 11, 12] {
            test.clock.set(start + second * Self.second)
            _ = try await test.log.append(to: "s", [test.event()])
        }
        test.clock.set(start + 13 * Self.second)
        return test
    }

    private static func at(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: start + milliseconds) }

    private static func eventsKeepTheClocksTime(_ run: ConformanceRun) async throws {
        let test = try await make(run)
        let events = try await test.all()
        let pinned = at(ahead + 3_000)
        try expect(
            events.dropFirst(3).map(\.recordedAt), equals: Array(repeating: pinned, count: 4), "the recorded times")
        try expect(
            events.map(\.occurredAt),
            equals: [0, 1_000, ahead + 2_000, ahead + 3_000, 10_000, 11_000, 12_000].map { at($0) },
            "the times of occurrence")
        let own = NewEvent(id: test.event().id, type: "Tested", payload: [], occurredAt: Timestamp(milliseconds: 7))
        _ = try await test.log.append(to: "s", [own])
        try expect(
            try await test.all().last?.occurredAt, equals: Timestamp(milliseconds: 7), "a time of the event's own")
    }

    private static func timesGoByWhenEventsOccurred(_ run: ConformanceRun) async throws {
        let test = try await make(run)
        let now = test.clock.now()
        let lead = try require(try await test.log.clockLead(now: now), "The log does not see that its clock was ahead.")
        try expect(lead.isLong && lead.milliseconds == ahead - 10_000, "The log's time is ahead by \(lead).")
        // What was written while the clock was ahead belongs to the next event.
        let expected: [(Int64, Position)] = [
            (0, 1), (1_500, 2), (9_999, 2), (10_000, 5), (11_500, 6), (12_000, 7), (13_000, 7),
        ]
        for (milliseconds, position) in expected {
            let time = at(milliseconds)
            let moment = try await test.log.resolve(.time(time), now: now)
            try expect(moment, equals: LogMoment(position: position, time: time), "the moment after \(milliseconds) ms")
        }
        // What expires by a clock does not expire by one that is ahead.
        try expect(try await test.log.resolve(.position(6), now: now).time, equals: at(11_000), "position 6's time")
        try expect(try await test.log.resolve(.position(4), now: now).time, equals: now, "position 4's time")
    }

    private static func aClockThatWasNeverAheadChangesNothing(_ run: ConformanceRun) async throws {
        let test = try await run.makeLog()
        // The events say that they occurred long ago and in what is to come.
        for (index, occurred) in [Int64(0), .max, 5].enumerated() {
            var event = test.event()
            event.occurredAt = Timestamp(milliseconds: occurred)
            test.clock.set(start + Int64(index) * second)
            _ = try await test.log.append(to: "s", [event])
        }
        let now = test.clock.now()
        try expect(try await test.log.clockLead(now: now), equals: nil, "how far the log's time is ahead")
        for (milliseconds, position) in [(Int64(0), Position(1)), (999, 1), (1_000, 2), (2_000, 3)] {
            let moment = try await test.log.resolve(.time(at(milliseconds)), now: now)
            try expect(moment.position, equals: position, "the moment after \(milliseconds) ms")
        }
    }

    private static func aClockBefore1970Appends(_ run: ConformanceRun) async throws {
        let test = try await run.makeLog()
        _ = try await test.log.append(to: "s", [test.event()])
        test.clock.set(-2_147_483_648_000)
        // Each as another process has it.
        for seed in 1...5 as ClosedRange<UInt64> {
            let id = RandomEventIDs.seeded(seed).next(at: test.clock.now())
            let result = try await test.log.append(to: "s", [NewEvent(id: id, type: "Tested", payload: [])])
            try expect(
                !result.isRepetition && result.positions == [Position(seed) + 1], "seed \(seed): answered \(result)")
        }
        try expect(
            try await test.all().dropFirst().map(\.occurredAt), equals: Array(repeating: test.clock.now(), count: 5),
            "the times of occurrence")
    }
}
