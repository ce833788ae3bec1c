import EventLog
import LedgerStorage

/// Answers reads of one snapshot. Made again for each read transaction.
struct LogReader {
    let sqlite: SQLiteConnection
    let rows: EventRows
    let tails: TailCache
    let limits: EventLogLimits

    /// For a connection that no log has: one that is being opened, or the writer's.
    static func alone(_ sqlite: SQLiteConnection, _ limits: EventLogLimits) throws -> LogReader {
        let dictionaries = DictionaryStore()
        try dictionaries.load(sqlite)
        let rows = EventRows(sqlite: sqlite, dictionaries: dictionaries, limits: limits, names: EventNames())
        return LogReader(sqlite: sqlite, rows: rows, tails: TailCache(), limits: limits)
    }

    // MARK: Streams

    func version(of stream: StreamName) throws -> StreamVersion {
        try tails.head(of: stream, TailCache.Snapshot(sqlite), sqlite)?.version ?? 0
    }

    /// Steps back from the last event, or from the first of the stream's marks behind the position.
    func version(of stream: StreamName, at position: Position) throws -> StreamVersion {
        guard position > 0, let head = try tails.head(of: stream, TailCache.Snapshot(sqlite), sqlite) else { return 0 }
        guard position < head.position else { return head.version }
        guard position >= head.streamID else { return 0 }
        var (version, at) = try mark(of: head, after: position) ?? (head.version, head.position)
        let step = try sqlite.statement("SELECT previous FROM events WHERE position = ?")
        while at > position, version > 0 {
            step.bind(1, at)
            defer { step.reset() }
            guard try step.step() else { throw EventLogError.damagedLog(at: at, "the event is missing") }
            at = step.int64(0)
            version -= 1
        }
        return version
    }

    /// The first of a stream's marks behind a position. Each `markInterval`th version has one, up to the last segment.
    private func mark(
        of head: TailCache.Head, after position: Position
    ) throws -> (version: StreamVersion, position: Position)? {
        let row = try sqlite.statement("SELECT position FROM stream_marks WHERE stream_id = ? AND version = ?")
        var found: (version: StreamVersion, position: Position)?
        var low: StreamVersion = 1
        var high = head.version / SegmentIndex.markInterval + 1
        while low < high {
            let middle = (low + high) / 2
            row.bind(1, head.streamID)
            row.bind(2, middle * SegmentIndex.markInterval)
            defer { row.reset() }
            // A mark that is not there yet is behind every position that has been indexed.
            guard try row.step() else {
                high = middle
                continue
            }
            if row.int64(0) > position {
                found = (middle * SegmentIndex.markInterval, row.int64(0))
                high = middle
            } else {
                low = middle + 1
            }
        }
        return found
    }

    func types() throws -> [EventType] {
        let rows = try sqlite.statement("SELECT name FROM event_types ORDER BY name")
        defer { rows.reset() }
        var types: [EventType] = []
        while try rows.step() { types.append(EventType(rows.text(0))) }
        return types
    }

    /// A page of a stream. Its events are chained backwards, so a page is found from its last event, which a mark is at
    /// most `SegmentIndex.markInterval` events away from.
    func readStream(
        _ stream: StreamName, from: StreamVersion?, direction: ReadDirection, limit: Int
    ) throws -> EventPage {
        try limits.check(pageLimit: limit)
        let snapshot = try TailCache.Snapshot(sqlite)
        guard let head = try tails.head(of: stream, snapshot, sqlite) else {
            return EventPage(events: [], next: nil, readThrough: snapshot.head)
        }
        guard let versions = direction.versions(from: from, limit: limit, head: head.version) else {
            return EventPage(events: [], next: nil, readThrough: snapshot.head)
        }
        var positions = try chain(versions, of: head)
        if direction == .forwards { positions.reverse() }
        let events = try fetch(positions)
        let next = direction.next(after: events.count, of: versions, head: head.version)
        return EventPage(events: events, next: next, readThrough: snapshot.head)
    }

    /// The positions of the versions, the last one first.
    func chain(_ versions: ClosedRange<StreamVersion>, of head: TailCache.Head) throws -> [Position] {
        var version = head.version
        var position = head.position
        if head.version - versions.upperBound > SegmentIndex.markInterval {
            let mark = try sqlite.statement(
                """
                SELECT version, position FROM stream_marks WHERE stream_id = ? AND version >= ?
                ORDER BY version LIMIT 1
                """)
            mark.bind(1, head.streamID)
            mark.bind(2, versions.upperBound)
            defer { mark.reset() }
            if try mark.step() { (version, position) = (mark.int64(0), mark.int64(1)) }
        }
        var positions: [Position] = []
        let step = try sqlite.statement("SELECT previous, version, stream_id FROM events WHERE position = ?")
        while version >= versions.lowerBound {
            if version <= versions.upperBound { positions.append(position) }
            if version == versions.lowerBound { break }
            step.bind(1, position)
            defer { step.reset() }
            guard try step.step(), step.int64(1) == version, step.int64(2) == head.streamID, !step.isNull(0) else {
                throw EventLogError.damagedLog(at: position, "its stream's chain is broken")
            }
            position = step.int64(0)
            version -= 1
        }
        return positions
    }

    // MARK: Single events

    func event(at position: Position) throws -> RecordedEvent? {
        let row = try sqlite.statement("SELECT \(EventRows.columns) FROM events WHERE position = ?")
        row.bind(1, position)
        defer { row.reset() }
        return try row.step() ? rows.event(row) : nil
    }

    /// Adds the event if the filter matches, and answers whether it does.
    func event(
        at position: Position, matching filter: EventFilter, into events: inout [RecordedEvent]
    ) throws -> Bool {
        let row = try sqlite.statement("SELECT \(EventRows.columns) FROM events WHERE position = ?")
        row.bind(1, position)
        defer { row.reset() }
        guard try row.step() else { throw EventLogError.damagedLog(at: position, "the event is missing") }
        return try rows.event(row, matching: filter, into: &events)
    }

    func event(id: EventID) throws -> RecordedEvent? {
        let segments = SegmentIndex(sqlite: sqlite)
        _ = try segments.load()
        if let position = try segments.position(of: id) { return try event(at: position) }
        let row = try sqlite.statement("SELECT position FROM events WHERE position > ? AND event_id = ?")
        row.bind(1, try TailCache.Snapshot(sqlite).indexedThrough)
        id.withBytes { row.bind(2, blob: $0) }
        let position = try row.step() ? row.int64(0) : nil
        row.reset()
        return try position.flatMap { try event(at: $0) }
    }

    /// The events at these positions, in this order, as far as the page's bytes permit; at least one.
    private func fetch(_ positions: some Sequence<Position>) throws -> [RecordedEvent] {
        var events: [RecordedEvent] = []
        var bytes = 0
        for position in positions {
            do {
                guard let event = try event(at: position) else {
                    throw EventLogError.damagedLog(at: position, "the event is missing")
                }
                events.append(event)
            } catch let error as EventLogError where error.position != nil && !events.isEmpty {
                return events
            }
            bytes += events.last?.payload.count ?? 0
            if bytes > limits.pageBytes { break }
        }
        return events
    }

    // MARK: The log

    func read(_ query: EventQuery) throws -> EventPage {
        try limits.check(pageLimit: query.limit)
        let snapshot = try TailCache.Snapshot(sqlite)
        let bounds = try query.bounds(head: snapshot.head) { try firstPosition(recordedAtLeast: $0, snapshot) }
        guard let bounds else { return query.emptyPage(head: snapshot.head) }
        var matching = try MatchingEvents(query, bounds, snapshot, self)
        var events: [RecordedEvent] = []
        var bytes = 0
        var isFull = false
        do {
            while !isFull, try matching.next(into: &events) {
                bytes += events[events.count - 1].payload.count
                isFull = events.count == query.limit || bytes > limits.pageBytes
            }
        } catch let error as EventLogError where error.position != nil && !events.isEmpty {
            // The page ends before what is damaged; the next one begins with it, and says so.
            isFull = true
        }
        return query.page(events, isFull: isFull, bounds: bounds)
    }

    /// The first position recorded at the time or later; the head plus one where there is none.
    func firstPosition(recordedAtLeast time: Timestamp, _ snapshot: TailCache.Snapshot) throws -> Position {
        let row = try sqlite.statement("SELECT recorded_at FROM events WHERE position = ?")
        var low: Position = 1
        var high = snapshot.head + 1
        while low < high {
            let middle = (low + high) / 2
            row.bind(1, middle)
            defer { row.reset() }
            guard try row.step() else { throw EventLogError.damagedLog(at: middle, "the event is missing") }
            if row.int64(0) < time.milliseconds { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
