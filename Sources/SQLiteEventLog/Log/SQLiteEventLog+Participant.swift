import EventLog
package import LedgerStorage
import MerkleLog

extension SQLiteEventLog: ParticipatingLog {
    package func setParticipant(
        _ make: @escaping @Sendable (SQLiteConnection, any CommittedLog) throws -> any AppendParticipant
    ) {
        // The log owns the participant, which must not own the log.
        committer.setParticipant { [weak self] sqlite in
            guard let self else { throw EventLogError.closed }
            return try make(sqlite, OwnCommittedLog(self, sqlite))
        }
    }

    /// The log as the given connection's transaction has it.
    package func committed(_ sqlite: SQLiteConnection) -> any CommittedLog { OwnCommittedLog(self, sqlite) }
}

/// The log that is in the database itself.
private struct OwnCommittedLog: CommittedLog {
    private weak var owner: SQLiteEventLog?
    private let sqlite: SQLiteConnection

    init(_ log: SQLiteEventLog, _ sqlite: SQLiteConnection) {
        owner = log
        self.sqlite = sqlite
    }

    func head() throws -> Position { try sqlite.integer("SELECT max(position) FROM events") ?? 0 }

    func replay(
        after first: Position, through last: Position, _ body: (RecordedEvent) throws -> Void
    ) throws {
        let rows = try log().rows(sqlite)
        let select = try sqlite.statement(
            "SELECT \(EventRows.columns) FROM events WHERE position > ? AND position <= ? ORDER BY position")
        select.bind(1, first)
        select.bind(2, last)
        defer { select.reset() }
        while try select.step() { try body(try rows.event(select)) }
    }

    func end(of events: Int, after first: Position, through bound: Position) throws -> Position {
        let row = try sqlite.statement(
            "SELECT position FROM events WHERE position > ?1 AND position <= ?2 ORDER BY position LIMIT 1 OFFSET ?3")
        row.bind(1, first)
        row.bind(2, bound)
        row.bind(3, events - 1)
        defer { row.reset() }
        return try row.step() ? row.int64(0) : bound
    }

    private func log() throws -> SQLiteEventLog {
        guard let owner else { throw EventLogError.closed }
        return owner
    }

    func event(at position: Position) throws -> RecordedEvent? { try log().reader(sqlite).event(at: position) }

    func lastEvent(
        of stream: StreamName, types: Set<EventType>, after position: Position
    ) throws -> RecordedEvent? {
        let reader = try log().reader(sqlite)
        var from: StreamVersion?
        repeat {
            let page = try reader.readStream(stream, from: from, direction: .backwards, limit: Self.stepBack)
            for event in page.events {
                guard event.position > position else { return nil }
                if types.contains(event.type) { return event }
            }
            from = page.next
        } while from != nil
        return nil
    }

    /// Events that are read at once on the way back through a stream.
    private static let stepBack = 16

    func recordedAt(_ position: Position) throws -> Timestamp? {
        let row = try sqlite.statement("SELECT recorded_at FROM events WHERE position = ?")
        row.bind(1, position)
        defer { row.reset() }
        return try row.step() ? Timestamp(milliseconds: row.int64(0)) : nil
    }

    func lastErasure() throws -> Position { try DataKeys.lastErasure(sqlite) }

    /// Rows that were added or taken away past the log leave what follows at no position that means anything.
    func checkEnd() throws {
        guard try StoredTiles(sqlite).exist else { return }
        let head = try head()
        let size = try TreeReader(sqlite).size
        guard head != size else { return }
        var error = EventLogError(
            .damagedLog,
            "The log ends at position \(head), but its Merkle tree has \(size) events; `memledger verify` tells more, "
                + "or restore the ledger from a backup.")
        error.position = head
        throw error
    }
}
