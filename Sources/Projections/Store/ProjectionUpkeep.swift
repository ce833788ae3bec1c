import LedgerStorage

/// Tables beside `projections` that a ledger has only once they are needed.
enum ProjectionUpkeep {
    /// Call it in a transaction that writes.
    static func createTables(_ sqlite: SQLiteConnection) throws {
        try sqlite.execute(String(decoding: PackageResources.projection_upkeep_sql, as: UTF8.self))
    }
}
