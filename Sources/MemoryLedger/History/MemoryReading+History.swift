import EventLog

extension MemoryReading {
    /// Every change of a memory, the oldest first: who, when, why, and what it changed.
    ///
    /// It holds everything that happened under the key, deletions and what came before them too; the life of each
    /// memory that was renamed to the key, under its former keys; and where the key holds nothing because its memory
    /// was renamed away, its life since. A memory's links that moved because their target was renamed are not events
    /// of its own, and not in here.
    ///
    ///     let page = try await ledger.history(of: MemoryKey(key: "tea"))
    ///     for entry in page.entries { print(entry.event.recordedAt, entry.event.type, entry.delta.fields) }
    ///
    /// - Throws: `MemoryLedgerError` with `notFound` where nothing ever happened under the key, or `invalidArgument`
    ///   for a limit out of bounds.
    public func history(
        of memory: MemoryKey, _ query: HistoryQuery = HistoryQuery()
    ) async throws -> HistoryPage {
        try await audited(.history, memory.namespace) {
            try await page(of: memory, query)
        } describe: { _ in
            (["key": .string(memory.key)], [memory.key])
        }
    }

    private func page(of memory: MemoryKey, _ query: HistoryQuery) async throws -> HistoryPage {
        guard (1...HistoryQuery.maximumLimit).contains(query.limit) else {
            throw MemoryLedgerError(
                .invalidArgument, "A page holds 1 to \(HistoryQuery.maximumLimit) entries, not \(query.limit).")
        }
        try await source.counter?.flush()
        let memory = try await resolveInHistory(memory)
        let segments = try await HistorySegments(of: memory, streams)
        let (events, hasMore) = try await events(of: segments.segments, query)
        if events.isEmpty, query.after ?? 0 == 0 { throw MemoryLedgerError.notFound(memory) }
        var page = HistoryPage(memory: memory, entries: [])
        var bytes = 0
        for event in events where bytes <= HistoryQuery.maximumPageBytes {
            let entry = try await entry(event)
            bytes += entry.delta.textBytes
            page.entries.append(entry)
        }
        page.next = hasMore || page.entries.count < events.count ? page.entries.last?.event.position : nil
        return page
    }

    /// The events of a page, as far as its limit and its bytes permit.
    private func events(
        of segments: [HistorySegments.Segment], _ query: HistoryQuery
    ) async throws -> (events: [RecordedEvent], hasMore: Bool) {
        let after = query.after ?? 0
        var events: [RecordedEvent] = []
        /// Up to here all segments have been read.
        var horizon = Position.max
        for segment in segments where segment.through > after && segment.after < horizon {
            var (count, bytes) = (0, 0)
            try await streams.forEach(
                segment.memory, from: max(after, segment.after), firstPage: min(query.limit + 1, 256)
            ) { event in
                guard event.position <= min(segment.through, horizon) else { return false }
                if event.type == MemoryEvent.Name.nameTaken { return true }
                if !query.includesReads, MemoryEvent.Name.reads.contains(event.type) { return true }
                guard count < query.limit, bytes <= HistoryQuery.maximumPageBytes else {
                    horizon = min(horizon, event.position - 1)
                    return false
                }
                events.append(event)
                count += 1
                bytes += event.payload.count
                return true
            }
            events.sort { $0.position < $1.position }
            // Two segments may share a piece of a stream.
            var last: Position = 0
            events.removeAll { event in
                defer { last = event.position }
                return event.position == last || event.position > horizon
            }
            if events.count > query.limit {
                horizon = min(horizon, events[query.limit].position - 1)
                events.removeLast(events.count - query.limit)
            }
        }
        return (events, horizon < .max)
    }

    private func entry(_ event: RecordedEvent) async throws -> HistoryEntry {
        let memory = MemoryStream.memory(event.stream) ?? MemoryKey(key: event.stream.rawValue)
        var entry = HistoryEntry(event: EventReference(event), memory: memory, delta: MemoryDelta())
        if MemoryEvent.Name.reads.contains(event.type) { return entry }
        if let rename = try MemoryRename(event) {
            entry.renamedTo = rename.new.key
            return entry
        }
        let before = try await past.memory(memory, before: event)
        let after = try await past.memory(memory, after: event)
        // What was set by hand; reading is counted without being shown.
        let setsStatistics = event.type == MemoryEvent.Name.metaSet
        entry.delta = MemoryDelta(from: before, to: after, statistics: setsStatistics)
        return entry
    }
}
