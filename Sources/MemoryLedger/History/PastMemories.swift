package import EventLog

/// Single memories as they stood right before and after an event.
struct PastMemories: Sendable {
    let side: ReadSide
    /// As in `LogMoment`.
    var occurredThrough: Timestamp?

    /// What a key held right after a position, quarantined or not; nil where it held nothing, or what had expired by
    /// the time.
    func memory(_ memory: MemoryKey, at position: Position, time: Timestamp) async throws -> Memory? {
        guard position > 0 else { return nil }
        let moment = LogMoment(position: position, time: time, occurredThrough: occurredThrough)
        return try await LedgerView(side, moment).includingQuarantined.find(memory)
    }

    /// The position of the event that made what a key held right before an event.
    func id(of memory: MemoryKey, before event: RecordedEvent) async throws -> Position? {
        guard event.position > 1 else { return nil }
        let moment = LogMoment(
            position: event.position - 1, time: event.recordedAt, occurredThrough: occurredThrough)
        return try await LedgerView(side, moment).id(of: memory)
    }

    func memory(_ memory: MemoryKey, before event: RecordedEvent) async throws -> Memory? {
        try await self.memory(memory, at: event.position - 1, time: event.recordedAt)
    }

    func memory(_ memory: MemoryKey, after event: RecordedEvent) async throws -> Memory? {
        try await self.memory(memory, at: event.position, time: event.recordedAt)
    }
}

extension MemoryReading {
    /// The past of what is read here.
    var past: PastMemories {
        PastMemories(side: source.side, occurredThrough: source.moment?.occurredThrough)
    }

    /// The events of streams up to the moment.
    var streams: StreamReader { StreamReader(log: source.side.log, moment: source.moment) }
}

/// Reads the events of memories' streams up to a moment.
struct StreamReader: Sendable {
    let log: any EventLog
    /// Nil: up to the log's head.
    let moment: LogMoment?

    private static let pageEvents = 256

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
        try await forEach(memory, direction, from: from, firstPage: 16) { event in
            if types.contains(event.type) { found = event }
            return found == nil
        }
        return found
    }

    /// The first half of the rename whose second half this is: the last one before it in the old key's stream.
    func rename(behind nameTaken: RecordedEvent) async throws -> (event: RecordedEvent, oldKey: MemoryKey)? {
        guard let memory = MemoryStream.memory(nameTaken.stream),
            case .nameTaken(let old)? = try MemoryEvent.decode(nameTaken)
        else { return nil }
        let oldKey = MemoryKey(namespace: memory.namespace, key: old)
        guard
            let event = try await first(
                [MemoryEvent.Name.renamed], of: oldKey, .backwards, from: nameTaken.position)
        else { return nil }
        return (event, oldKey)
    }

    /// The rename that the moment falls into, where it leads to this key: the memory is there already, though the
    /// key's own stream does not say so yet.
    func renameUnderWay(to memory: MemoryKey) async throws -> (event: RecordedEvent, oldKey: MemoryKey)? {
        guard let moment, let event = try await log.event(at: moment.position), moment.includes(event),
            let oldKey = MemoryStream.memory(event.stream), case .renamed(let new)? = try MemoryEvent.decode(event),
            MemoryKey(namespace: oldKey.namespace, key: new) == memory
        else { return nil }
        return (event, oldKey)
    }

    /// The second half of a rename: the first one after it in the new key's stream.
    func nameTaken(by renamed: RecordedEvent) async throws -> (event: RecordedEvent, newKey: MemoryKey)? {
        guard let memory = MemoryStream.memory(renamed.stream),
            case .renamed(let new)? = try MemoryEvent.decode(renamed)
        else { return nil }
        let newKey = MemoryKey(namespace: memory.namespace, key: new)
        guard
            let event = try await first([MemoryEvent.Name.nameTaken], of: newKey, .forwards, from: renamed.position)
        else { return nil }
        return (event, newKey)
    }
}

extension MemoryEvent.Name {
    /// Counted reads.
    package static let reads: Set<EventType> = [accessed, traversed]
}

extension Position {
    fileprivate var addingOne: Position { self == .max ? .max : self + 1 }
}
