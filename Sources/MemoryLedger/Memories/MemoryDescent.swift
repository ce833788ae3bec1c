import EventLog
import LedgerStorage

/// Which memories come from a source, and which were made from others: as the projection has it, deleted ones too. A
/// memory is known by the position of the event that made it.
enum MemoryDescent {
    /// Memories of one answer.
    static let maximumMemories = 1_000_000

    static func memories(from source: Provenance.Source, _ sqlite: SQLiteConnection) throws -> [Position] {
        let row = try sqlite.statement(
            """
            SELECT m.memory FROM origins o JOIN memory_origins m ON m.origin = o.id
            WHERE o.kind = ? AND o.name = ? ORDER BY m.memory
            """)
        row.bind(1, source.kind.rawValue)
        row.bind(2, source.name)
        return try positions(row)
    }

    /// What was made from memories with events at these positions, and from what was made from them.
    static func descendants(of events: [Position], _ sqlite: SQLiteConnection) throws -> [Position] {
        let row = try sqlite.statement(
            """
            WITH RECURSIVE made (memory) AS (
                SELECT d.memory FROM memory_derivations d WHERE d.parent IN (SELECT value FROM json_each(?1))
                UNION SELECT d.memory FROM made JOIN memory_derivations d ON d.parent = made.memory)
            SELECT memory FROM made ORDER BY memory
            """)
        row.bind(1, JSONValue.array(events.map { JSONValue($0) }).description)
        return try positions(row)
    }

    private static func positions(_ row: SQLiteStatement) throws -> [Position] {
        defer { row.reset() }
        var found: [Position] = []
        while try row.step() {
            found.append(row.int64(0))
            guard found.count <= maximumMemories else {
                throw MemoryLedgerError(
                    .invalidArgument,
                    "There are more than \(maximumMemories) memories to erase at once; erase them in parts."
                )
            }
        }
        return found
    }
}
