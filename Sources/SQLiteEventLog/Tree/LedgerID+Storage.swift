package import EventLog
package import LedgerStorage

extension LedgerID {
    package static let infoName = "ledger_id"

    /// The id of the ledger that a connection is open on; nil in a ledger of format 1, which has none yet.
    package static func load(_ sqlite: SQLiteConnection) throws -> LedgerID? {
        let row = try sqlite.statement("SELECT value FROM ledger_info WHERE name = ?")
        row.bind(1, infoName)
        defer { row.reset() }
        return try row.step() ? LedgerID(row.text(0)) : nil
    }

    func save(_ sqlite: SQLiteConnection) throws {
        let insert = try sqlite.statement("INSERT INTO ledger_info (name, value) VALUES (?, ?)")
        insert.bind(1, Self.infoName)
        insert.bind(2, description)
        try insert.run()
    }
}
