import EventLog
import Testing

/// Goal: positions, conditions and atomicity of appends are the same on every log.
/// Method: small logs of known contents, compared whole after each append.
@Suite struct AppendConformanceTests {
    @Test(arguments: LogKind.allCases)
    func positionsStartAtOneAndHaveNoGaps(kind: LogKind) async throws {
        let test = try TestLog(kind)
        #expect(try await test.log.head() == 0)
        for round in 0..<5 {
            let result = try await test.log.append(to: StreamName("s/\(round % 2)"), test.events(round + 1))
            #expect(result.positions.count == round + 1 && !result.isRepetition)
        }
        let events = try await test.all()
        #expect(events.map(\.position) == Array(1...15))
        #expect(try await test.log.head() == 15)
        for stream in ["s/0", "s/1"] as [StreamName] {
            let versions = events.filter { $0.stream == stream }.map(\.version)
            #expect(versions == Array(1...StreamVersion(versions.count)))
        }
        await test.close()
    }

    @Test(arguments: LogKind.allCases)
    func anAppendIsReadBackAsItWasGiven(kind: LogKind) async throws {
        let test = try TestLog(kind)
        var event = test.event("Renamed", Array("payload".utf8))
        event.schemaVersion = 7
        event.occurredAt = Timestamp(milliseconds: -5)
        event.context = EventContext(actor: "ann", correlationID: "request 1", causationID: "event 0")
        let plain = test.event("Plain", [])
        let result = try await test.log.append([
            StreamAppend("a/1", .mustNotExist, events: [event]), StreamAppend("b", events: [plain]),
        ])
        #expect(result == AppendResult(positions: [1, 2], versions: [1, 1], isRepetition: false))
        let now = test.clock.now()
        let expected = [
            RecordedEvent(
                position: 1, stream: "a/1", version: 1, type: "Renamed", schemaVersion: 7, id: event.id,
                recordedAt: now, occurredAt: Timestamp(milliseconds: -5), context: event.context,
                payload: event.payload),
            RecordedEvent(
                position: 2, stream: "b", version: 1, type: "Plain", schemaVersion: 1, id: plain.id,
                recordedAt: now, occurredAt: now, context: EventContext(), payload: []),
        ]
        #expect(try await test.all() == expected)
        #expect(try await test.log.event(id: event.id) == expected[0])
        #expect(try await test.log.readStream("b", from: nil, direction: .forwards, limit: 1).events == [expected[1]])
        await test.close()
    }

    /// One row for each condition: does it hold where the stream does not exist, and at version 2?
    @Test(arguments: LogKind.allCases)
    func conditionsHoldOrAreRefusedWithWhatWasFound(kind: LogKind) async throws {
        let cases: [(condition: StreamCondition, holdsAtZero: Bool, holdsAtTwo: Bool)] = [
            (.any, true, true), (.mustNotExist, true, false), (.mustExist, false, true),
            (.atVersion(0), true, false), (.atVersion(2), false, true), (.atVersion(3), false, false),
        ]
        for (condition, holdsAtZero, holdsAtTwo) in cases {
            let test = try TestLog(kind)
            _ = try await test.log.append(to: "two", test.events(2))
            for (stream, holds, found) in [("none", holdsAtZero, 0), ("two", holdsAtTwo, 2)] {
                // Without events, with events of its own, and beside another stream's events.
                let appends: [[StreamAppend]] = [
                    [StreamAppend(StreamName(stream), condition)],
                    [StreamAppend("other", events: test.events(1)), StreamAppend(StreamName(stream), condition)],
                    [StreamAppend(StreamName(stream), condition, events: test.events(1))],
                ]
                for append in appends {
                    let before = try await test.all()
                    if holds {
                        _ = try await test.log.append(append)
                        continue
                    }
                    let error = await expectError(.conflict, "\(condition) on \(stream)") {
                        _ = try await test.log.append(append)
                    }
                    #expect(error?.stream == StreamName(stream))
                    #expect(error?.expected == condition)
                    #expect(error?.found == StreamVersion(found))
                    #expect(try await test.all() == before)
                }
            }
            await test.close()
        }
    }

    @Test(arguments: LogKind.allCases)
    func anAppendOverManyStreamsIsWrittenWholeOrNotAtAll(kind: LogKind) async throws {
        let test = try TestLog(kind)
        _ = try await test.log.append(to: "taken", test.events(1))
        let before = try await test.all()
        let parts = (0..<20).map { StreamAppend(StreamName("new/\($0)"), .mustNotExist, events: test.events(3)) }
        await expectError(.conflict) {
            _ = try await test.log.append(parts + [StreamAppend("taken", .mustNotExist, events: test.events(1))])
        }
        #expect(try await test.all() == before)
        #expect(try await test.log.version(of: "new/0") == 0)

        let result = try await test.log.append(parts + [StreamAppend("taken", .atVersion(1))])
        #expect(result.positions == Array(2...61))
        #expect(try await test.log.version(of: "taken") == 1)
        await test.close()
    }

    /// Two parts for one stream: both conditions are checked against the state before the append.
    @Test(arguments: LogKind.allCases)
    func conditionsAreCheckedBeforeAnythingIsWritten(kind: LogKind) async throws {
        let test = try TestLog(kind)
        let result = try await test.log.append([
            StreamAppend("s", .mustNotExist, events: test.events(1)),
            StreamAppend("s", .atVersion(0), events: test.events(2)),
        ])
        #expect(result.versions == [1, 2, 3])
        await test.close()
    }

    @Test(arguments: LogKind.allCases)
    func anAppendWithoutStreamsIsRefused(kind: LogKind) async throws {
        let test = try TestLog(kind)
        await expectError(.invalidArgument) { _ = try await test.log.append([]) }
        await test.close()
    }

    @Test(arguments: LogKind.allCases)
    func recordedTimesNeverGoBackWhenTheClockDoes(kind: LogKind) async throws {
        let test = try TestLog(kind)
        let times: [Int64] = [5_000, 3_000, 4_999, 5_000, 9_000, 0, -1]
        for time in times {
            test.clock.set(time)
            _ = try await test.log.append(to: "s", test.events(1))
        }
        #expect(
            try await test.all().map(\.recordedAt.milliseconds) == [5_000, 5_000, 5_000, 5_000, 9_000, 9_000, 9_000])
        await test.close()
    }

    @Test(arguments: LogKind.allCases)
    func aClosedLogRefusesEveryCall(kind: LogKind) async throws {
        let test = try TestLog(kind)
        _ = try await test.log.append(to: "s", test.events(1))
        let event = test.event()
        await test.close()
        await test.close()
        await expectError(.closed) { _ = try await test.log.append(to: "s", [event]) }
        await expectError(.closed) { _ = try await test.log.head() }
        await expectError(.closed) { _ = try await test.log.read(EventQuery()) }
        await expectError(.closed) { _ = try await test.log.version(of: "s") }
        await expectError(.closed) { _ = try await test.log.event(id: event.id) }
        await expectError(.closed) { try await test.log.waitForEvent(after: 1) }
    }
}
