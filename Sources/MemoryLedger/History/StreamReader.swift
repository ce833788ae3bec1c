import EventLog

/// Reads the events of memories' streams up to a moment.
struct StreamReader: Sendable {
    let log: any EventLog
    /// Nil: up to the log's head.
    let moment: LogMoment?

    private static let pageEvents = 256
    /// Most of what is looked for is near.
    static let firstPageEvents = 16

    /// Calls back with the events of a memory's stream, one after the other, until the body answers false.
    ///
    /// - Parameters:
    ///   - from: Exclusive; nil begins at the end that the direction begins at.
    ///   - firstPage: Events read at first; later pages have more.
    func forEach(
        _ memory: MemoryKey, _ direction: ReadDirection = .forwards, from: Position? = nil, firstPage: Int = pageEvents,
        _ body: (RecordedEvent) async throws -> Bool
    ) async throws {
        let stream = MemoryStream.name(memory)
        var query = EventQuery(direction: direction, from: from, limit: firstPage)
        if direction == .backwards, let moment { query.from = min(from ?? .max, moment.position.addingOne) }
        while true {
            try Task.checkCancellation()
            let page = try await log.history(of: stream, query)
            for event in page.events {
                if let moment, direction == .forwards, event.position > moment.position { return }
                if moment?.includes(event) == false { continue }
                guard try await body(event) else { return }
            }
            guard let next = page.next else { return }
            query.from = next
            query.limit = Self.pageEvents
        }
    }

    /// The first event of the types in a direction.
    func first(
        _ types: Set<EventType>, of memory: MemoryKey, _ direction: ReadDirection, from: Position? = nil
    ) async throws -> RecordedEvent? {
        var found: RecordedEvent?
        try await forEach(memory, direction, from: from, firstPage: Self.firstPageEvents) { event in
            if types.contains(event.type) { found = event }
            return found == nil
        }
        return found
    }
}

extension Position {
    fileprivate var addingOne: Position { self == .max ? .max : self + 1 }
}
