import EventLog

/// Pages of the log and of streams, of every size and in both directions, join to the whole. Method: a log of 60 events
/// in four streams is read page by page and compared with the list that was appended.
enum ReadChecks {
    static let all = [
        ConformanceCheck(
            "pagesOfTheLogJoinToTheWhole", "Pages of the log, of any size and in both directions, join to the whole.",
            pagesOfTheLogJoinToTheWhole),
        ConformanceCheck(
            "pagesOfAStreamJoinToTheWhole", "Pages of a stream, of any size and in both directions, join to the whole.",
            pagesOfAStreamJoinToTheWhole),
        ConformanceCheck(
            "aPageSaysWhereItEnds", "A page says through which position it was read, and from where to go on.",
            aPageSaysWhereItEnds),
        ConformanceCheck(
            "anEmptyLogAnswersEmptyPages", "A log without events answers every question, with nothing.",
            anEmptyLogAnswersEmptyPages),
        ConformanceCheck(
            "streamsAreReadFromAnyVersion", "A stream is read from any version, also from one that it does not have.",
            streamsAreReadFromAnyVersion),
        ConformanceCheck(
            "aSequenceGoesThroughAllPages", "A sequence of events goes through all pages, in both directions.",
            aSequenceGoesThroughAllPages),
        ConformanceCheck(
            "aPageEndsWhenItsBytesAreUsedUp",
            "A page ends after the event with which its payloads exceed `pageBytes`, and another follows.",
            aPageEndsWhenItsBytesAreUsedUp),
        ConformanceCheck(
            "everyReadSeesWhatWasAppendedBefore", "Every read sees all appends that have returned.",
            everyReadSeesWhatWasAppendedBefore),
        ConformanceCheck(
            "typesAreInTheOrderOfTheirBytes",
            "The types of all events are told once each, in the order of their bytes.",
            typesAreInTheOrderOfTheirBytes),
    ]

    private static func filled(_ run: ConformanceRun) async throws -> LogUnderTest {
        let test = try await run.makeLog()
        for index in 0..<60 {
            test.clock.advance(by: Int64(index % 3))
            _ = try await test.log.append(
                to: StreamName("s/\(index * index % 4)"), [test.event("Tested", [UInt8(index)])])
        }
        return test
    }

    private static func pagesOfTheLogJoinToTheWhole(_ run: ConformanceRun) async throws {
        let test = try await filled(run)
        let all = try await test.all()
        try expect(all.map(\.payload), equals: (0..<60).map { [UInt8($0)] }, "the payloads")
        for size in [1, 2, 7, 59, 60, 61] {
            let log = test.log
            try expect(try await log.all(limit: size), equals: all, "pages of \(size)")
            try expect(
                try await log.all(.all, .backwards, limit: size), equals: all.reversed(), "pages of \(size) backwards")
            try expect(
                try await log.all(from: 20, limit: size), equals: Array(all.dropFirst(20)), "pages of \(size) after 20")
            try expect(
                try await log.all(.all, .backwards, from: 20, limit: size), equals: all.prefix(19).reversed(),
                "pages of \(size) before 20")
        }
    }

    private static func pagesOfAStreamJoinToTheWhole(_ run: ConformanceRun) async throws {
        let test = try await filled(run)
        let all = try await test.all()
        for name in ["s/0", "s/1"] as [StreamName] {
            let stream = all.filter { $0.stream == name }
            try expect(!stream.isEmpty, "\(name) has no events.")
            try expect(
                try await test.log.version(of: name), equals: StreamVersion(stream.count), "the version of \(name)")
            for size in [1, 2, 7, stream.count - 1, stream.count, 100] {
                let what = "pages of \(size) of \(name)"
                try expect(try await streamPages(test.log, name, nil, .forwards, size), equals: stream, what)
                try expect(
                    try await streamPages(test.log, name, nil, .backwards, size), equals: stream.reversed(),
                    "\(what) backwards")
                try expect(
                    try await streamPages(test.log, name, 5, .forwards, size), equals: Array(stream.dropFirst(4)),
                    "\(what) from version 5")
                try expect(
                    try await streamPages(test.log, name, 5, .backwards, size), equals: stream.prefix(5).reversed(),
                    "\(what) backwards from version 5")
            }
        }
    }

    private static func streamPages(
        _ log: any EventLog, _ stream: StreamName, _ from: StreamVersion?, _ direction: ReadDirection, _ size: Int
    ) async throws -> [RecordedEvent] {
        var events: [RecordedEvent] = []
        var from = from
        while true {
            let page = try await log.readStream(stream, from: from, direction: direction, limit: size)
            try expect(page.events.count <= size, "\(page.events.count) events on a page of \(size)")
            events += page.events
            guard let next = page.next else { return events }
            from = next
        }
    }

    private static func aPageSaysWhereItEnds(_ run: ConformanceRun) async throws {
        let test = try await filled(run)
        let rows: [(ReadDirection, Position?, Int, next: Position?, through: Position, count: Int)] = [
            (.forwards, nil, 10, 10, 10, 10), (.forwards, nil, 60, nil, 60, 60), (.forwards, 55, 10, nil, 60, 5),
            (.forwards, 60, 10, nil, 60, 0), (.forwards, 100, 10, nil, 100, 0), (.forwards, .max, 10, nil, .max, 0),
            (.forwards, -3, 10, 10, 10, 10), (.forwards, .min, 1, 1, 1, 1),
            (.backwards, nil, 10, 51, 51, 10), (.backwards, nil, 60, nil, 1, 60), (.backwards, 6, 10, nil, 1, 5),
            (.backwards, 1, 10, nil, 1, 0), (.backwards, .min, 10, nil, 1, 0), (.backwards, .max, 10, 51, 51, 10),
        ]
        for (direction, from, limit, next, through, count) in rows {
            let found = try await test.log.read(EventQuery(direction: direction, from: from, limit: limit))
            let row = "\(direction) from \(from.map { "\($0)" } ?? "the end"), limit \(limit)"
            try expect(found.next, equals: next, "\(row): from where to go on")
            try expect(found.readThrough, equals: through, "\(row): read through")
            try expect(found.events.count, equals: count, "\(row): events")
        }
    }

    private static func anEmptyLogAnswersEmptyPages(_ run: ConformanceRun) async throws {
        let test = try await run.makeLog()
        for from in [nil, .min, -1, 0, 1, .max] as [Position?] {
            for direction in [ReadDirection.forwards, .backwards] {
                let page = try await test.log.read(EventQuery(direction: direction, from: from))
                try expect(page.events.isEmpty && page.next == nil, "A page of the log is not empty: \(page)")
                let stream = try await test.log.readStream("s", from: from, direction: direction, limit: 5)
                try expect(stream, equals: EventPage(events: [], next: nil, readThrough: 0), "a page of a stream")
            }
        }
        try expect(try await test.log.event(id: EventID(high: 1, low: 2)), equals: nil, "an event")
        try expect(try await test.log.version(of: "s"), equals: 0, "the version of a stream")
    }

    private static func streamsAreReadFromAnyVersion(_ run: ConformanceRun) async throws {
        let test = try await run.makeLog()
        _ = try await test.log.append(to: "s", test.events(3))
        let rows: [(StreamVersion, ReadDirection, versions: [StreamVersion])] = [
            (.min, .forwards, [1, 2, 3]), (0, .forwards, [1, 2, 3]), (3, .forwards, [3]), (4, .forwards, []),
            (.max, .forwards, []), (.min, .backwards, []), (0, .backwards, []), (1, .backwards, [1]),
            (4, .backwards, [3, 2, 1]), (.max, .backwards, [3, 2, 1]),
        ]
        for (from, direction, versions) in rows {
            let page = try await test.log.readStream("s", from: from, direction: direction, limit: 10)
            try expect(page.events.map(\.version), equals: versions, "\(direction) from version \(from)")
        }
    }

    private static func aSequenceGoesThroughAllPages(_ run: ConformanceRun) async throws {
        let test = try await filled(run)
        let all = try await test.all()
        for direction in [ReadDirection.forwards, .backwards] {
            var events: [RecordedEvent] = []
            for try await event in test.log.events(direction: direction, pageSize: 7) { events.append(event) }
            try expect(events, equals: direction == .forwards ? all : all.reversed(), "\(direction)")
        }
    }

    private static func aPageEndsWhenItsBytesAreUsedUp(_ run: ConformanceRun) async throws {
        var limits = EventLogLimits()
        limits.pageBytes = 25
        let test = try await run.makeLog(limits: limits)
        for size in [10, 10, 10, 100, 0, 0, 30] {
            _ = try await test.log.append(to: "s", [test.event("Sized", [UInt8](repeating: 1, count: size))])
        }
        var counts: [Int] = []
        var query = EventQuery()
        repeat {
            let page = try await test.log.read(query)
            counts.append(page.events.count)
            query.from = page.next
        } while query.from != nil
        try expect(counts, equals: [3, 1, 3], "events of each page")
        for direction in [ReadDirection.forwards, .backwards] {
            let events = try await streamPages(test.log, "s", nil, direction, 10)
            try expect(events.count, equals: 7, "events of the stream's pages, \(direction)")
        }
    }

    /// A reader that has stopped in the middle of the log does not hold on to what it saw then.
    private static func everyReadSeesWhatWasAppendedBefore(_ run: ConformanceRun) async throws {
        let test = try await filled(run)
        for round in 1...5 {
            _ = try await test.log.read(EventQuery(limit: 1))
            _ = try await test.log.read(EventQuery(EventFilter(types: ["Tested"]), direction: .backwards, limit: 1))
            _ = try await test.log.append(to: "more", test.events(1))
            try expect(try await test.log.head(), equals: 60 + Position(round), "the head")
            try expect(try await test.log.version(of: "more"), equals: StreamVersion(round), "the version")
        }
    }

    private static func typesAreInTheOrderOfTheirBytes(_ run: ConformanceRun) async throws {
        let test = try await run.makeLog()
        for type in ["b", "a", "\u{e9}", "b", "Z", "e\u{301}"] as [EventType] {
            _ = try await test.log.append(to: "s", [test.event(type)])
        }
        try expect(try await test.log.types(), equals: ["Z", "a", "b", "e\u{301}", "\u{e9}"], "the types")
    }
}
