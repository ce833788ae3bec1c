import EventLog
import EventLogTesting
import Synchronization

/// A log that does one thing wrong, around one that does all right.
final class FaultyLog: EventLog {
    let inner: InMemoryEventLog
    private let fault: LogFault?
    private let appends = Mutex(0)
    private let firstHead = Mutex<Position?>(nil)
    private let checked = Mutex<Set<String>>([])
    private let sharedFeed = Mutex<(any EventFeed)?>(nil)

    init(_ inner: InMemoryEventLog, _ fault: LogFault?) {
        self.inner = inner
        self.fault = fault
    }

    var limits: EventLogLimits { inner.limits }

    // MARK: Appending

    func append(_ appends: [StreamAppend]) async throws -> AppendResult {
        switch fault {
        case .conditionIgnored, .conditionCheckedOnce, .partsCheckedOneByOne:
            return try await appendLoosely(appends)
        case .repetitionNotTold, .repetitionAnsweredAtTheHead, .repetitionWritten, .mixtureTaken,
            .idOfAnotherStreamTaken:
            return try await appendRepeated(appends)
        case .appendLost where isSeventh():
            let count = appends.reduce(0) { $0 + $1.events.count }
            let next = try await inner.head() + 1
            return AppendResult(
                positions: (0..<Position(count)).map { next + $0 }, versions: Array(repeating: 1, count: count),
                isRepetition: false)
        case .protectionIgnored: return try await inner.append(appends.map(Self.withoutProtection))
        case .demandsBeforeRepetitions where try await inner.version(of: LedgerPolicyChange.stream) > 0:
            try EventLogLimits.checkActors(appends)
        default: break
        }
        do {
            return try await inner.append(appends)
        } catch var error as EventLogError where error.code == .conflict {
            if fault == .foundVersionLeftOut { error.found = nil }
            if fault == .partlyWritten { for part in appends { _ = try? await inner.append([part]) } }
            throw error
        }
    }

    private static func withoutProtection(_ append: StreamAppend) -> StreamAppend {
        var append = append
        if append.stream == NamespaceProtection.stream {
            for index in append.events.indices { append.events[index].type = "Ignored" }
        }
        return append
    }

    private func isSeventh() -> Bool {
        appends.withLock { count in
            count += 1
            return count % 7 == 0
        }
    }

    private func appendLoosely(_ appends: [StreamAppend]) async throws -> AppendResult {
        if fault == .partsCheckedOneByOne {
            var result = AppendResult(positions: [], versions: [], isRepetition: false)
            for part in appends {
                let one = try await inner.append([part])
                result.positions += one.positions
                result.versions += one.versions
                result.isRepetition = one.isRepetition
            }
            return result
        }
        var appends = appends
        for index in appends.indices {
            let condition = "\(appends[index].stream) \(appends[index].condition)"
            let isNew = checked.withLock { $0.insert(condition).inserted }
            if fault == .conditionIgnored || !isNew { appends[index].condition = .any }
        }
        return try await inner.append(appends)
    }

    private func appendRepeated(_ appends: [StreamAppend]) async throws -> AppendResult {
        var known: [RecordedEvent] = []
        for event in appends.flatMap(\.events) {
            if let event = try await inner.event(id: event.id) { known.append(event) }
        }
        let ids = Set(known.map(\.id))
        switch fault {
        case .repetitionWritten where !known.isEmpty:
            let head = UInt64(try await inner.head())
            let again = appends.flatMap(\.events).enumerated().map { index, event in
                var event = event
                event.id = EventID(high: .max - head, low: UInt64(index))
                return event
            }
            return try await inner.append([StreamAppend(appends[0].stream, events: again)])
        case .mixtureTaken where !known.isEmpty:
            let new = appends.map { part in
                StreamAppend(part.stream, part.condition, events: part.events.filter { !ids.contains($0.id) })
            }
            return try await inner.append(new)
        case .idOfAnotherStreamTaken where !known.isEmpty:
            return AppendResult(
                positions: known.map(\.position), versions: known.map(\.version), isRepetition: true)
        default: break
        }
        var result = try await inner.append(appends)
        if fault == .repetitionNotTold { result.isRepetition = false }
        if fault == .repetitionAnsweredAtTheHead, result.isRepetition {
            let head = try await inner.head()
            result.positions = result.positions.map { _ in head }
        }
        return result
    }

    // MARK: Reading

    private func faulty(_ event: RecordedEvent) -> RecordedEvent {
        var event = event
        switch fault {
        case .positionReused: if event.position > 3 { event.position -= 1 }
        case .positionLeftOut: if event.position > 3 { event.position += 1 }
        case .recordedAtGoesBack: if event.position % 2 == 0 { event.recordedAt.milliseconds -= 1_000 }
        case .occurredAtLikeRecordedAt: event.occurredAt = event.recordedAt
        case .causationLost: event.attribution.causationID = nil
        case .payloadCut: event.payload = Array(event.payload.dropLast())
        default: break
        }
        return event
    }

    func head() async throws -> Position {
        let head = try await inner.head()
        guard fault == .headStale else { return head }
        return firstHead.withLock { first in
            if first == nil { first = head }
            return first ?? head
        }
    }

    func version(of stream: StreamName) async throws -> StreamVersion { try await inner.version(of: stream) }

    func version(of stream: StreamName, at position: Position) async throws -> StreamVersion {
        if fault == .versionAtPositionLikeNow { return try await inner.version(of: stream) }
        return try await inner.version(of: stream, at: position)
    }

    func types() async throws -> [EventType] {
        let types = try await inner.types()
        return fault == .typesUnordered ? types.reversed() : types
    }

    func read(_ query: EventQuery) async throws -> EventPage {
        var query = query
        if fault == .actorFilterIgnored { query.filter.actor = nil }
        if fault == .namespaceFilterIgnored { query.filter.namespace = nil }
        if fault == .backwardsLikeForwards { query.direction = .forwards }
        var prefix: String?
        if fault == .prefixByCharacters { swap(&prefix, &query.filter.streamPrefix) }
        var page: EventPage
        do {
            page = try await inner.read(query)
        } catch let error as EventLogError where error.code == .closed && fault == .closedLogAnswers {
            return EventPage(events: [], next: nil, readThrough: 0)
        }
        page.events = page.events.map(faulty)
        if let prefix { page.events.removeAll { !$0.stream.rawValue.hasPrefix(prefix) } }
        switch fault {
        case .pageCut where page.events.count > 1: page.events.removeLast()
        case .pageEndsTooSoon: page.next = nil
        case .readThroughTheHead: page.readThrough = try await inner.head()
        case .lastEventHidden:
            let head = try await inner.head()
            page.events.removeAll { $0.position == head }
        default: break
        }
        return page
    }

    func readStream(
        _ stream: StreamName, from: StreamVersion?, direction: ReadDirection, limit: Int
    ) async throws -> EventPage {
        var page = try await inner.readStream(stream, from: from, direction: direction, limit: limit)
        page.events = page.events.map(faulty)
        if fault == .streamPageCut, page.events.count > 1 { page.events.removeLast() }
        return page
    }

    func event(id: EventID) async throws -> RecordedEvent? {
        fault == .eventByIDNotFound ? nil : try await inner.event(id: id).map(faulty)
    }

    func makeFeed(after position: Position) throws -> any EventFeed {
        switch fault {
        case .feedOfAClosedLog: return FaultyFeed(try? inner.makeFeed(after: position), fault)
        case .feedsShareTheirPlace:
            return try sharedFeed.withLock { shared in
                let feed = try shared ?? inner.makeFeed(after: position)
                shared = feed
                return feed
            }
        default: return FaultyFeed(try inner.makeFeed(after: position), fault)
        }
    }

    func close() async { await inner.close() }

    func waitForEvent(after position: Position) async throws {
        try await inner.waitForEvent(after: position)
    }
}

/// A feed that does one thing wrong.
private final class FaultyFeed: EventFeed {
    /// Nil if the log is closed.
    private let inner: (any EventFeed)?
    private let fault: LogFault?
    private let end: Position?

    init(_ inner: (any EventFeed)?, _ fault: LogFault?) {
        self.inner = inner
        self.fault = fault
        end = fault == .feedStaysBehind ? try? inner?.head() : nil
    }

    func head() throws -> Position { try inner?.head() ?? 0 }

    func page(limit: Int, through last: Position) throws -> [RecordedEvent] {
        if fault == .feedOfAClosedLog { return (try? inner?.page(limit: limit, through: last)) ?? [] }
        guard let inner else { return [] }
        let last = fault == .feedGoesBeyond ? .max : min(last, end ?? .max)
        var page = try inner.page(limit: limit, through: last)
        if fault == .feedLeavesOneOut, page.count > 1 { page.remove(at: 1) }
        if fault == .feedEndsAtLargeEvents { page.removeAll { $0.payload.count > 1 << 20 } }
        return page
    }
}

/// Makes logs with a fault.
struct FaultyBackend: ConformanceBackend {
    let fault: LogFault?

    func makeLog(_ settings: ConformanceSettings) -> FaultyLog {
        var limits = settings.limits
        if fault == .limitsIgnored { limits = EventLogLimits() }
        if fault == .bytesOfAPageUnlimited { limits.pageBytes = .max }
        let requireActor = settings.requireActor && fault != .actorNotRequired
        return FaultyLog(
            InMemoryEventLog(limits: limits, requireActor: requireActor, clock: settings.clock), fault)
    }

    func close(_ log: FaultyLog) async { await log.inner.close() }

    func waitingCalls(of log: FaultyLog) -> Int? { log.inner.waitingSubscribers }
}

/// Makes logs without a fault, which have one when they are opened again.
struct FaultyStore: ReopeningBackend {
    let fault: LogFault?

    func makeLog(_ settings: ConformanceSettings) -> FaultyLog { FaultyBackend(fault: nil).makeLog(settings) }

    /// What it stores is kept.
    func close(_ log: FaultyLog) async {}

    func reopen(_ log: FaultyLog, _ settings: ConformanceSettings) -> FaultyLog { FaultyLog(log.inner, fault) }
}
