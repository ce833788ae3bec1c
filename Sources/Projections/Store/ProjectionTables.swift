import EventLog
package import LedgerStorage

/// The store's tables, of projections.sql: where each projector stands, and which generations serve. One row a
/// transaction is written, however many projections a projector builds.
package enum ProjectionTables {
    /// Makes them where they are missing. Call it in a transaction that writes.
    static func create(_ sqlite: SQLiteConnection) throws {
        try sqlite.execute(String(decoding: PackageResources.projections_sql, as: UTF8.self))
    }

    static func drop(_ sqlite: SQLiteConnection) throws {
        for table in ["projection_positions", "projection_generations"] { try sqlite.execute("DROP TABLE \(table)") }
    }

    static func exist(_ sqlite: SQLiteConnection) throws -> Bool { try sqlite.hasTable("projection_generations") }

    /// Where a projector's tables stand; nil if it has built none.
    static func position(of projector: String, _ sqlite: SQLiteConnection) throws -> Position? {
        let row = try sqlite.statement("SELECT position FROM projection_positions WHERE projector = ?")
        row.bind(1, projector)
        defer { row.reset() }
        return try row.step() ? row.int64(0) : nil
    }

    static func save(_ position: Position, of projector: String, _ sqlite: SQLiteConnection) throws {
        let upsert = try sqlite.statement(
            """
            INSERT INTO projection_positions (projector, position) VALUES (?1, ?2)
            ON CONFLICT (projector) DO UPDATE SET position = excluded.position
            """)
        upsert.bind(1, projector)
        upsert.bind(2, position)
        try upsert.run()
    }

    /// Marks one projection, and its former generation, as of no version.
    package static func outdate(_ name: String, _ sqlite: SQLiteConnection) throws {
        for table in ["projection_generations", "former_projections"] where try sqlite.hasTable(table) {
            let update = try sqlite.statement("UPDATE \(table) SET version = 0 WHERE name = ?")
            update.bind(1, name)
            try update.run()
        }
        // What it does without is no longer its projector's to do without.
        try DeadLetters.keepOnly([], of: name, sqlite)
    }

    /// Marks everything that was built as of no version, so that it is built again.
    static func outdateAll(_ sqlite: SQLiteConnection) throws {
        guard try exist(sqlite) else { return try FormerLayout.outdateAll(sqlite) }
        try sqlite.execute(
            """
            UPDATE projection_generations SET version = 0
            WHERE projector IN (SELECT projector FROM projection_positions WHERE position > 0)
            """)
    }
}
