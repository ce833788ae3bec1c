import EventLog
import LedgerCapabilities
import LedgerStorage

/// The log as it is in the transaction that erases.
struct OwnErasureScope: ErasureScope {
    let log: SQLiteEventLog
    let sqlite: SQLiteConnection

    private var reader: LogReader { log.reader(sqlite) }

    /// The events of a stream in their order.
    func outlines(of stream: StreamName) throws -> [EventOutline] {
        let reader = reader
        let snapshot = try TailCache.Snapshot(sqlite)
        guard let head = try reader.tails.head(of: stream, snapshot, sqlite) else { return [] }
        guard head.version <= Self.maximumStreamEvents else {
            throw EventLogError.limit(
                "ErasureScope.maximumStreamEvents", allowed: Int(Self.maximumStreamEvents), found: Int(head.version),
                what: "The number of events of stream \(stream)")
        }
        let select = try sqlite.statement("SELECT \(EventRows.columns) FROM events WHERE position = ?")
        return try reader.chain(1...head.version, of: head).reversed().map { position in
            select.bind(1, position)
            defer { select.reset() }
            guard try select.step() else { throw EventLogError.damagedLog(at: position, "the event is missing") }
            var outline = try Self.outline(select, reader.rows)
            if let key = outline.key { outline.event.protectedFor = try users(of: key) }
            return outline
        }
    }

    private func users(of key: Int64) throws -> [String] {
        guard try DataKeys.exist(sqlite) else { return [] }
        return try DataKeys.row(key, sqlite)?.subject.users ?? []
    }

    /// A stream with more events is erased with its category only.
    static let maximumStreamEvents: Int64 = 1_000_000

    /// Calls back with every event of a category.
    func forEach(inCategory category: String, _ body: (EventOutline) throws -> Void) throws {
        let rows = reader.rows
        let select = try sqlite.statement("SELECT \(EventRows.columns) FROM events ORDER BY position")
        defer { select.reset() }
        while try select.step() {
            try Task.checkCancellation()
            let outline = try Self.outline(select, rows)
            if outline.event.stream.protectedCategory.utf8.elementsEqual(category.utf8) { try body(outline) }
        }
    }

    private static func outline(_ row: SQLiteStatement, _ rows: EventRows) throws -> EventOutline {
        let event = try rows.header(row)
        let stored = rows.stored(row)
        let blob = row.bytes(14)
        guard SealedPayload.isSealed(stored) else { return EventOutline(event: event, storedBytes: blob.count) }
        do {
            return EventOutline(event: event, key: try SealedPayload.key(of: stored, blob), storedBytes: blob.count)
        } catch {
            throw EventLogError.damagedPayload(at: event.position, error.reason)
        }
    }

    /// Looks into the projections, as they are in the transaction.
    func read<T>(_ body: (SQLiteConnection) throws -> T) rethrows -> T { try body(sqlite) }

    /// The stream of an event; nil where there is no such event.
    func stream(at position: Position) throws -> StreamName? {
        let select = try sqlite.statement("SELECT \(EventRows.columns) FROM events WHERE position = ?")
        select.bind(1, position)
        defer { select.reset() }
        return try select.step() ? reader.rows.header(select).stream : nil
    }

    /// An event with its payload.
    func event(at position: Position) throws -> RecordedEvent? { try reader.event(at: position) }

    /// The parts of streams that are protected for a user, erased or not, in the order of their keys.
    func parts(for user: String) throws -> [ProtectedPart] {
        guard try DataKeys.exist(sqlite) else { return [] }
        return try DataKeys.keys(for: user, sqlite).map { ProtectedPart(key: $0.id, stream: $0.subject.stream) }
    }

    /// Those of the keys that are still there.
    func intact(_ keys: Set<Int64>) throws -> Set<Int64> {
        guard try DataKeys.exist(sqlite) else { return [] }
        return try keys.filter { try DataKeys.row($0, sqlite)?.wrapped != nil }
    }
}
