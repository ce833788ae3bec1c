import EventLog

/// Positions, conditions and atomicity of appends. Method: small logs of known contents, compared whole after each
/// append.
enum AppendChecks {
    static let all = [
        ConformanceCheck(
            "positionsStartAtOneAndHaveNoGaps",
            "Positions start at 1 and have no gaps, and so do versions in each stream.", positionsStartAtOne),
        ConformanceCheck(
            "anAppendIsReadBackAsItWasGiven", "Every field of an event is read back as it was given.",
            anAppendIsReadBack),
        ConformanceCheck(
            "conditionsHoldOrAreRefusedWithWhatWasFound",
            "A condition that does not hold is a conflict that names the stream, the condition and the version found.",
            conditionsHoldOrAreRefused),
        ConformanceCheck(
            "anAppendOverManyStreamsIsWrittenWholeOrNotAtAll", "An append writes all of its events or none.",
            anAppendIsWrittenWholeOrNotAtAll),
        ConformanceCheck(
            "conditionsAreCheckedBeforeAnythingIsWritten",
            "Two parts of one append for one stream are both checked against the state before the append.",
            conditionsAreCheckedBeforeAnythingIsWritten),
        ConformanceCheck(
            "anAppendWithoutStreamsIsRefused", "An append that names no stream is an invalid argument.",
            anAppendWithoutStreamsIsRefused),
        ConformanceCheck(
            "recordedTimesNeverGoBackWhenTheClockDoes", "Recorded times never go back, also if the clock does.",
            recordedTimesNeverGoBack),
        ConformanceCheck(
            "aClosedLogRefusesEveryCall",
            "A log that has been closed, once or twice, answers every call with the error `closed`.",
            aClosedLogRefusesEveryCall),
    ]

    private static func positionsStartAtOne(_ run: ConformanceRun) async throws {
        let test = try await run.makeLog()
        try expect(try await test.log.head(), equals: 0, "the head of an empty log")
        for round in 0..<5 {
            let result = try await test.log.append(to: StreamName("s/\(round % 2)"), test.events(round + 1))
            try expect(
                result.positions.count == round + 1 && !result.isRepetition,
                "The append of \(round + 1) events answered \(result).")
        }
        let events = try await test.all()
        try expect(events.map(\.position), equals: Array(1...15), "the positions")
        try expect(try await test.log.head(), equals: 15, "the head")
        for stream in ["s/0", "s/1"] as [StreamName] {
            let versions = events.filter { $0.stream == stream }.map(\.version)
            try expect(versions, equals: ascending(versions.count), "the versions of \(stream)")
        }
    }

    private static func anAppendIsReadBack(_ run: ConformanceRun) async throws {
        let test = try await run.makeLog()
        var event = test.event("Renamed", Array("payload".utf8))
        event.schemaVersion = 7
        event.occurredAt = Timestamp(milliseconds: -5)
        event.attribution = Attribution(actor: "ann", correlationID: "request 1", causationID: "event 0")
        let plain = test.event("Plain", [])
        let result = try await test.log.append([
            StreamAppend("a/1", .mustNotExist, events: [event]), StreamAppend("b", events: [plain]),
        ])
        let first = AppendResult(positions: [1, 2], versions: [1, 1], isRepetition: false)
        try expect(result, equals: first, "the append's result")
        let now = test.clock.now()
        let expected = [
            RecordedEvent(
                position: 1, stream: "a/1", version: 1, type: "Renamed", schemaVersion: 7, id: event.id,
                recordedAt: now, occurredAt: Timestamp(milliseconds: -5), attribution: event.attribution,
                payload: event.payload),
            RecordedEvent(
                position: 2, stream: "b", version: 1, type: "Plain", schemaVersion: 1, id: plain.id,
                recordedAt: now, occurredAt: now, attribution: Attribution(), payload: []),
        ]
        try expect(try await test.all(), equals: expected, "the log")
        try expect(try await test.log.event(id: event.id), equals: expected[0], "the event by its id")
        let page = try await test.log.readStream("b", from: nil, direction: .forwards, limit: 1)
        try expect(page.events, equals: [expected[1]], "the stream")
    }

    private static func conditionsHoldOrAreRefused(_ run: ConformanceRun) async throws {
        // One row for each condition: does it hold if the stream does not exist, and at version 2?
        let cases: [(condition: StreamCondition, holdsAtZero: Bool, holdsAtTwo: Bool)] = [
            (.any, true, true), (.mustNotExist, true, false), (.mustExist, false, true),
            (.atVersion(0), true, false), (.atVersion(2), false, true), (.atVersion(3), false, false),
        ]
        for (condition, holdsAtZero, holdsAtTwo) in cases {
            let test = try await run.makeLog()
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
                    let error = try await expectError(.conflict, "\(condition) on \(stream)") {
                        _ = try await test.log.append(append)
                    }
                    try expect(error.stream, equals: StreamName(stream), "the conflict's stream")
                    try expect(error.expected, equals: condition, "the conflict's condition")
                    try expect(error.found, equals: StreamVersion(found), "the version that the conflict found")
                    try expect(try await test.all(), equals: before, "the log after a conflict")
                }
            }
        }
    }

    private static func anAppendIsWrittenWholeOrNotAtAll(_ run: ConformanceRun) async throws {
        let test = try await run.makeLog()
        _ = try await test.log.append(to: "taken", test.events(1))
        let before = try await test.all()
        let parts = (0..<20).map { StreamAppend(StreamName("new/\($0)"), .mustNotExist, events: test.events(3)) }
        try await expectError(.conflict, "An append whose last part has a condition that does not hold") {
            _ = try await test.log.append(parts + [StreamAppend("taken", .mustNotExist, events: test.events(1))])
        }
        try expect(try await test.all(), equals: before, "the log after a conflict")
        try expect(try await test.log.version(of: "new/0"), equals: 0, "the version of a stream that was not written")

        let result = try await test.log.append(parts + [StreamAppend("taken", .atVersion(1))])
        try expect(result.positions, equals: Array(2...61), "the positions of the whole append")
        try expect(try await test.log.version(of: "taken"), equals: 1, "the version of a stream that was only checked")
    }

    private static func conditionsAreCheckedBeforeAnythingIsWritten(_ run: ConformanceRun) async throws {
        let test = try await run.makeLog()
        let result = try await test.log.append([
            StreamAppend("s", .mustNotExist, events: test.events(1)),
            StreamAppend("s", .atVersion(0), events: test.events(2)),
        ])
        try expect(result.versions, equals: [1, 2, 3], "the versions")
    }

    private static func anAppendWithoutStreamsIsRefused(_ run: ConformanceRun) async throws {
        let test = try await run.makeLog()
        try await expectError(.invalidArgument, "An append of nothing") { _ = try await test.log.append([]) }
    }

    private static func recordedTimesNeverGoBack(_ run: ConformanceRun) async throws {
        let test = try await run.makeLog()
        let times: [Int64] = [5_000, 3_000, 4_999, 5_000, 9_000, 0, -1]
        for time in times {
            test.clock.set(time)
            _ = try await test.log.append(to: "s", test.events(1))
        }
        try expect(
            try await test.all().map(\.recordedAt.milliseconds),
            equals: [5_000, 5_000, 5_000, 5_000, 9_000, 9_000, 9_000], "the recorded times")
    }

    private static func aClosedLogRefusesEveryCall(_ run: ConformanceRun) async throws {
        let test = try await run.makeLog()
        _ = try await test.log.append(to: "s", test.events(1))
        let event = test.event()
        await test.close()
        await test.close()
        try await expectError(.closed, "append") { _ = try await test.log.append(to: "s", [event]) }
        try await expectError(.closed, "head") { _ = try await test.log.head() }
        try await expectError(.closed, "read") { _ = try await test.log.read(EventQuery()) }
        try await expectError(.closed, "version") { _ = try await test.log.version(of: "s") }
        try await expectError(.closed, "event") { _ = try await test.log.event(id: event.id) }
        try await expectError(.closed, "waitForEvent") { try await test.log.waitForEvent(after: 1) }
    }
}
