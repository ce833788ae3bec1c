/// How far a projection is built, as its row in `projections` says.
public struct ProjectionState: Hashable, Sendable {
    public var name: String
    public var version: Int
    /// How many times it has been built.
    public var generation: Int
    /// Its rows hold every event up to here.
    public var position: Position

    static func load(_ name: String, _ sqlite: SQLiteConnection) throws -> ProjectionState? {
        let row = try sqlite.statement("SELECT version, generation, position FROM projections WHERE name = ?")
        row.bind(1, name)
        defer { row.reset() }
        guard try row.step() else { return nil }
        return ProjectionState(name: name, version: row.int(0), generation: row.int(1), position: row.int64(2))
    }

    /// - Throws: `newerFormat` where a newer program has built the rows since.
    func check(isNotNewerThan projector: any Projector) throws {
        guard version > projector.version else { return }
        throw EventLogError(
            .newerFormat,
            "Projection \(name) has version \(version), and this program knows \(projector.version); use a newer one.")
    }

    func save(_ sqlite: SQLiteConnection) throws {
        let upsert = try sqlite.statement(
            """
            INSERT INTO projections (name, version, generation, position) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (name) DO UPDATE SET
                version = excluded.version, generation = excluded.generation, position = excluded.position
            """)
        upsert.bind(1, name)
        upsert.bind(2, version)
        upsert.bind(3, generation)
        upsert.bind(4, position)
        try upsert.run()
    }
}
