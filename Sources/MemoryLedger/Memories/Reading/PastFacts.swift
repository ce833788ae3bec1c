import EventLog
import LedgerStorage
import Projections

/// What the serving tables keep of a namespace for every position: what other streams than a memory's own decide.
struct PastFacts {
    let namespace: String
    let sqlite: SQLiteConnection

    init(_ namespace: String, _ sqlite: SQLiteConnection) {
        self.namespace = namespace
        self.sqlite = sqlite
    }

    /// Where its links went.
    var targets: LinkTargets { LinkTargets(namespace, sqlite) }

    /// The tables hold everything up to a position, by this program's projector: no event was passed over.
    func areServed(through position: Position) throws -> Bool {
        let projector = MemoryProjector()
        guard let served = try projector.position(sqlite), served >= position else { return false }
        return try !DeadLetters.exist(for: projector, through: position, sqlite)
    }

    /// How many links pointed at a key after a position.
    func inDegree(of memory: MemoryKey, at position: Position) throws -> Int {
        let row = try sqlite.statement(
            """
            SELECT (SELECT count(*) FROM memory_links WHERE namespace = ?1 AND to_key = ?2 AND position <= ?3)
                + (SELECT count(*) FROM ended_links
                    WHERE namespace = ?1 AND to_key = ?2 AND began <= ?3 AND ended > ?3)
            """)
        row.bind(1, namespace)
        row.bind(2, memory.key)
        row.bind(3, position)
        defer { row.reset() }
        return try row.step() ? row.int(0) : 0
    }

    /// A memory was held back after a position.
    func isQuarantined(_ id: Position, at position: Position) throws -> Bool {
        let row = try sqlite.statement(
            """
            SELECT EXISTS (SELECT 1 FROM quarantined WHERE memory = ?1 AND began <= ?2)
                OR EXISTS (SELECT 1 FROM ended_quarantines WHERE memory = ?1 AND began <= ?2 AND ended > ?2)
            """)
        row.bind(1, id)
        row.bind(2, position)
        defer { row.reset() }
        return try row.step() && row.int(0) != 0
    }

    // MARK: The way of a memory

    /// The last mark of a key's memory up to a version of its stream.
    func mark(of memory: MemoryKey, through version: StreamVersion) throws -> PlacedMark? {
        let row = try sqlite.statement(
            """
            SELECT mark, version, position FROM memory_marks WHERE namespace = ? AND key = ? AND version <= ?
            ORDER BY version DESC LIMIT 1
            """)
        row.bind(1, namespace)
        row.bind(2, memory.key)
        row.bind(3, version)
        defer { row.reset() }
        guard try row.step() else { return nil }
        return PlacedMark(
            mark: try MemoryMark([UInt8](row.bytes(0))), version: row.int64(1), position: row.int64(2))
    }

    /// The key that a memory leaves for another one by the event at a position; nil if that event is no such rename.
    func key(before position: Position, leading memory: MemoryKey) throws -> MemoryKey? {
        let row = try sqlite.statement(
            "SELECT old_key FROM renames WHERE position = ? AND namespace = ? AND new_key = ?")
        row.bind(1, position)
        row.bind(2, namespace)
        row.bind(3, memory.key)
        defer { row.reset() }
        return try row.step() ? MemoryKey(namespace: namespace, key: row.text(0)) : nil
    }

    /// The last rename of a memory to a key before a position.
    func lastRename(from old: MemoryKey, to memory: MemoryKey, before position: Position) throws -> Position? {
        let row = try sqlite.statement(
            """
            SELECT position FROM renames WHERE namespace = ? AND old_key = ? AND new_key = ? AND position < ?
            ORDER BY position DESC LIMIT 1
            """)
        row.bind(1, namespace)
        row.bind(2, old.key)
        row.bind(3, memory.key)
        row.bind(4, position)
        defer { row.reset() }
        return try row.step() ? row.int64(0) : nil
    }

    // MARK: Imports

    /// What is known of a row's imports.
    struct Imports {
        let first: Position
        let last: Position
        /// Of the last one.
        let outcome: ImportOutcome
        let hasOtherTables: Bool
    }

    func lastImport(of event: LegacyRowImport) throws -> Imports? {
        let row = try sqlite.statement(
            """
            SELECT id, (SELECT max(position) FROM import_rows o WHERE o.id = r.id), outcome,
                (SELECT count(DISTINCT source_table) FROM import_sources WHERE lineage = ?1)
            FROM import_rows r
            WHERE lineage = (SELECT min(id) FROM import_sources WHERE lineage = ?1) AND source_table = ?2 AND row_key = ?3
            """)
        row.bind(1, blob: event.lineage)
        row.bind(2, event.row.table)
        row.bind(3, blob: event.row.identity)
        defer { row.reset() }
        guard try row.step() else { return nil }
        return Imports(
            first: row.int64(0), last: row.int64(1), outcome: ImportOutcome(rawValue: row.text(2)) ?? .quarantined,
            hasOtherTables: row.int(3) > 1)
    }
}
