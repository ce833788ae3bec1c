import EventLog
import Testing

/// Goal: everything has a limit with a name, and what cannot be stored is refused before anything is written.
/// Method: a table of appends at the limit, which pass, and beyond it, which must name the limit.
@Suite struct LimitsConformanceTests {
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
    private static let rows: [(limit: String, most: Int, make: @Sendable (TestLog, Int) -> StreamAppend)] = [
        ("payloadBytes", 100, { StreamAppend("s", events: [$0.event("T", [UInt8](repeating: 7, count: $1))]) }),
        ("appendEvents", 5, { StreamAppend("s", events: $0.events($1)) }),
        ("streamNameBytes", 20, { StreamAppend(text($1), events: $0.events(1)) }),
        ("labelBytes", 8, { StreamAppend("s", events: [$0.event(EventType(text($1).rawValue))]) }),
        ("labelBytes", 8, { StreamAppend("s", events: [$0.event(context: .init(actor: text($1).rawValue))]) }),
        ("labelBytes", 8, { StreamAppend("s", events: [$0.event(context: .init(correlationID: text($1).rawValue))]) }),
        ("labelBytes", 8, { StreamAppend("s", events: [$0.event(context: .init(causationID: text($1).rawValue))]) }),
    ]

    private static func text(_ bytes: Int) -> StreamName {
        StreamName(String(repeating: "é", count: bytes / 2) + (bytes % 2 == 1 ? "x" : ""))
    }

    @Test(arguments: LogKind.allCases)
    func beyondALimitTheErrorNamesIt(kind: LogKind) async throws {
        let test = try TestLog(kind, limits: Self.small)
        for (name, most, make) in Self.rows {
            let before = try await test.log.head()
            let error = await expectError(.limitExceeded, "\(name)") {
                _ = try await test.log.append([make(test, most + 1)])
            }
            #expect(error?.limit == name)
            #expect(try await test.log.head() == before)
            _ = try await test.log.append([make(test, most)])
        }
        for (limit, code) in [(11, EventLogError.Code.limitExceeded), (0, .invalidArgument), (-1, .invalidArgument)] {
            let log = await expectError(code) { _ = try await test.log.read(EventQuery(limit: limit)) }
            let stream = await expectError(code) {
                _ = try await test.log.readStream("s", from: nil, direction: .forwards, limit: limit)
            }
            #expect(log?.limit == (limit > 0 ? "pageEvents" : nil) && stream?.limit == log?.limit)
        }
        await test.close()
    }

    @Test(arguments: LogKind.allCases)
    func emptyNamesAndControlCharactersAreRefused(kind: LogKind) async throws {
        let test = try TestLog(kind)
        for text in ["", "a\nb", "\u{0}", "a\u{7f}", "\u{1f}b", "\t"] {
            var contexts: [EventContext] = [EventContext(), EventContext(), EventContext()]
            contexts[0].actor = text
            contexts[1].correlationID = text
            contexts[2].causationID = text
            var parts = contexts.map { StreamAppend("s", events: [test.event(context: $0)]) }
            parts.append(StreamAppend(StreamName(text), events: test.events(1)))
            parts.append(StreamAppend(StreamName(text), .mustNotExist))
            parts.append(StreamAppend("s", events: [test.event(EventType(text))]))
            for (index, part) in parts.enumerated() {
                await expectError(.invalidArgument, "\(index) with \(text.debugDescription)") {
                    _ = try await test.log.append([StreamAppend("t", events: test.events(1)), part])
                }
            }
        }
        #expect(try await test.log.head() == 0)
        await test.close()
    }

    @Test(arguments: LogKind.allCases, [0, -1, Int(Int32.max) + 1, Int.max, Int.min])
    func schemaVersionsOutsideTheirRangeAreRefused(kind: LogKind, version: Int) async throws {
        let test = try TestLog(kind)
        var event = test.event()
        event.schemaVersion = version
        await expectError(.invalidArgument) { _ = try await test.log.append(to: "s", [event]) }
        event.schemaVersion = Int(Int32.max)
        _ = try await test.log.append(to: "s", [event])
        #expect(try await test.log.event(id: event.id)?.schemaVersion == Int(Int32.max))
        await test.close()
    }
}
