import EventLog

/// What an in-memory log holds: a plain value, changed by `append` alone.
///
/// Invariant: an append changes nothing unless all of its checks have passed.
struct InMemoryContents {
    private var events: [RecordedEvent] = []
    private var positions: [EventID: Position] = [:]
    private var streams: [StreamName: [Position]] = [:]
    private(set) var types: Set<EventType> = []
    /// What is demanded of an append.
    private var demands: LogDemands
    var isClosed = false

    init(requireActor: Bool) { demands = LogDemands(requiresActor: requireActor) }

    var head: Position { Position(events.count) }

    func checkOpen() throws {
        if isClosed { throw EventLogError.closed }
    }

    func version(of stream: StreamName) -> StreamVersion { StreamVersion(streams[stream]?.count ?? 0) }

    func version(of stream: StreamName, at position: Position) -> StreamVersion {
        guard let positions = streams[stream] else { return 0 }
        var low = 0
        var high = positions.count
        while low < high {
            let middle = (low + high) / 2
            if positions[middle] <= position { low = middle + 1 } else { high = middle }
        }
        return StreamVersion(low)
    }

    func event(id: EventID) -> RecordedEvent? { positions[id].map { event(at: $0) } }

    private func event(at position: Position) -> RecordedEvent { events[Int(position) - 1] }

    // MARK: Appending

    mutating func append(_ appends: [StreamAppend], at now: Timestamp) throws -> AppendResult {
        if let repetition = try repetition(of: appends) { return repetition }
        try demands.check(appends)
        for append in appends {
            let found = version(of: append.stream)
            guard append.condition.holds(at: found) else {
                throw EventLogError.conflict(append.stream, expected: append.condition, found: found)
            }
        }
        let recordedAt = max(now, events.last?.recordedAt ?? now)
        var result = AppendResult(positions: [], versions: [], isRepetition: false)
        for append in appends {
            for event in append.events {
                var event = event
                // The same as the recorded time, unless the log's time runs ahead of the clock.
                event.occurredAt = event.occurredAt ?? now
                let recorded = add(event, to: append.stream, recordedAt)
                result.positions.append(recorded.position)
                result.versions.append(recorded.version)
            }
        }
        return result
    }

    private mutating func add(_ event: NewEvent, to stream: StreamName, _ recordedAt: Timestamp) -> RecordedEvent {
        let recorded = RecordedEvent(
            position: head + 1, stream: stream, version: version(of: stream) + 1, type: event.type,
            schemaVersion: event.schemaVersion, id: event.id, recordedAt: recordedAt,
            occurredAt: event.occurredAt ?? recordedAt, attribution: event.attribution, payload: event.payload)
        events.append(recorded)
        positions[recorded.id] = recorded.position
        streams[stream, default: []].append(recorded.position)
        types.insert(recorded.type)
        demands.apply(
            recorded.type, schemaVersion: recorded.schemaVersion, payload: recorded.payload, in: recorded.stream)
        return recorded
    }

    /// The first append's result if the log has these events; nil if it has none of them.
    private func repetition(of appends: [StreamAppend]) throws -> AppendResult? {
        var seen = Set<EventID>()
        var result = AppendResult(positions: [], versions: [], isRepetition: true)
        var count = 0
        for append in appends {
            for event in append.events {
                count += 1
                guard seen.insert(event.id).inserted else { throw EventLogError.repeatedWithin(event.id) }
                guard let known = self.event(id: event.id) else { continue }
                guard known.stream == append.stream else { throw EventLogError.otherStream(event.id) }
                result.positions.append(known.position)
                result.versions.append(known.version)
            }
        }
        if result.positions.isEmpty { return nil }
        guard result.positions.count == count else {
            throw EventLogError.partlyKnown(result.positions.count, of: count)
        }
        return result
    }

    // MARK: Reading

    func page(_ query: EventQuery, _ limits: EventLogLimits) -> EventPage {
        guard let bounds = query.bounds(head: head, firstRecorded: firstPosition) else {
            return query.emptyPage(head: head)
        }
        var page: [RecordedEvent] = []
        var bytes = 0
        func isFull() -> Bool { page.count == query.limit || bytes > limits.pageBytes }
        func take(_ position: Position) {
            let event = event(at: position)
            guard query.filter.matches(event) else { return }
            page.append(event)
            bytes += event.payload.count
        }
        switch query.direction {
        case .forwards: for position in bounds where !isFull() { take(position) }
        case .backwards: for position in bounds.reversed() where !isFull() { take(position) }
        }
        return query.page(page, isFull: isFull(), bounds: bounds)
    }

    func page(
        of stream: StreamName, from: StreamVersion?, _ direction: ReadDirection, limit: Int, _ limits: EventLogLimits
    ) -> EventPage {
        let known = streams[stream] ?? []
        let version = StreamVersion(known.count)
        guard let versions = direction.versions(from: from, limit: limit, head: version) else {
            return EventPage(events: [], next: nil, readThrough: head)
        }
        let positions = known[Int(versions.lowerBound) - 1..<Int(versions.upperBound)]
        var page: [RecordedEvent] = []
        var bytes = 0
        for position in direction == .forwards ? Array(positions) : positions.reversed() {
            page.append(event(at: position))
            bytes += event(at: position).payload.count
            if bytes > limits.pageBytes { break }
        }
        let next = direction.next(after: page.count, of: versions, head: version)
        return EventPage(events: page, next: next, readThrough: head)
    }

    /// The events after a position, up to another.
    func events(after first: Position, through last: Position, limit: Int) -> [RecordedEvent] {
        let start = min(max(0, first), head)
        let end = min(head, last)
        return start < end ? Array(events[Int(start)..<Int(end)].prefix(limit)) : []
    }

    private func firstPosition(recordedAtLeast time: Timestamp) -> Position {
        var low: Position = 1
        var high = head + 1
        while low < high {
            let middle = (low + high) / 2
            if event(at: middle).recordedAt < time { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
