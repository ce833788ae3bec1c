import EventLog
import EventLogTesting
import SQLiteEventLog
import Testing

/// The implementations that the conformance suite runs on.
enum LogKind: CaseIterable, CustomTestStringConvertible {
    case memory
    case sqlite
    case sqliteInMemory

    var testDescription: String {
        switch self {
        case .memory: "in memory"
        case .sqlite: "SQLite"
        case .sqliteInMemory: "SQLite in memory"
        }
    }
}

/// A log of one kind with all that a test needs beside it.
struct TestLog: Sendable {
    let log: any EventLog
    let clock: TestClock
    private let folder: TestFolder?
    private let ids: RandomEventIDs

    init(_ kind: LogKind, limits: EventLogLimits = EventLogLimits(), requireActor: Bool = false) throws {
        var options = LedgerFileOptions.test(limits: limits)
        options.requireActor = requireActor
        clock = TestClock()
        ids = .seeded(1)
        switch kind {
        case .memory:
            folder = nil
            log = InMemoryEventLog(limits: limits, requireActor: requireActor, clock: clock)
        case .sqliteInMemory:
            folder = nil
            log = try SQLiteEventLog.inMemory(options: options, clock: clock)
        case .sqlite:
            let folder = try TestFolder()
            self.folder = folder
            log = try SQLiteEventLog(path: folder.path(), options: options, clock: clock)
        }
    }

    /// An event with an id above all before it.
    func event(
        _ type: EventType = "Tested", _ payload: [UInt8] = [1, 2, 3], context: EventContext = EventContext()
    ) -> NewEvent {
        NewEvent(id: ids.next(at: clock.now()), type: type, payload: payload, context: context)
    }

    func events(_ count: Int) -> [NewEvent] {
        (0..<count).map { event("Tested", Array("payload \($0)".utf8)) }
    }

    /// Every event, by plain pages.
    func all() async throws -> [RecordedEvent] { try await log.all() }

    func close() async {
        await (log as? SQLiteEventLog)?.close()
        await (log as? InMemoryEventLog)?.close()
    }

    var waitingSubscribers: Int {
        (log as? SQLiteEventLog)?.waitingSubscribers ?? (log as? InMemoryEventLog)?.waitingSubscribers ?? -1
    }
}

extension EventLog {
    /// Every matching event, by pages.
    func all(
        _ filter: EventFilter = .all, _ direction: ReadDirection = .forwards, from: Position? = nil, limit: Int = 10_000
    ) async throws -> [RecordedEvent] {
        var query = EventQuery(filter, direction: direction, from: from, limit: limit)
        var events: [RecordedEvent] = []
        while true {
            let page = try await read(query)
            events += page.events
            guard let next = page.next else { return events }
            query.from = next
        }
    }
}

extension LedgerFileOptions {
    /// Without syncs: no test cuts the power, and the disk is shared by all tests.
    static func test(
        _ access: Access = .create, limits: EventLogLimits = EventLogLimits(), busyMilliseconds: Int = 600_000
    ) -> LedgerFileOptions {
        var options = LedgerFileOptions(access: access)
        options.durability = .normal
        options.busyTimeoutMilliseconds = busyMilliseconds
        options.limits = limits
        return options
    }
}

extension RandomEventIDs {
    static func seeded(_ seed: UInt64) -> RandomEventIDs {
        let random = SharedRandom(seed)
        return RandomEventIDs { random.next() }
    }
}
