import EventLog

/// Events with what the projectors made of them beforehand.
struct PreparedEvents: Sendable {
    let events: [RecordedEvent]
    /// By projector and event; empty for a projector that prepares nothing.
    private let prepared: [[PreparedBody?]]

    init(_ events: [RecordedEvent], for projectors: [any Projector], _ upcasters: UpcasterChain) {
        self.events = events
        prepared = projectors.map { projector in
            // An upcast event is another one; it is rare enough to be prepared where it is applied.
            guard let preparing = projector as? any PreparingProjector else { return [] }
            return events.map { event in
                if let types = projector.eventTypes, !types.contains(event.type) { return nil }
                if upcasters.lifts(event.type) { return nil }
                return preparing.prepare(event)
            }
        }
    }

    /// Applies every event to each of the projectors' runs.
    ///
    /// - Parameter includes: false for events that are left out.
    func apply(to runs: [ProjectionRun], where includes: (RecordedEvent) -> Bool = { _ in true }) throws {
        // Through the buffer, because an iterator would retain each event's parts.
        try events.withUnsafeBufferPointer { events in
            for index in events.indices where includes(events[index]) {
                for (number, run) in runs.enumerated() {
                    try run.apply(events[index], prepared: prepared[number].isEmpty ? nil : prepared[number][index])
                }
            }
        }
    }

    /// The next page of a feed, read and prepared on another thread.
    @concurrent static func read(
        _ feed: any EventFeed, limit: Int, _ prepare: @Sendable ([RecordedEvent]) -> PreparedEvents
    ) async throws -> PreparedEvents {
        prepare(try feed.page(limit: limit))
    }
}
