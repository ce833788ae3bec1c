import EventLog
import LedgerStorage

/// Reads the whole log page by page on a connection of its own, keeping the names it has seen.
package final class ReplayReader: Sendable {
    private let connection: QueuedConnection
    // Proof of safety: touched only inside blocks that run on the connection's queue.
    nonisolated(unsafe) private let rows: EventRows
    nonisolated(unsafe) private var position: Position

    /// Stream names kept during a replay: some 30 MB.
    private static let maximumCachedNames = 300_000

    /// - Parameter position: Where to begin, exclusive.
    init(_ log: SQLiteEventLog, after position: Position = 0) throws {
        self.position = position
        connection = try log.file.openReader()
        rows = log.rows(connection.sqlite, EventNames(maximum: Self.maximumCachedNames))
    }

    deinit { connection.close() }

    /// The next events; none at the log's present end.
    ///
    /// - Parameter last: no event beyond this position.
    func page(limit: Int, through last: Position = .max) throws -> [RecordedEvent] {
        try connection.run { sqlite in
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

    /// Payload bytes after which a page ends, so that large memories do not pile up.
    private static let maximumPageBytes = 16 << 20

    /// The next events on another thread, with what is made of them there.
    @concurrent func nextPage(
        limit: Int, _ prepare: @Sendable ([RecordedEvent]) -> PreparedEvents
    ) async throws -> PreparedEvents {
        prepare(try page(limit: limit))
    }
}
