import EventLog

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
