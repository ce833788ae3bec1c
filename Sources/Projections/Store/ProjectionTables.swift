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

    /// Where each projector's tables stand, nil if it has built none; and whether there are others. In one statement,
    /// since every append asks.
    static func positions(
        of projectors: [String], _ sqlite: SQLiteConnection
    ) throws -> (positions: [Position?], hasOthers: Bool) {
        // Without any there are no such tables either.
        guard !projectors.isEmpty else { return ([], true) }
        var positions: [Position?] = Array(repeating: nil, count: projectors.count)
        var hasOthers = false
        let rows = try sqlite.statement("SELECT projector, position FROM projection_positions")
        defer { rows.reset() }
        while try rows.step() {
            let name = rows.text(0)
            guard let index = projectors.firstIndex(where: { $0.hasSameBytes(as: name) }) else {
                hasOthers = true
                continue
            }
            positions[index] = rows.int64(1)
        }
        return (positions, hasOthers)
    }

    /// The same position for all of these, which have one, in one statement: every append saves it.
    ///
    /// - Parameter haveOthers: there are positions of others; without, none is looked up.
    static func save(
        _ position: Position, ofAll projectors: [String], haveOthers: Bool, _ sqlite: SQLiteConnection
    ) throws {
        guard !projectors.isEmpty else { return }
        guard haveOthers else {
            let update = try sqlite.statement("UPDATE projection_positions SET position = ?")
            update.bind(1, position)
            return try update.run()
        }
        let marks = String(repeating: ", ?", count: projectors.count).dropFirst(2)
        let update = try sqlite.statement(
            "UPDATE projection_positions SET position = ? WHERE projector IN (\(marks))")
        update.bind(1, position)
        for (index, name) in projectors.enumerated() { update.bind(Int32(index) + 2, name) }
        try update.run()
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

    // MARK: Which tables a projection has

    /// Notes the tables of a projection that has been built, and drops those that its former build had besides. Call
    /// it in a transaction that writes.
    static func note(_ projection: Projection, _ sqlite: SQLiteConnection) throws {
        if try !sqlite.hasTable("projection_tables") { try create(sqlite) }
        let names = projection.schema.allTableNames
        let present = Set(names.map { ByteText($0) })
        for name in try tables(of: projection.name, sqlite) where !present.contains(ByteText(name)) {
            try ProjectionSchema.dropTable(name, sqlite)
        }
        try forgetTables(of: projection.name, sqlite)
        let insert = try sqlite.statement(
            "INSERT OR REPLACE INTO projection_tables (name, projection) VALUES (?1, ?2)")
        for name in names {
            insert.bind(1, name)
            insert.bind(2, projection.name)
            try insert.run()
        }
    }

    /// The tables that a projection's last build has; none if it was not noted.
    static func tables(of projection: String, _ sqlite: SQLiteConnection) throws -> [String] {
        guard try sqlite.hasTable("projection_tables") else { return [] }
        let rows = try sqlite.statement("SELECT name FROM projection_tables WHERE projection = ? ORDER BY name")
        rows.bind(1, projection)
        defer { rows.reset() }
        var names: [String] = []
        while try rows.step() { names.append(rows.text(0)) }
        return names
    }

    static func forgetTables(of projection: String, _ sqlite: SQLiteConnection) throws {
        guard try sqlite.hasTable("projection_tables") else { return }
        let delete = try sqlite.statement("DELETE FROM projection_tables WHERE projection = ?")
        delete.bind(1, projection)
        try delete.run()
    }

    // MARK: Versions

    /// Marks one projection, and its former generation, as of no version.
    package static func outdate(_ name: String, _ sqlite: SQLiteConnection) throws {
        for table in ["projection_generations", "former_projections"] where try sqlite.hasTable(table) {
            let update = try sqlite.statement("UPDATE \(table) SET version = 0 WHERE name = ?")
            update.bind(1, name)
            try update.run()
        }
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
