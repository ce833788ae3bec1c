public import EventLog
import LedgerStorage

/// Reads the whole log page by page on a connection of its own, keeping the names it has seen.
final class SQLiteEventFeed: EventFeed {
    private let log: SQLiteEventLog
    private let connection: QueuedConnection
    // Proof of safety: touched only inside blocks that run on the connection's queue.
    nonisolated(unsafe) private let rows: EventRows
    nonisolated(unsafe) private var position: Position

    /// Stream names kept meanwhile: some 30 MB.
    private static let maximumCachedNames = 300_000
    /// Payload bytes after which a page ends, so that large memories do not pile up.
    private static let maximumPageBytes = 16 << 20

    /// - Parameter position: Where to begin, exclusive.
    init(_ log: SQLiteEventLog, after position: Position) throws {
        self.log = log
        self.position = position
        connection = try log.file.openReader()
        rows = log.rows(connection.sqlite, EventNames(maximum: Self.maximumCachedNames))
    }

    deinit { connection.close() }

    func head() throws -> Position {
        try run { try $0.integer("SELECT max(position) FROM events") ?? 0 }
    }

    func page(limit: Int, through last: Position) throws -> [RecordedEvent] {
        try run { sqlite in
            let select = try sqlite.statement(
                "SELECT \(EventRows.columns) FROM events WHERE position > ? AND position <= ? ORDER BY position LIMIT ?"
            )
            select.bind(1, position)
            select.bind(2, last)
            select.bind(3, limit)
            defer { select.reset() }
            var events: [RecordedEvent] = []
            events.reserveCapacity(limit)
            var bytes = 0
            while bytes < Self.maximumPageBytes, try select.step() {
                let event = try rows.event(select)
                bytes += event.payload.count
                events.append(event)
            }
            position = events.last?.position ?? position
            return events
        }
    }

    private func run<T>(_ body: (SQLiteConnection) throws -> T) throws -> T {
        do {
            return try connection.run { sqlite in
                // The connection of a log in memory is closed with it, one to a file is the feed's own.
                try log.checkOpen()
                return try body(sqlite)
            }
        } catch {
            throw SQLiteFailure.translated(error, log.path)
        }
    }
}

extension SQLiteEventLog {
    public func makeFeed(after position: Position) throws -> any EventFeed {
        try checkOpen()
        return try SQLiteEventFeed(self, after: position)
    }
}
