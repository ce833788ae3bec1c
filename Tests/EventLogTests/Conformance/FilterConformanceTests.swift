import EventLog
import Testing

/// Goal: a filtered read answers exactly the events that match, whatever index it goes through.
/// Method: a seeded random log with rare and common names, long enough on SQLite for two segments and a tail; every
/// field alone and seeded combinations of them are compared with a plain filter over all events.
@Suite struct FilterConformanceTests {
    static let seed: UInt64 = 20_260_101

    @Test(arguments: LogKind.allCases)
    func filtersAnswerExactlyWhatMatches(kind: LogKind) async throws {
        let test = try TestLog(kind)
        var random = SeededRandom(Self.seed)
        let count = kind == .sqlite ? 70_200 : 3_000
        let all = try await RandomLog.fill(test, count: count, &random)
        #expect(all.count == count)
        var filters = RandomLog.singleFilters(all)
        for _ in 0..<40 { filters.append(RandomLog.combination(of: filters, &random)) }
        for (index, filter) in filters.enumerated() {
            let expected = all.filter(filter.matches)
            let context: Comment = "seed \(Self.seed), filter \(index): \(filter)"
            try await compare(test.log, filter, expected, context, &random)
        }
        await test.close()
    }

    /// Compares all pages where the matches are few, else some pages from a random place; both directions.
    private func compare(
        _ log: any EventLog, _ filter: EventFilter, _ expected: [RecordedEvent], _ context: Comment,
        _ random: inout SeededRandom
    ) async throws {
        let head = try await log.head()
        if expected.count <= 1_500 {
            #expect(try await log.all(filter, limit: 400) == expected, context)
            #expect(try await log.all(filter, .backwards, limit: 999) == expected.reversed(), context)
        }
        for _ in 0..<2 {
            let from = Position.random(in: 0...head + 1, using: &random)
            let limit = Int.random(in: 1...300, using: &random)
            let forwards = try await log.read(EventQuery(filter, from: from, limit: limit))
            let after = expected.drop { $0.position <= from }
            #expect(forwards.events == Array(after.prefix(limit)), context)
            #expect((forwards.next == nil) || !forwards.events.isEmpty, context)
            let backwards = try await log.read(EventQuery(filter, direction: .backwards, from: from, limit: limit))
            let before = expected.prefix { $0.position < from }
            #expect(backwards.events == Array(before.suffix(limit).reversed()), context)
        }
    }

    /// Goal: `readThrough` lets a follower go on without missing or repeating a match, even where a page is empty.
    @Test(arguments: LogKind.allCases)
    func readThroughCoversTheEventsThatDoNotMatch(kind: LogKind) async throws {
        let test = try TestLog(kind)
        for index in 0..<10 {
            test.clock.set(TestClock.start + Int64(index))
            _ = try await test.log.append(to: "s", [test.event(index == 3 ? "Rare" : "Common")])
        }
        let rare = try await test.log.read(EventQuery(EventFilter(types: ["Rare"])))
        #expect(rare.events.map(\.position) == [4] && rare.next == nil && rare.readThrough == 10)
        let full = try await test.log.read(EventQuery(EventFilter(types: ["Rare"]), limit: 1))
        #expect(full.readThrough == 4 && full.next == 4)
        let early = EventFilter(recordedThrough: Timestamp(milliseconds: TestClock.start + 4))
        let page = try await test.log.read(EventQuery(early))
        #expect(page.events.count == 5 && page.readThrough == 5 && page.next == nil)
        let none = try await test.log.read(EventQuery(EventFilter(types: ["Never"])))
        #expect(none.events.isEmpty && none.readThrough == 10)
        await test.close()
    }

    /// The ends of time, and names that differ in their bytes only.
    @Test(arguments: LogKind.allCases)
    func extremeTimesAndPrefixesAreTakenAsTheyAre(kind: LogKind) async throws {
        let test = try TestLog(kind)
        let names: [StreamName] = [
            "p/\u{10FFFF}x", "p/a", "p", "p/", "q/\u{e9}", "q/e\u{301}", "\u{e9}/1", "e\u{301}/1",
        ]
        for name in names {
            let event = test.event("T", context: EventContext(actor: name.rawValue, correlationID: name.rawValue))
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
            (EventFilter(types: []), []), (EventFilter(types: ["T", "U"]), Array(1...8)),
            (EventFilter(actor: "e\u{301}/1"), [8]), (EventFilter(correlationID: "\u{e9}/1"), [7]),
        ]
        for (filter, positions) in rows {
            #expect(try await test.log.all(filter).map(\.position) == positions, "\(filter)")
        }
        for name in names { #expect(try await test.log.version(of: name) == 1, "\(name)") }
        await test.close()
    }
}
