import EventLog

/// Single memories as they stood right before and after an event.
struct PastMemories: Sendable {
    let parts: LedgerParts
    /// As in `LogMoment`.
    var occurredThrough: Timestamp?

    /// What a key held right after a position, quarantined or not; nil where it held nothing, or what had expired by
    /// the time.
    func memory(_ memory: MemoryKey, at position: Position, time: Timestamp) async throws -> Memory? {
        guard position > 0 else { return nil }
        let moment = LogMoment(position: position, time: time, occurredThrough: occurredThrough)
        return try await LedgerView(parts, moment).includingQuarantined.find(memory)
    }

    /// The position of the event that made what a key held right before an event.
    func id(of memory: MemoryKey, before event: RecordedEvent) async throws -> Position? {
        guard event.position > 1 else { return nil }
        let moment = LogMoment(
            position: event.position - 1, time: event.recordedAt, occurredThrough: occurredThrough)
        return try await LedgerView(parts, moment).id(of: memory)
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
        PastMemories(parts: source.parts, occurredThrough: source.moment?.occurredThrough)
    }

    /// The events of streams up to the moment.
    var streams: StreamReader { StreamReader(log: source.parts.log, moment: source.moment) }
}
