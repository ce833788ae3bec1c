import EventLog

/// The history of one stream, which `EventLog` makes of pages of the stream. Method: every query of a table against the
/// plain answer, page by page.
enum HistoryChecks {
    static let all = [
        ConformanceCheck(
            "historyAnswersAsTheWholeLogDoes",
            "The history of a stream is what reading the whole log and picking that stream's events answers.",
            answersAsTheWholeLogDoes)
    ]

    private static let queries: [EventQuery] = [.forwards, .backwards].flatMap { direction in
        [nil, 0, 1, 9, 10, 59, 60, 1_000].flatMap { from in
            filters.flatMap { filter in
                [1, 4, 1_000].map { EventQuery(filter, direction: direction, from: from, limit: $0) }
            }
        }
    }

    private static let start = FixedClock.start.milliseconds
    private static let filters: [EventFilter] = [
        .all, EventFilter(types: ["Odd"]), EventFilter(types: ["None"]), EventFilter(actor: "a"),
        EventFilter(
            recordedFrom: Timestamp(milliseconds: start + 20), recordedThrough: Timestamp(milliseconds: start + 40)),
        EventFilter(types: ["Odd"], recordedThrough: Timestamp(milliseconds: start + 30)),
        EventFilter(recordedFrom: Timestamp(milliseconds: start + 1_000)),
        EventFilter(recordedThrough: Timestamp(milliseconds: 0)),
    ]

    private static func answersAsTheWholeLogDoes(_ run: ConformanceRun) async throws {
        let test = try await run.makeLog()
        for index in 0..<60 {
            let stream = StreamName(index % 3 == 0 ? "s" : index % 3 == 1 ? "s/longer" : "other")
            let attribution = Attribution(actor: index % 2 == 0 ? "a" : "b")
            let event = test.event(index % 5 == 0 ? "Odd" : "Even", [UInt8(index)], attribution: attribution)
            _ = try await test.log.append(to: stream, [event])
            test.clock.advance(by: 1)
        }
        for stream in ["s", "s/longer", "missing"] as [StreamName] {
            for query in queries {
                let expected = try await test.log.all(query.filter, query.direction, from: query.from)
                    .filter { $0.stream == stream }
                try expect(try await pages(test.log, stream, query), equals: expected, "\(stream) \(query)")
            }
        }
    }

    private static func pages(
        _ log: any EventLog, _ stream: StreamName, _ query: EventQuery
    ) async throws -> [RecordedEvent] {
        var query = query
        var events: [RecordedEvent] = []
        while true {
            let page = try await log.history(of: stream, query)
            try expect(page.events.count <= query.limit, "\(page.events.count) events on a page of \(query.limit)")
            events += page.events
            guard let next = page.next else { return events }
            query.from = next
        }
    }
}
