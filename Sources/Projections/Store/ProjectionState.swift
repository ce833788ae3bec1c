public import EventLog
package import LedgerStorage

/// How far a projection is built, as its row in `projections` says.
public struct ProjectionState: Hashable, Sendable {
    public var name: String
    public var version: Int
    /// How many times it has been built.
    public var generation: Int
    /// Its rows hold every event up to here.
    public var position: Position

    package init(name: String, version: Int, generation: Int, position: Position) {
        self.name = name
        self.version = version
        self.generation = generation
        self.position = position
    }

    /// The table of states, as in `event_log.sql`, for databases that hold projections without a log.
    static let table = """
        CREATE TABLE projections (name TEXT PRIMARY KEY, version INTEGER NOT NULL, generation INTEGER NOT NULL, \
        position INTEGER NOT NULL) WITHOUT ROWID
        """

    /// Every projection of the database, by name.
    package static func all(_ sqlite: SQLiteConnection) throws -> [ProjectionState] {
        let rows = try sqlite.statement("SELECT name, version, generation, position FROM projections ORDER BY name")
        defer { rows.reset() }
        var states: [ProjectionState] = []
        while try rows.step() {
            states.append(
                ProjectionState(
                    name: rows.text(0), version: rows.int(1), generation: rows.int(2), position: rows.int64(3)))
        }
        return states
    }

    package static func load(_ name: String, _ sqlite: SQLiteConnection) throws -> ProjectionState? {
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
