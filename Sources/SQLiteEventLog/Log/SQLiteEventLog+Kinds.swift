public import EventLog
import LedgerStorage

extension SQLiteEventLog {
    /// Reads the envelopes of the whole log.
    public func kinds(
        besides skipped: Set<Position>, where isWanted: @Sendable (EventType, Int) -> Bool
    ) async throws -> [EventKind] {
        try file.readSnapshot { sqlite in
            let names = try sqlite.statement("SELECT id, name FROM event_types")
            var types: [Int64: EventType] = [:]
            while try names.step() { types[names.int64(0)] = EventType(names.text(1)) }
            names.reset()
            var counts = EventKindCounts(besides: skipped)
            let rows = try sqlite.statement("SELECT position, type_id, schema_version FROM events ORDER BY position")
            defer { rows.reset() }
            while try rows.step() {
                guard let type = types[rows.int64(1)], isWanted(type, rows.int(2)) else { continue }
                counts.add(type, rows.int(2), at: rows.int64(0))
            }
            return counts.kinds
        }
    }
}
