import EventLog

/// Everything has a limit with a name, and what cannot be stored is refused before anything is written. Method: a table
/// of appends at the limit, which pass, and beyond it, which must name the limit.
enum LimitsChecks {
    static let all = [
        ConformanceCheck(
            "beyondALimitTheErrorNamesIt",
            "What is as large as a limit is taken; what is larger is refused with an error that names the limit.",
            beyondALimitTheErrorNamesIt),
        ConformanceCheck(
            "emptyNamesAndControlCharactersAreRefused",
            "Names and labels that are empty or have a control character are invalid arguments.",
            emptyNamesAndControlCharactersAreRefused),
        ConformanceCheck(
            "schemaVersionsOutsideTheirRangeAreRefused", "A schema version is 1 to 2,147,483,647.",
            schemaVersionsOutsideTheirRangeAreRefused),
    ]

    private static let small: EventLogLimits = {
        var limits = EventLogLimits()
        limits.payloadBytes = 100
        limits.appendEvents = 5
        limits.pageEvents = 10
        limits.streamNameBytes = 20
        limits.labelBytes = 8
        return limits
    }()

    /// What is measured, its limit, and an append of that measure. "é" is two bytes.
    private static let rows: [(limit: String, most: Int, make: @Sendable (LogUnderTest, Int) -> StreamAppend)] = [
        ("payloadBytes", 100, { StreamAppend("s", events: [$0.event("T", [UInt8](repeating: 7, count: $1))]) }),
        ("appendEvents", 5, { StreamAppend("s", events: $0.events($1)) }),
        ("streamNameBytes", 20, { StreamAppend(text($1), events: $0.events(1)) }),
        ("labelBytes", 8, { StreamAppend("s", events: [$0.event(EventType(text($1).rawValue))]) }),
        ("labelBytes", 8, { StreamAppend("s", events: [$0.event(attribution: .init(actor: text($1).rawValue))]) }),
        (
            "labelBytes", 8,
            { StreamAppend("s", events: [$0.event(attribution: .init(correlationID: text($1).rawValue))]) }
        ),
        (
            "labelBytes", 8,
            { StreamAppend("s", events: [$0.event(attribution: .init(causationID: text($1).rawValue))]) }
        ),
    ]

    private static func text(_ bytes: Int) -> StreamName {
        StreamName(String(repeating: "é", count: bytes / 2) + (bytes % 2 == 1 ? "x" : ""))
    }

    private static func beyondALimitTheErrorNamesIt(_ run: ConformanceRun) async throws {
        let test = try await run.makeLog(limits: small)
        for (name, most, make) in rows {
            let before = try await test.log.head()
            let error = try await expectError(.limitExceeded, "\(name) of \(most + 1)") {
                _ = try await test.log.append([make(test, most + 1)])
            }
            try expect(error.limit, equals: name, "the limit that the error names")
            try expect(try await test.log.head(), equals: before, "the head after what was refused")
            _ = try await test.log.append([make(test, most)])
        }
        for (limit, code) in [(11, EventLogError.Code.limitExceeded), (0, .invalidArgument), (-1, .invalidArgument)] {
            let log = try await expectError(code, "A page of \(limit)") {
                _ = try await test.log.read(EventQuery(limit: limit))
            }
            let stream = try await expectError(code, "A stream's page of \(limit)") {
                _ = try await test.log.readStream("s", from: nil, direction: .forwards, limit: limit)
            }
            try expect(
                log.limit == (limit > 0 ? "pageEvents" : nil) && stream.limit == log.limit,
                "A page of \(limit) is beyond \(String(describing: log.limit)), \(String(describing: stream.limit)).")
        }
    }

    private static func emptyNamesAndControlCharactersAreRefused(_ run: ConformanceRun) async throws {
        let test = try await run.makeLog()
        for text in ["", "a\nb", "\u{0}", "a\u{7f}", "\u{1f}b", "\t"] {
            var contexts: [Attribution] = [Attribution(), Attribution(), Attribution()]
            contexts[0].actor = text
            contexts[1].correlationID = text
            contexts[2].causationID = text
            var parts = contexts.map { StreamAppend("s", events: [test.event(attribution: $0)]) }
            parts.append(StreamAppend(StreamName(text), events: test.events(1)))
            parts.append(StreamAppend(StreamName(text), .mustNotExist))
            parts.append(StreamAppend("s", events: [test.event(EventType(text))]))
            for (index, part) in parts.enumerated() {
                try await expectError(.invalidArgument, "Part \(index) with \(text.debugDescription)") {
                    _ = try await test.log.append([StreamAppend("t", events: test.events(1)), part])
                }
            }
        }
        try expect(try await test.log.head(), equals: 0, "the head after what was refused")
    }

    private static func schemaVersionsOutsideTheirRangeAreRefused(_ run: ConformanceRun) async throws {
        for version in [0, -1, Int(Int32.max) + 1, Int.max, Int.min] {
            let test = try await run.makeLog()
            var event = test.event()
            event.schemaVersion = version
            try await expectError(.invalidArgument, "Schema version \(version)") {
                _ = try await test.log.append(to: "s", [event])
            }
            event.schemaVersion = Int(Int32.max)
            _ = try await test.log.append(to: "s", [event])
            try expect(
                try await test.log.event(id: event.id)?.schemaVersion, equals: Int(Int32.max), "the schema version")
        }
    }
}
