extension EventLog {
    /// One page of a single stream's events, like `read` in all else: the query's `streamPrefix` is not used.
    ///
    /// - Throws: as `read` and `readStream`.
    public func history(of stream: StreamName, _ query: EventQuery) async throws -> EventPage {
        var next = try await firstVersion(of: stream, query)
        var filter = query.filter
        filter.streamPrefix = nil
        var matching: [RecordedEvent] = []
        var through: Position = 0
        while let version = next {
            try Task.checkCancellation()
            let page = try await readStream(stream, from: version, direction: query.direction, limit: query.limit)
            through = page.readThrough
            next = page.next
            for event in page.events {
                if Self.isBeyond(event, query) { return EventPage(events: matching, next: nil, readThrough: through) }
                guard filter.matches(event) else { continue }
                matching.append(event)
                if matching.count == query.limit {
                    let isLast = event == page.events.last && page.next == nil
                    return EventPage(
                        events: matching, next: isLast ? nil : event.position, readThrough: event.position)
                }
            }
        }
        return EventPage(events: matching, next: nil, readThrough: through)
    }

    /// The version that the query begins at; nil where nothing is there. Positions and recorded times ascend with
    /// versions, so it is found by bisection.
    private func firstVersion(of stream: StreamName, _ query: EventQuery) async throws -> StreamVersion? {
        let head = try await version(of: stream)
        var low: StreamVersion = 1
        var high = head + 1
        // Bisects for the first version behind the place that the query names.
        guard query.from != nil || query.filter.recordedFrom != nil || query.direction == .backwards else {
            return head > 0 ? 1 : nil
        }
        while low < high {
            let middle = (low + high) / 2
            let page = try await readStream(stream, from: middle, direction: .forwards, limit: 1)
            guard let event = page.events.first else { break }
            let isBefore =
                switch query.direction {
                case .forwards:
                    event.position <= query.from ?? 0
                        || event.recordedAt < query.filter.recordedFrom ?? event.recordedAt
                case .backwards:
                    event.position < query.from ?? .max
                        && event.recordedAt <= query.filter.recordedThrough ?? event.recordedAt
                }
            if isBefore { low = middle + 1 } else { high = middle }
        }
        switch query.direction {
        case .forwards: return low <= head ? low : nil
        case .backwards: return low > 1 ? low - 1 : nil
        }
    }

    /// True where neither the event nor any that comes later in the reading can match.
    private static func isBeyond(_ event: RecordedEvent, _ query: EventQuery) -> Bool {
        switch query.direction {
        case .forwards: query.filter.recordedThrough.map { event.recordedAt > $0 } ?? false
        case .backwards: query.filter.recordedFrom.map { event.recordedAt < $0 } ?? false
        }
    }
}
