import EventLog
import LedgerStorage

/// Finds the memories whose links moved because their target was renamed.
struct MovedLinks {
    let log: any EventLog
    let tables: any TableReading

    /// The keys, at the earlier moment, of memories that were there then and had a link end between two moments.
    func holders(
        after earlier: LogMoment, through later: LogMoment, namespace: String?
    ) async throws -> Set<MemoryKey> {
        let ids = try tables.read { try self.ids(after: earlier, through: later, namespace, $0) }
        var holders: Set<MemoryKey> = []
        for id in ids {
            if let memory = try await key(ofMemoryMadeAt: id, at: earlier) { holders.insert(memory) }
        }
        return holders
    }

    private func ids(
        after earlier: LogMoment, through later: LogMoment, _ namespace: String?, _ sqlite: SQLiteConnection
    ) throws -> [Position] {
        let rows = try sqlite.statement(
            """
            SELECT DISTINCT id >> \(MemoryState.linkBits) FROM ended_links
            WHERE ended > ?1 AND ended <= ?2 AND id < (?1 + 1) << \(MemoryState.linkBits)
            AND (?3 IS NULL OR namespace = ?3)
            """)
        rows.bind(1, earlier.position)
        rows.bind(2, later.position)
        rows.bind(3, namespace)
        defer { rows.reset() }
        var ids: [Position] = []
        while try rows.step() { ids.append(rows.int64(0)) }
        return ids
    }

    /// Where the memory was at a moment that the event at a position made; nil where it was gone by then.
    func key(ofMemoryMadeAt position: Position, at moment: LogMoment) async throws -> MemoryKey? {
        guard let made = try await log.event(at: position) else { return nil }
        return try await StreamReader(log: log, moment: moment).key(ofMemoryMadeBy: made)
    }
}
