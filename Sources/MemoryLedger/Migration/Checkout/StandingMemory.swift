import EventLog
import LedgerStorage

/// A memory as it stands in the projection, with what readers are not shown.
struct StandingMemory {
    /// The position of the event that made it.
    var id: Position
    var memory: Memory
    var expiresAt: Timestamp?
}

/// Memories of one namespace by their keys, but for those that are quarantined. One is in memory at a time.
struct StandingMemories {
    enum Part {
        case all
        /// Keys that begin with their namespace, or all others.
        case prefixed, plain
    }

    let namespace: String
    let part: Part

    func forEach(in sqlite: SQLiteConnection, _ body: (StandingMemory) throws -> Void) throws {
        var sql = """
            SELECT \(MemoryRows.columns), expires_at, id FROM memories
            WHERE namespace = ?1 AND NOT \(MemoryRows.isQuarantined)
            """
        // The byte after a colon is a semicolon.
        if part == .prefixed { sql += " AND key >= ?2 AND key < ?3" }
        let row = try sqlite.statement(sql + " ORDER BY key")
        row.bind(1, namespace)
        if part == .prefixed {
            row.bind(2, namespace + ":")
            row.bind(3, namespace + ";")
        }
        defer { row.reset() }
        while try row.step() {
            let memory = try MemoryRows.memory(row)
            if part != .all, memory.id.hasPrefix != (part == .prefixed) { continue }
            try body(
                StandingMemory(
                    id: row.int64(MemoryRows.columnCount + 1), memory: memory,
                    expiresAt: row.optionalInt64(MemoryRows.columnCount).map { Timestamp(milliseconds: $0) }))
        }
    }
}
