/// Gives a ledger of format 1 an id and a tree over the events that it has.
///
/// One transaction under the writer lock: somewhat more than a second per million events, once.
enum TreeUpgrade {
    /// Makes the tables. Call it in a writing transaction.
    static func createTables(_ sqlite: SQLiteConnection) throws {
        try sqlite.execute(String(decoding: PackageResources.merkle_tree_sql, as: UTF8.self))
    }

    static func run(_ sqlite: SQLiteConnection, id: LedgerID, limits: EventLogLimits) throws {
        try createTables(sqlite)
        try id.save(sqlite)
        let dictionaries = DictionaryStore()
        try dictionaries.load(sqlite)
        let rows = EventRows(sqlite: sqlite, dictionaries: dictionaries, limits: limits, names: EventNames())
        let tree = TreeWriter(sqlite: sqlite)
        let hasher = LeafHasher(ledger: id)
        let select = try sqlite.statement("SELECT \(EventRows.columns) FROM events ORDER BY position")
        defer { select.reset() }
        while try select.step() {
            guard select.int64(0) == tree.size + 1 else {
                throw EventLogError.damagedLog(at: tree.size + 1, "the event is missing")
            }
            try tree.append(try rows.leaf(select, hasher))
        }
        try tree.flush()
    }
}
