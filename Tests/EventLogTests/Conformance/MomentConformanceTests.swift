import EventLog
import SQLiteEventLog
import Testing

/// Goal: a moment is found by position, time and event, on every log; a bad one is an error that tells the valid range.
@Suite struct MomentConformanceTests {
    private static let start = TestClock().now()

    private func make(_ kind: LogKind) async throws -> TestLog {
        let test = try TestLog(kind)
        for turn in 0..<5 {
            _ = try await test.log.append(to: StreamName("s/\(turn % 2)"), test.events(2))
            test.clock.advance(by: 1_000)
        }
        return test
    }

    @Test(arguments: LogKind.allCases) func everyKindOfMoment(_ kind: LogKind) async throws {
        let test = try await make(kind)
        let now = test.clock.now()
        let events = try await test.all()
        for event in events {
            let expected = LogMoment(position: event.position, time: event.recordedAt)
            #expect(try await test.log.resolve(.position(event.position), now: now) == expected)
            #expect(try await test.log.resolve(.event(event.id), now: now) == expected)
        }
        // Between two appends, the earlier one has happened.
        let between = Timestamp(milliseconds: events[3].recordedAt.milliseconds + 1)
        #expect(try await test.log.resolve(.time(between), now: now) == LogMoment(position: 4, time: between))
        #expect(try await test.log.resolve(.time(events[4].recordedAt), now: now).position == 6)
        #expect(try await test.log.resolve(.time(now), now: now) == LogMoment(position: 10, time: now))
        #expect(
            try await test.log.resolve(.occurred(between), now: now)
                == LogMoment(position: 10, time: between, occurredThrough: between))
        await test.close()
    }

    @Test(arguments: LogKind.allCases) func badMoments(_ kind: LogKind) async throws {
        let test = try await make(kind)
        let now = test.clock.now()
        let first = try #require(try await test.all().first)
        let bad: [Moment] = [
            .position(0), .position(-1), .position(11), .position(.max), .event(test.event().id),
            .time(Timestamp(milliseconds: first.recordedAt.milliseconds - 1)),
            .time(Timestamp(milliseconds: now.milliseconds + 1)),
            .occurred(Timestamp(milliseconds: now.milliseconds + 1)),
            .occurred(Timestamp(milliseconds: first.recordedAt.milliseconds - 1)),
        ]
        for moment in bad {
            let error = await #expect(throws: EventLogError.self) { try await test.log.resolve(moment, now: now) }
            #expect(error?.code == .unknownMoment, "\(moment)")
            #expect(error?.message.contains("positions 1 to 10") == true, "\(moment)")
            #expect(error?.message.contains(first.recordedAt.rfc3339) == true, "\(moment)")
        }
        await test.close()
    }

    @Test(arguments: LogKind.allCases) func anEmptyLogHasNoMoments(_ kind: LogKind) async throws {
        let test = try TestLog(kind)
        let now = test.clock.now()
        for moment in [Moment.position(0), .position(1), .time(now), .occurred(now)] {
            let error = await #expect(throws: EventLogError.self) { try await test.log.resolve(moment, now: now) }
            #expect(error?.code == .unknownMoment, "\(moment)")
        }
        await test.close()
    }

    @Test(arguments: LogKind.allCases) func versionsAtPositions(_ kind: LogKind) async throws {
        let test = try TestLog(kind)
        let streams: [StreamName] = ["a/1", "a/2", "a/3"]
        var versions: [[StreamVersion]] = [[0, 0, 0]]
        // More than the marks' interval, in one stream mostly.
        for turn in 0..<200 {
            let index = turn % 10 == 0 ? 1 : turn % 37 == 0 ? 2 : 0
            _ = try await test.log.append(to: streams[index], test.events(1))
            var next = versions[turn]
            next[index] += 1
            versions.append(next)
        }
        if let log = test.log as? SQLiteEventLog { try await SegmentTests.index(log, test.clock) }
        for turn in 200..<230 {
            _ = try await test.log.append(to: streams[0], test.events(1))
            var next = versions[turn]
            next[0] += 1
            versions.append(next)
        }
        for (position, expected) in versions.enumerated() {
            for (stream, version) in zip(streams, expected) {
                #expect(try await test.log.version(of: stream, at: Position(position)) == version)
            }
        }
        #expect(try await test.log.version(of: "a/1", at: 1_000) == versions.last?[0])
        #expect(try await test.log.version(of: "a/9", at: 100) == 0)
        #expect(try await test.log.types() == ["Tested"])
        await test.close()
    }
}
