import EventLog
import MemoryLedger

/// Which events to show: those of one stream, or of the log.
struct EventSelection: Sendable {
    var filter: EventFilter
    var stream: StreamName?
    /// Only what had happened by then.
    var moment: LogMoment?
    /// Without the events of these types, such as say who read what.
    var leavesOut: Set<EventType> = []
    /// Only these positions, where recorded times do not tell.
    var span: Range<Position>?

    /// Turns times into positions, where the log's time runs ahead of the clock.
    mutating func goByOccurredTimes(_ log: any EventLog, now: Timestamp) async throws {
        var first: Position = 1
        if let since = filter.recordedFrom {
            first = try await log.lastPosition(at: Timestamp(milliseconds: since.milliseconds - 1), now: now) + 1
        }
        var end = Position.max
        if let until = filter.recordedThrough { end = try await log.lastPosition(at: min(until, now), now: now) + 1 }
        span = first..<max(first, end)
        (filter.recordedFrom, filter.recordedThrough) = (nil, nil)
    }

    private func includes(_ event: RecordedEvent) -> Bool {
        moment?.includes(event) ?? true && span?.contains(event.position) ?? true
    }

    func page(
        _ log: any EventLog, direction: ReadDirection = .forwards, from: Position?, limit: Int
    ) async throws -> EventPage {
        var query = EventQuery(filter, direction: direction, from: from, limit: limit)
        if !leavesOut.isEmpty {
            let types = Set(try await log.types())
            if !types.isDisjoint(with: leavesOut) {
                query.filter.types = types.subtracting(leavesOut)
            }
        }
        guard moment != nil || span != nil else { return try await read(log, query) }
        // Recorded times ascend with positions, so this leaves out most of what came later.
        if let moment, moment.occurredThrough == nil, span == nil {
            query.filter.recordedThrough = min(filter.recordedThrough ?? moment.time, moment.time)
        }
        if let span { query.from = span.start(direction, from) }
        var events: [RecordedEvent] = []
        while true {
            let page = try await read(log, query)
            for event in page.events where includes(event) {
                events.append(event)
                guard events.count == limit else { continue }
                let isLast = event == page.events.last && page.next == nil
                return EventPage(events: events, next: isLast ? nil : event.position, readThrough: event.position)
            }
            guard let next = page.next, span?.isLeft(direction, at: next) != true else {
                return EventPage(events: events, next: nil, readThrough: page.readThrough)
            }
            query.from = next
        }
    }

    private func read(_ log: any EventLog, _ query: EventQuery) async throws -> EventPage {
        guard let stream else { return try await log.read(query) }
        return try await log.history(of: stream, query)
    }

    /// A filter for what is to come: a stream's events are among those of its prefix.
    var subscription: EventFilter {
        var filter = filter
        if let stream { filter.streamPrefix = stream.rawValue }
        return filter
    }

    func matches(_ event: RecordedEvent) -> Bool {
        if leavesOut.contains(event.type) { return false }
        guard span?.contains(event.position) ?? true else { return false }
        return stream.map { $0 == event.stream } ?? true
    }
}

extension Range<Position> {
    /// Where to begin to read, exclusive: the span, or what was given if that is further on.
    fileprivate func start(_ direction: ReadDirection, _ given: Position?) -> Position? {
        switch direction {
        case .forwards: lowerBound <= 1 ? given : Swift.max(given ?? 0, lowerBound - 1)
        case .backwards: upperBound == .max ? given : Swift.min(given ?? .max, upperBound)
        }
    }

    /// Whether there is nothing of the span beyond a position that was read.
    fileprivate func isLeft(_ direction: ReadDirection, at position: Position) -> Bool {
        direction == .forwards ? position >= upperBound - 1 : position <= lowerBound
    }
}
