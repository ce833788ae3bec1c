import EventLog

/// A feed answers the whole log in order, page by page. Method: pages of every size from every place are compared with
/// plain reading; a seeded random log, as long as the backend calls large, is compared as a whole.
enum FeedChecks {
    static let all = [
        ConformanceCheck(
            "aFeedAnswersTheWholeLog",
            "Pages of a feed, of any size and after any position, join to the rest of the log.",
            aFeedAnswersTheWholeLog),
        ConformanceCheck(
            "aFeedAnswersALargeLog", "A feed answers a large log as plain reading does.", aFeedAnswersALargeLog),
        ConformanceCheck(
            "aFeedStopsAtThePositionThatItIsTold",
            "A feed answers no event beyond the position that it is told, and goes on there when it is told another.",
            aFeedStopsAtThePositionThatItIsTold),
        ConformanceCheck(
            "aFeedGoesOnWithWhatIsAppended",
            "A feed at the log's end answers nothing, and what is appended then on its next page.",
            aFeedGoesOnWithWhatIsAppended),
        ConformanceCheck(
            "everyFeedHasAPlaceOfItsOwn", "Two feeds of one log do not move each other.", everyFeedHasAPlaceOfItsOwn),
        ConformanceCheck(
            "aFeedGoesPastLargeEvents", "A page of a feed has an event, however large, if there is one.",
            aFeedGoesPastLargeEvents),
        ConformanceCheck(
            "aClosedLogFeedsNothing",
            "A log that has been closed makes no feed, and a feed that it made answers `closed`.",
            aClosedLogFeedsNothing),
    ]

    private static let seed: UInt64 = 20_261_129

    private static func filled(_ run: ConformanceRun) async throws -> LogUnderTest {
        let test = try await run.makeLog()
        for index in 0..<60 {
            test.clock.advance(by: Int64(index % 3))
            _ = try await test.log.append(
                to: StreamName("s/\(index % 4)"), [test.event(EventType("Type \(index % 5)"), [UInt8(index)])])
        }
        return test
    }

    /// The rest of a feed, by pages.
    private static func rest(
        of feed: any EventFeed, limit: Int, through last: Position = .max
    ) throws -> [RecordedEvent] {
        var events: [RecordedEvent] = []
        while true {
            let page = try feed.page(limit: limit, through: last)
            try expect(page.count <= limit, "\(page.count) events on a page of \(limit).")
            if page.isEmpty { return events }
            events += page
        }
    }

    private static func aFeedAnswersTheWholeLog(_ run: ConformanceRun) async throws {
        let empty = try await run.makeLog().log.makeFeed(after: 0)
        try expect(try empty.page(limit: 10), equals: [], "an empty log")
        try expect(try empty.head(), equals: 0, "an empty log's head")
        let test = try await filled(run)
        let all = try await test.all()
        for limit in [1, 2, 7, 59, 60, 61, 10_000] {
            for position in [.min, -3, 0, 1, 20, 59, 60, 61, .max] as [Position] {
                let feed = try test.log.makeFeed(after: position)
                try expect(try feed.head(), equals: 60, "the head")
                let expected = all.filter { $0.position > position }
                try expect(try rest(of: feed, limit: limit), equals: expected, "pages of \(limit) after \(position)")
            }
        }
    }

    private static func aFeedAnswersALargeLog(_ run: ConformanceRun) async throws {
        let test = try await run.makeLog()
        var random = SeededRandom(seed)
        let all = try await RandomLog.fill(test, count: run.largeLogEvents, &random)
        try await test.settle()
        let feed = try test.log.makeFeed(after: 0)
        var events: [RecordedEvent] = []
        while true {
            let page = try feed.page(limit: Int.random(in: 1...2_000, using: &random))
            if page.isEmpty { break }
            events += page
        }
        try expect(events, equals: all, "seed \(seed)")
    }

    private static func aFeedStopsAtThePositionThatItIsTold(_ run: ConformanceRun) async throws {
        let test = try await filled(run)
        let all = try await test.all()
        for limit in [1, 7, 100] {
            let feed = try test.log.makeFeed(after: 10)
            // From place to place, also back, and to what is still to come.
            for (last, first, count) in [(5, 0, 0), (10, 0, 0), (11, 10, 1), (30, 11, 19), (29, 0, 0), (99, 30, 30)] {
                let found = try rest(of: feed, limit: limit, through: Position(last))
                let expected = Array(all.dropFirst(first).prefix(count))
                try expect(found, equals: expected, "pages of \(limit) through \(last)")
            }
        }
        let none = try test.log.makeFeed(after: 0)
        for last in [.min, -1, 0] as [Position] {
            try expect(try none.page(limit: 10, through: last), equals: [], "a page through \(last)")
        }
        try expect(try none.page(limit: 1).map(\.position), equals: [1], "the page after those")
    }

    private static func aFeedGoesOnWithWhatIsAppended(_ run: ConformanceRun) async throws {
        let test = try await filled(run)
        let feed = try test.log.makeFeed(after: 40)
        let ahead = try test.log.makeFeed(after: 62)
        _ = try feed.page(limit: 5)
        // Neither in the middle nor at the end does it hold on to what it saw.
        for round in 1...3 {
            _ = try await test.log.append(to: "more", test.events(2))
            try await test.settle()
            let expected = try await test.all().dropFirst(round == 1 ? 45 : 58 + 2 * round)
            try expect(try rest(of: feed, limit: 4), equals: Array(expected), "round \(round)")
            try expect(try feed.page(limit: 4), equals: [], "the end of round \(round)")
            try expect(try feed.head(), equals: 60 + 2 * Position(round), "the head of round \(round)")
        }
        let positions = try rest(of: ahead, limit: 4).map(\.position)
        try expect(positions, equals: [63, 64, 65, 66], "a feed after a position that was still to come")
    }

    private static func everyFeedHasAPlaceOfItsOwn(_ run: ConformanceRun) async throws {
        let test = try await filled(run)
        let all = try await test.all()
        let feeds = [try test.log.makeFeed(after: 0), try test.log.makeFeed(after: 0)]
        var events: [[RecordedEvent]] = [[], []]
        for turn in 0..<60 {
            let index = turn % 3 == 0 ? 0 : 1
            events[index] += try feeds[index].page(limit: 3)
        }
        try expect(events[0], equals: all, "the first feed")
        try expect(events[1], equals: all, "the second feed")
    }

    private static func aFeedGoesPastLargeEvents(_ run: ConformanceRun) async throws {
        let test = try await run.makeLog()
        let megabytes = [6, 20, 0, 6, 6, 6]
        for (index, size) in megabytes.enumerated() {
            let payload = [UInt8](repeating: UInt8(index), count: size << 20)
            _ = try await test.log.append(to: "s", [test.event("Sized", payload)])
        }
        let events = try rest(of: try test.log.makeFeed(after: 0), limit: 100)
        try expect(events.map(\.position), equals: ascending(megabytes.count), "the positions")
        try expect(events.map { $0.payload.count >> 20 }, equals: megabytes, "the payloads in megabytes")
        for (index, event) in events.enumerated() {
            try expect(event.payload.allSatisfy { $0 == index }, "The payload at \(event.position) is another.")
        }
    }

    private static func aClosedLogFeedsNothing(_ run: ConformanceRun) async throws {
        let test = try await filled(run)
        let feed = try test.log.makeFeed(after: 0)
        _ = try feed.page(limit: 5)
        await test.close()
        try await expectError(.closed, "A page of a feed") { _ = try feed.page(limit: 5) }
        try await expectError(.closed, "A feed's head") { _ = try feed.head() }
        try await expectError(.closed, "A new feed") { _ = try test.log.makeFeed(after: 0) }
    }
}
