import EventLog
import LedgerStorage

/// What a checkout leaves in its file, in two tables that the old program does not know and keeps, so that the ledger
/// that wrote it knows its rows when they come back.
///
/// A mark may be copied, and says nothing by itself: see `CheckedOutRows`.
enum CheckoutMark {
    static let headTable = "memledger_checkout"
    static let rowsTable = "memledger_checkout_rows"

    /// `position` and `event` name a moment of one ledger: event ids are random. `substance` is that of
    /// `LegacySubstance`.
    static let tables = """
        CREATE TABLE memledger_checkout (layout TEXT NOT NULL, position INTEGER NOT NULL, event TEXT NOT NULL);
        CREATE TABLE memledger_checkout_rows (
            row TEXT PRIMARY KEY, in_namespace TEXT NOT NULL, under_key TEXT NOT NULL, memory INTEGER NOT NULL,
            content_version INTEGER NOT NULL, substance BLOB NOT NULL
        ) WITHOUT ROWID;
        """

    static let headColumns = ["layout", "position", "event"]
    static let rowsColumns = ["row", "in_namespace", "under_key", "memory", "content_version", "substance"]

    /// Notes from which memory a row was written.
    ///
    /// - Parameter row: as a migration reads it.
    static func note(_ row: LegacyRow, of standing: StandingMemory, in sqlite: SQLiteConnection) throws {
        let insert = try sqlite.statement("INSERT INTO \(rowsTable) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING")
        insert.bind(1, row.key)
        insert.bind(2, standing.memory.namespace)
        insert.bind(3, standing.memory.key)
        insert.bind(4, standing.id)
        insert.bind(5, standing.memory.version)
        insert.bind(6, blob: LegacySubstance(row).bytes)
        try insert.run()
    }

    /// Notes of which ledger and moment the file is.
    static func sign(
        _ layout: LegacyLayout, _ position: Position, _ event: EventID, in sqlite: SQLiteConnection
    ) throws {
        let insert = try sqlite.statement("INSERT INTO \(headTable) VALUES (?, ?, ?)")
        insert.bind(1, layout.rawValue)
        insert.bind(2, position)
        insert.bind(3, event.description)
        try insert.run()
    }
}
