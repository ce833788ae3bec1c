public import EventLog

extension EventLog {
    /// Every matching event of a log that is small, as logs of tests are.
    ///
    ///     let placed = try await log.all(EventFilter(types: ["OrderPlaced"]))
    ///
    /// - Parameters:
    ///   - from: Where to begin, exclusive; nil: from the end that the direction begins at.
    ///   - limit: Events of a page, 1 to `EventLogLimits.pageEvents`.
    /// - Throws: What `read` throws.
    public func all(
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
