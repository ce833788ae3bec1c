import EventLog

/// A filtered read answers exactly the events that match, whatever index it goes through. Method: a seeded random log
/// with rare and common names, as long as the backend calls large; every field alone and seeded combinations of them
/// are compared with a plain filter over all events.
enum FilterChecks {
    static let all = [
        ConformanceCheck(
            "filtersAnswerExactlyWhatMatches",
            "A read with any filter, in both directions, answers exactly the events that match it.",
            filtersAnswerExactlyWhatMatches),
        ConformanceCheck(
            "readThroughCoversTheEventsThatDoNotMatch",
            "`readThrough` lets a follower go on without missing or repeating a match, even if a page is empty.",
            readThroughCoversTheEventsThatDoNotMatch),
        ConformanceCheck(
            "extremeTimesAndPrefixesAreTakenAsTheyAre",
            "Times at the ends of their range are times like others, and names are compared byte by byte.",
            extremeTimesAndPrefixesAreTakenAsTheyAre),
    ]

    private static let seed: UInt64 = 20_260_101

    private static func filtersAnswerExactlyWhatMatches(_ run: ConformanceRun) async throws {
        let test = try await run.makeLog()
        var random = SeededRandom(seed)
        let all = try await RandomLog.fill(test, count: run.largeLogEvents, &random)
        try expect(all.count, equals: run.largeLogEvents, "seed \(seed): events of the random log")
        var filters = RandomLog.singleFilters(all)
        for _ in 0..<40 { filters.append(RandomLog.combination(of: filters, &random)) }
        for (index, filter) in filters.enumerated() {
            let expected = all.filter(filter.matches)
            let context = "seed \(seed), filter \(index): \(filter)"
            try await compare(test.log, filter, expected, context, count: all.count, &random)
        }
    }

    /// Compares all pages if the matches are few, else some pages from a random place; both directions.
    private static func compare(
        _ log: any EventLog, _ filter: EventFilter, _ expected: [RecordedEvent], _ context: String,
        count: Int, _ random: inout SeededRandom
    ) async throws {
        if expected.count <= 1_500 {
            try expect(try await log.all(filter, limit: 400), equals: expected, context)
            try expect(try await log.all(filter, .backwards, limit: 999), equals: expected.reversed(), context)
        }
        for _ in 0..<2 {
            let from = Position.random(in: 0...Position(count) + 1, using: &random)
            let limit = Int.random(in: 1...300, using: &random)
            let forwards = try await log.read(EventQuery(filter, from: from, limit: limit))
            let after = expected.drop { $0.position <= from }
            try expect(forwards.events, equals: Array(after.prefix(limit)), "\(context), \(limit) after \(from)")
            try expect(forwards.next == nil || !forwards.events.isEmpty, "\(context): an empty page has a next one.")
            let backwards = try await log.read(EventQuery(filter, direction: .backwards, from: from, limit: limit))
            let before = expected.prefix { $0.position < from }
            try expect(
                backwards.events, equals: Array(before.suffix(limit).reversed()), "\(context), \(limit) before \(from)")
        }
    }

    private static func readThroughCoversTheEventsThatDoNotMatch(_ run: ConformanceRun) async throws {
        let test = try await run.makeLog()
        let start = FixedClock.start.milliseconds
        for index in 0..<10 {
            test.clock.set(start + Int64(index))
            _ = try await test.log.append(to: "s", [test.event(index == 3 ? "Rare" : "Common")])
        }
        let rare = try await test.log.read(EventQuery(EventFilter(types: ["Rare"])))
        try expect(
            rare.events.map(\.position) == [4] && rare.next == nil && rare.readThrough == 10,
            "One match of ten answers next \(String(describing: rare.next)), through \(rare.readThrough).")
        let full = try await test.log.read(EventQuery(EventFilter(types: ["Rare"]), limit: 1))
        try expect(
            full.readThrough == 4 && full.next == 4,
            "A full page answers next \(String(describing: full.next)), through \(full.readThrough).")
        let early = EventFilter(recordedThrough: Timestamp(milliseconds: start + 4))
        let page = try await test.log.read(EventQuery(early))
        try expect(
            page.events.count == 5 && page.readThrough == 5 && page.next == nil,
            "What was recorded early answers \(page.events.count) events, through \(page.readThrough).")
        let none = try await test.log.read(EventQuery(EventFilter(types: ["Never"])))
        try expect(
            none.events.isEmpty && none.readThrough == 10,
            "A type that never was answers \(none.events.count) events, through \(none.readThrough).")
    }

    private static func extremeTimesAndPrefixesAreTakenAsTheyAre(_ run: ConformanceRun) async throws {
        let test = try await run.makeLog()
        let names: [StreamName] = [
            "p/\u{10FFFF}x", "p/a", "p", "p/", "q/\u{e9}", "q/e\u{301}", "\u{e9}/1", "e\u{301}/1",
        ]
        for name in names {
            let event = test.event("T", attribution: Attribution(actor: name.rawValue, correlationID: name.rawValue))
            _ = try await test.log.append(to: name, [event])
        }
        let rows: [(EventFilter, [Position])] = [
            (EventFilter(recordedThrough: Timestamp(milliseconds: .max)), Array(1...8)),
            (EventFilter(recordedThrough: Timestamp(milliseconds: .min)), []),
            (EventFilter(recordedFrom: Timestamp(milliseconds: .min)), Array(1...8)),
            (EventFilter(recordedFrom: Timestamp(milliseconds: .max)), []),
            (EventFilter(streamPrefix: ""), Array(1...8)), (EventFilter(streamPrefix: "p"), [1, 2, 3, 4]),
            (EventFilter(streamPrefix: "p/"), [1, 2, 4]), (EventFilter(streamPrefix: "q/\u{e9}"), [5]),
            (EventFilter(streamPrefix: "q/e"), [6]), (EventFilter(streamPrefix: "e\u{301}/"), [8]),
            (EventFilter(namespace: "p"), [1, 2, 4]), (EventFilter(namespace: "q"), [5, 6]),
            (EventFilter(namespace: "\u{e9}"), [7]), (EventFilter(namespace: ""), []),
            (EventFilter(types: []), []), (EventFilter(types: ["T", "U"]), Array(1...8)),
            (EventFilter(actor: "e\u{301}/1"), [8]), (EventFilter(correlationID: "\u{e9}/1"), [7]),
        ]
        for (filter, positions) in rows {
            try expect(try await test.log.all(filter).map(\.position), equals: positions, "\(filter)")
        }
        for name in names { try expect(try await test.log.version(of: name), equals: 1, "the version of \(name)") }
    }
}
