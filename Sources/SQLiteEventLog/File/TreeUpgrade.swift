import EventLog
import LedgerStorage
import MerkleLog

/// Gives a ledger of format 1 an id and a tree over the events that it has.
///
/// One transaction under the writer lock: somewhat more than a second per million events, once.
enum TreeUpgrade {
    /// Tiles are held in memory for so many events.
    private static let flushedEvents: Position = 65_536

    /// Makes the tables. Call it in a writing transaction.
    static func createTables(_ sqlite: SQLiteConnection) throws {
        try sqlite.execute(String(decoding: PackageResources.merkle_tree_sql, as: UTF8.self))
    }

    static func run(_ sqlite: SQLiteConnection, id: LedgerID, limits: EventLogLimits) throws {
        try createTables(sqlite)
        try createMissingTriggers(sqlite)
        try id.save(sqlite)
        try fill(sqlite, id: id, limits: limits)
    }

    /// The first ledgers of format 1 have fewer triggers than the later ones.
    private static func createMissingTriggers(_ sqlite: SQLiteConnection) throws {
        let schema = String(decoding: PackageResources.events_sql, as: UTF8.self)
        for match in schema.matches(of: /(?s)CREATE (TRIGGER \w+ .*?; END;)/) {
            try sqlite.execute(
                "CREATE " + match.1.replacing("TRIGGER ", with: "TRIGGER IF NOT EXISTS ", maxReplacements: 1))
        }
    }

    /// Makes the tree over all events. Its tables are empty.
    static func fill(_ sqlite: SQLiteConnection, id: LedgerID, limits: EventLogLimits) throws {
        let dictionaries = DictionaryStore()
        try dictionaries.load(sqlite)
        let rows = EventRows(sqlite: sqlite, dictionaries: dictionaries, limits: limits, names: EventNames())
        let tree = TreeWriter(sqlite: sqlite)
        let hasher = LeafHasher(ledger: id)
        let select = try sqlite.statement("SELECT \(EventRows.columns) FROM events ORDER BY position")
        defer { select.reset() }
        var position: Position = 0
        while try select.step() {
            position += 1
            guard select.int64(0) == position else {
                throw EventLogError.damagedLog(at: position, "the event is missing")
            }
            tree.append(entry: try rows.entry(select, hasher))
            if position % flushedEvents == 0 { try tree.flush() }
        }
        try tree.flush()
    }
}
