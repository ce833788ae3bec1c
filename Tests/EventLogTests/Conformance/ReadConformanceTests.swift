import EventLog
import Testing

/// Goal: pages of the log and of streams, of every size and in both directions, join to the whole.
/// Method: a log of 60 events in four streams is read page by page and compared with the list that was appended.
@Suite struct ReadConformanceTests {
    private func filled(_ kind: LogKind, limits: EventLogLimits = EventLogLimits()) async throws -> TestLog {
        let test = try TestLog(kind, limits: limits)
        for index in 0..<60 {
            test.clock.advance(by: Int64(index % 3))
            _ = try await test.log.append(
                to: StreamName("s/\(index * index % 4)"), [test.event("Tested", [UInt8(index)])])
        }
        return test
    }

    @Test(arguments: LogKind.allCases)
    func pagesOfTheLogJoinToTheWhole(kind: LogKind) async throws {
        let test = try await filled(kind)
        let all = try await test.all()
        #expect(all.map(\.payload) == (0..<60).map { [UInt8($0)] })
        for size in [1, 2, 7, 59, 60, 61] {
            #expect(try await test.log.all(limit: size) == all, "pages of \(size)")
            #expect(try await test.log.all(.all, .backwards, limit: size) == all.reversed(), "pages of \(size)")
            #expect(try await test.log.all(from: 20, limit: size) == Array(all[20...]), "pages of \(size)")
            #expect(try await test.log.all(.all, .backwards, from: 20, limit: size) == all[..<19].reversed())
        }
        await test.close()
    }

    @Test(arguments: LogKind.allCases)
    func pagesOfAStreamJoinToTheWhole(kind: LogKind) async throws {
        let test = try await filled(kind)
        let all = try await test.all()
        for name in ["s/0", "s/1"] as [StreamName] {
            let stream = all.filter { $0.stream == name }
            #expect(!stream.isEmpty)
            #expect(try await test.log.version(of: name) == StreamVersion(stream.count))
            for size in [1, 2, 7, stream.count - 1, stream.count, 100] {
                #expect(try await streamPages(test.log, name, nil, .forwards, size) == stream)
                #expect(try await streamPages(test.log, name, nil, .backwards, size) == stream.reversed())
                #expect(try await streamPages(test.log, name, 5, .forwards, size) == Array(stream[4...]))
                #expect(try await streamPages(test.log, name, 5, .backwards, size) == stream[..<5].reversed())
            }
        }
        await test.close()
    }

    private func streamPages(
        _ log: any EventLog, _ stream: StreamName, _ from: StreamVersion?, _ direction: ReadDirection, _ size: Int
    ) async throws -> [RecordedEvent] {
        var events: [RecordedEvent] = []
        var from = from
        while true {
            let page = try await log.readStream(stream, from: from, direction: direction, limit: size)
            #expect(page.events.count <= size)
            events += page.events
            guard let next = page.next else { return events }
            from = next
        }
    }

    /// Where a page ends and whether there is another, row by row.
    @Test(arguments: LogKind.allCases)
    func aPageSaysWhereItEnds(kind: LogKind) async throws {
        let test = try await filled(kind)
        func page(_ direction: ReadDirection, _ from: Position?, _ limit: Int) async throws -> EventPage {
            try await test.log.read(EventQuery(direction: direction, from: from, limit: limit))
        }
        let rows: [(ReadDirection, Position?, Int, next: Position?, through: Position, count: Int)] = [
            (.forwards, nil, 10, 10, 10, 10), (.forwards, nil, 60, nil, 60, 60), (.forwards, 55, 10, nil, 60, 5),
            (.forwards, 60, 10, nil, 60, 0), (.forwards, 100, 10, nil, 100, 0), (.forwards, .max, 10, nil, .max, 0),
            (.forwards, -3, 10, 10, 10, 10), (.forwards, .min, 1, 1, 1, 1),
            (.backwards, nil, 10, 51, 51, 10), (.backwards, nil, 60, nil, 1, 60), (.backwards, 6, 10, nil, 1, 5),
            (.backwards, 1, 10, nil, 1, 0), (.backwards, .min, 10, nil, 1, 0), (.backwards, .max, 10, 51, 51, 10),
        ]
        for (direction, from, limit, next, through, count) in rows {
            let found = try await page(direction, from, limit)
            let row: Comment = "\(direction) from \(from ?? 0) limit \(limit)"
            #expect(found.next == next && found.readThrough == through && found.events.count == count, row)
        }
        await test.close()
    }

    @Test(arguments: LogKind.allCases)
    func anEmptyLogAnswersEmptyPages(kind: LogKind) async throws {
        let test = try TestLog(kind)
        for from in [nil, .min, -1, 0, 1, .max] as [Position?] {
            for direction in [ReadDirection.forwards, .backwards] {
                let page = try await test.log.read(EventQuery(direction: direction, from: from))
                #expect(page.events.isEmpty && page.next == nil)
                let stream = try await test.log.readStream("s", from: from, direction: direction, limit: 5)
                #expect(stream == EventPage(events: [], next: nil, readThrough: 0))
            }
        }
        #expect(try await test.log.event(id: EventID(high: 1, low: 2)) == nil)
        #expect(try await test.log.version(of: "s") == 0)
        await test.close()
    }

    @Test(arguments: LogKind.allCases)
    func streamsAreReadFromAnyVersion(kind: LogKind) async throws {
        let test = try TestLog(kind)
        _ = try await test.log.append(to: "s", test.events(3))
        let rows: [(StreamVersion, ReadDirection, versions: [StreamVersion])] = [
            (.min, .forwards, [1, 2, 3]), (0, .forwards, [1, 2, 3]), (3, .forwards, [3]), (4, .forwards, []),
            (.max, .forwards, []), (.min, .backwards, []), (0, .backwards, []), (1, .backwards, [1]),
            (4, .backwards, [3, 2, 1]), (.max, .backwards, [3, 2, 1]),
        ]
        for (from, direction, versions) in rows {
            let page = try await test.log.readStream("s", from: from, direction: direction, limit: 10)
            #expect(page.events.map(\.version) == versions, "\(direction) from \(from)")
        }
        await test.close()
    }

    @Test(arguments: LogKind.allCases)
    func aSequenceGoesThroughAllPages(kind: LogKind) async throws {
        let test = try await filled(kind)
        let all = try await test.all()
        for direction in [ReadDirection.forwards, .backwards] {
            var events: [RecordedEvent] = []
            for try await event in test.log.events(direction: direction, pageSize: 7) { events.append(event) }
            #expect(events == (direction == .forwards ? all : all.reversed()))
        }
        await test.close()
    }

    @Test(arguments: LogKind.allCases)
    func aPageEndsWhenItsBytesAreUsedUp(kind: LogKind) async throws {
        var limits = EventLogLimits()
        limits.pageBytes = 25
        let test = try TestLog(kind, limits: limits)
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
        #expect(counts == [3, 1, 3])
        #expect(try await streamPages(test.log, "s", nil, .forwards, 10).count == 7)
        #expect(try await streamPages(test.log, "s", nil, .backwards, 10).count == 7)
        await test.close()
    }

    /// Goal: a reader that has stopped in the middle of the log does not hold on to what it saw then.
    @Test(arguments: LogKind.allCases)
    func everyReadSeesWhatWasAppendedBefore(kind: LogKind) async throws {
        let test = try await filled(kind)
        for round in 1...5 {
            _ = try await test.log.read(EventQuery(limit: 1))
            _ = try await test.log.read(EventQuery(EventFilter(types: ["Tested"]), direction: .backwards, limit: 1))
            _ = try await test.log.append(to: "more", test.events(1))
            #expect(try await test.log.head() == 60 + Position(round))
            #expect(try await test.log.version(of: "more") == StreamVersion(round))
        }
        await test.close()
    }
}
