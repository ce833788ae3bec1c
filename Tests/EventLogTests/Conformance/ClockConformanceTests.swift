import EventLog
import Testing

/// Goal: a clock that was wrong once spoils no later append and no later question. Method: every log, with a clock that
/// was 95 years ahead for two events, and one that stands before 1970.
@Suite struct ClockConformanceTests {
    private static let ahead: Int64 = 95 * 365 * 86_400_000
    private static let second: Int64 = 1_000

    /// Events 1 and 2 at second 0 and 1; 3 and 4 with the clock ahead; 5, 6 and 7 at seconds 10, 11 and 12. The clock
    /// says second 13.
    private static func make(_ kind: LogKind) async throws -> TestLog {
        let test = try TestLog(kind)
        for second in [0, 1, ahead / second + 2, ahead / second + 3, 10, 11, 12] {
            test.clock.set(TestClock.start + second * Self.second)
            _ = try await test.log.append(to: "s", [test.event()])
        }
        test.clock.set(TestClock.start + 13 * Self.second)
        return test
    }

    private static func at(_ milliseconds: Int64) -> Timestamp {
        Timestamp(milliseconds: TestClock.start + milliseconds)
    }

    @Test(arguments: LogKind.allCases) func eventsKeepTheClocksTime(_ kind: LogKind) async throws {
        let test = try await Self.make(kind)
        let events = try await test.all()
        let pinned = Self.at(Self.ahead + 3_000)
        #expect(events[3...].allSatisfy { $0.recordedAt == pinned })
        #expect(
            events.map(\.occurredAt)
                == [0, 1_000, Self.ahead + 2_000, Self.ahead + 3_000, 10_000, 11_000, 12_000].map { Self.at($0) })
        let own = NewEvent(
            id: test.event().id, type: "Tested", payload: [], occurredAt: Timestamp(milliseconds: 7))
        _ = try await test.log.append(to: "s", [own])
        #expect(try await test.all().last?.occurredAt == Timestamp(milliseconds: 7))
        await test.close()
    }

    @Test(arguments: LogKind.allCases) func timesGoByWhenEventsOccurred(_ kind: LogKind) async throws {
        let test = try await Self.make(kind)
        let now = test.clock.now()
        let lead = try #require(try await test.log.clockLead(now: now))
        #expect(lead.isLong && lead.milliseconds == Self.ahead - 10_000)
        // What was written while the clock was ahead belongs to the next event.
        let expected: [(Int64, Position)] = [
            (0, 1), (1_500, 2), (9_999, 2), (10_000, 5), (11_500, 6), (12_000, 7), (13_000, 7),
        ]
        for (milliseconds, position) in expected {
            let time = Self.at(milliseconds)
            let moment = try await test.log.resolve(.time(time), now: now)
            #expect(moment == LogMoment(position: position, time: time), "\(milliseconds)")
        }
        // What expires by a clock does not expire by one that is ahead.
        #expect(try await test.log.resolve(.position(6), now: now).time == Self.at(11_000))
        #expect(try await test.log.resolve(.position(4), now: now).time == now)
        await test.close()
    }

    @Test(arguments: LogKind.allCases) func aClockThatWasNeverAheadChangesNothing(_ kind: LogKind) async throws {
        let test = try TestLog(kind)
        // The events say that they occurred long ago and in what is to come.
        for (index, occurred) in [Int64(0), .max, 5].enumerated() {
            var event = test.event()
            event.occurredAt = Timestamp(milliseconds: occurred)
            test.clock.set(TestClock.start + Int64(index) * Self.second)
            _ = try await test.log.append(to: "s", [event])
        }
        let now = test.clock.now()
        #expect(try await test.log.clockLead(now: now) == nil)
        for (milliseconds, position) in [(Int64(0), Position(1)), (999, 1), (1_000, 2), (2_000, 3)] {
            #expect(try await test.log.resolve(.time(Self.at(milliseconds)), now: now).position == position)
        }
        await test.close()
    }

    /// An id that is less than the greatest one of the log is new all the same.
    @Test(arguments: LogKind.allCases) func aClockBefore1970Appends(_ kind: LogKind) async throws {
        let test = try TestLog(kind)
        _ = try await test.log.append(to: "s", [test.event()])
        test.clock.set(-2_147_483_648_000)
        // Each as another process has it.
        for seed in 1...5 as ClosedRange<UInt64> {
            let id = RandomEventIDs.seeded(seed).next(at: test.clock.now())
            let result = try await test.log.append(to: "s", [NewEvent(id: id, type: "Tested", payload: [])])
            #expect(!result.isRepetition && result.positions == [Position(seed) + 1])
        }
        #expect(try await test.all()[1...].allSatisfy { $0.occurredAt == test.clock.now() })
        await test.close()
    }
}
