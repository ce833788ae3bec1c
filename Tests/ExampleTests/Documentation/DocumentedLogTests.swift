import EventLog
import EventLogTesting
import MemoryLedger
import MemoryLedgerTesting
import Testing

/// Goal: what the documentation shows of event logs holds. Method: it is run on a log in memory.
@Suite struct DocumentedLogTests {
    private let ids = FixedIDs()

    @Test func eventsAreAppendedAndRead() async throws {
        let clock = FixedClock()
        let log = InMemoryEventLog(clock: clock)
        let placed = NewEvent(id: ids.next(at: clock.now()), type: "OrderPlaced", payload: [])
        let result = try await log.append(to: "order/7", .mustNotExist, [placed])
        let page = try await log.readStream("order/7")
        #expect(result.positions == [1] && page.events.count == 1)

        let attribution = Attribution(actor: "ada", correlationID: "request-7")
        let stream: StreamName = "order/7"
        let paid = NewEvent(id: ids.next(at: clock.now()), type: "OrderPaid", payload: [], attribution: attribution)
        let taken = NewEvent(id: ids.next(at: clock.now()), type: "StockTaken", payload: [])
        _ = try await log.append([
            StreamAppend(stream, .atVersion(1), events: [paid]), StreamAppend("stock/3", events: [taken]),
        ])

        do {
            _ = try await log.append(to: stream, .mustNotExist, [NewEvent(placed, by: ids)])
        } catch let error as EventLogError where error.code == .conflict {
            print(error, error.found ?? 0)
        }

        for try await event in log.events(EventFilter(actor: "ada")) {
            print(event.position, event.stream, event.recordedAt.rfc3339)
        }

        var query = EventQuery(EventFilter(types: ["OrderPlaced", "OrderPaid"]), limit: 1)
        repeat {
            let page = try await log.read(query)
            for event in page.events { print(event.position, event.type) }
            query.from = page.next
        } while query.from != nil

        let moment = try await log.resolve(.position(2), now: clock.now())
        print(moment.position, moment.time)
        #expect(moment.position == 2)
        await log.close()
    }

    @Test func aLogIsReadAtOnce() async throws {
        let clock = FixedClock()
        let log = InMemoryEventLog(clock: clock)
        let event = NewEvent(id: ids.next(at: clock.now()), type: "OrderPlaced", payload: [])
        _ = try await log.append(to: "order/7", [event])
        let placed = try await log.all(EventFilter(types: ["OrderPlaced"]))
        #expect(placed.map(\.id) == [event.id])
        await log.close()
    }

    @Test func aBackendHasCodesOfItsOwn() {
        #expect(EventLogError.Code.postgresDisconnected != .conflict)
    }

    @Test func theWholeLogIsRead() async throws {
        let log = InMemoryEventLog(clock: FixedClock())
        let feed = try log.makeFeed(after: 0)
        var page = try feed.page(limit: 1_000)
        while !page.isEmpty {
            for event in page { print(event.position) }
            page = try feed.page(limit: 1_000)
        }
        await log.close()
    }

    @Test func demandsAreEvents() async throws {
        let clock = FixedClock()
        let log = InMemoryEventLog(clock: clock)
        try await protect(log, clock)
        try await demandActors(log, clock)
        #expect(try await log.head() == 2)
        await log.close()
    }

    private func demandActors(_ log: some EventLog, _ clock: FixedClock) async throws {
        let event = try LedgerPolicyChange(requiresActor: true).newEvent(id: ids.next(at: clock.now()))
        _ = try await log.append(to: LedgerPolicyChange.stream, [event])
    }

    private func protect(_ log: some EventLog, _ clock: FixedClock) async throws {
        let event = try NamespaceProtection(namespace: "people").newEvent(id: ids.next(at: clock.now()))
        _ = try await log.append(to: NamespaceProtection.stream, [event])
    }

    @Test func aLogIsBounded() async throws {
        let clock = FixedClock()
        var limits = EventLogLimits()
        limits.payloadBytes = 1 << 20
        let log = InMemoryEventLog(limits: limits, clock: clock)
        #expect(log.limits.payloadBytes == 1_048_576)
        await log.close()
    }

    @Test func timeStandsStill() {
        let clock = FixedClock()
        let log = InMemoryEventLog(clock: clock)
        clock.advance(by: .seconds(60))
        #expect(log.limits == EventLogLimits())
        let time = Timestamp(rfc3339: "2026-01-01T00:01:00Z")
        #expect(clock.now() == time)
    }

    @Test func chanceIsSeeded() {
        let clock = FixedClock()
        let ids = RandomEventIDs.seeded(7)
        let event = NewEvent(id: ids.next(at: clock.now()), type: "OrderPlaced", payload: [])
        #expect(event.id == RandomEventIDs.seeded(7).next(at: clock.now()))
        var keys = ["a", "b", "c"]
        var random = SeededRandom(7)
        keys.shuffle(using: &random)
        #expect(keys.count == 3)
    }

    @Test func olderEventsAreLifted() throws {
        let milliseconds = Upcaster("TaskPostponed", from: 1) { seconds in seconds + Array("000".utf8) }
        #expect(try milliseconds.lift(Array("7".utf8)) == Array("7000".utf8))
    }

    @Test func checksRunOneByOne() async throws {
        let backend = InMemoryBackend()
        for check in EventLogConformance.checks { try await check.run(on: backend) }
    }
}

extension EventLogError.Code {
    /// The server closed the connection: try again.
    static let postgresDisconnected = Self("postgres_disconnected")
}

extension NewEvent {
    /// The same again, as another event.
    fileprivate init(_ event: NewEvent, by ids: FixedIDs) {
        self = event
        id = ids.next(at: Timestamp(milliseconds: 0))
    }
}
