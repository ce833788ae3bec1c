public import EventLog
package import LedgerStorage

/// How far a projection is built, and what serves.
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

    /// Every projection of the database, by name.
    package static func all(_ sqlite: SQLiteConnection) throws -> [ProjectionState] {
        guard try ProjectionTables.exist(sqlite) else { return try FormerLayout.all(sqlite) }
        let rows = try sqlite.statement(
            """
            SELECT name, version, generation, position
            FROM projection_generations CROSS JOIN projection_positions USING (projector) ORDER BY name
            """)
        defer { rows.reset() }
        var states: [ProjectionState] = []
        while try rows.step() {
            states.append(
                ProjectionState(
                    name: rows.text(0), version: rows.int(1), generation: rows.int(2), position: rows.int64(3)))
        }
        return states
    }

    /// Nil where it has not been built, or by another projector.
    static func load(_ projection: Projection, _ sqlite: SQLiteConnection) throws -> ProjectionState? {
        guard try ProjectionTables.exist(sqlite) else { return try FormerLayout.load(projection, sqlite) }
        let row = try sqlite.statement(
            """
            SELECT version, generation, position
            FROM projection_generations CROSS JOIN projection_positions USING (projector)
            WHERE name = ? AND projection_generations.projector = ?
            """)
        row.bind(1, projection.name)
        row.bind(2, projection.projector.name)
        defer { row.reset() }
        guard try row.step() else { return nil }
        return ProjectionState(
            name: projection.name, version: row.int(0), generation: row.int(1), position: row.int64(2))
    }

    /// - Throws: `newerFormat` where a newer program has built the rows since.
    func check(isNotNewerThan projection: Projection) throws {
        guard version > projection.version else { return }
        throw EventLogError(
            .newerFormat,
            "Projection \(name) has version \(version), and this program knows \(projection.version); use a newer one.")
    }

    /// Saves what serves; the position is its projector's.
    func save(builtBy projector: String, _ sqlite: SQLiteConnection) throws {
        let upsert = try sqlite.statement(
            """
            INSERT INTO projection_generations (name, projector, version, generation) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (name) DO UPDATE SET
                projector = excluded.projector, version = excluded.version, generation = excluded.generation
            """)
        upsert.bind(1, name)
        upsert.bind(2, projector)
        upsert.bind(3, version)
        upsert.bind(4, generation)
        try upsert.run()
    }
}

/// Where a projector's tables stand, and what serves of each of its projections.
struct ProjectorState: Equatable {
    var position: Position
    /// In the projector's order; those that were not built are missing.
    var projections: [ProjectionState]
    /// What a former version of the projector built besides, and this one does not.
    var abandoned: [ProjectionState] = []

    /// Nil where the projector has built nothing.
    static func load(_ projector: any Projector, _ sqlite: SQLiteConnection) throws -> ProjectorState? {
        guard try ProjectionTables.exist(sqlite) else {
            let states = try projector.built.compactMap { try FormerLayout.load($0, sqlite) }
            return states.first.map { ProjectorState(position: $0.position, projections: states) }
        }
        let rows = try sqlite.statement(
            """
            SELECT position, name, version, generation
            FROM projection_positions LEFT JOIN projection_generations USING (projector)
            WHERE projection_positions.projector = ?
            """)
        rows.bind(1, projector.name)
        defer { rows.reset() }
        var position: Position?
        var found: [ProjectionState] = []
        while try rows.step() {
            position = rows.int64(0)
            guard let name = rows.optionalText(1) else { continue }
            found.append(
                ProjectionState(
                    name: name, version: rows.int(2), generation: rows.int(3), position: rows.int64(0)))
        }
        let ordered = projector.projections.compactMap { projection in
            found.first { $0.name.hasSameBytes(as: projection.name) }
        }
        let names = Set(ordered.map { ByteText($0.name) })
        let abandoned = found.filter { !names.contains(ByteText($0.name)) }
        return position.map { ProjectorState(position: $0, projections: ordered, abandoned: abandoned) }
    }

    /// - Throws: `newerFormat` where a newer program has built rows since.
    func check(isNotNewerThan projector: any Projector) throws {
        for projection in projector.built {
            try projections.first { $0.name.hasSameBytes(as: projection.name) }?.check(isNotNewerThan: projection)
        }
    }

    /// All projections were built, by this program's versions.
    func isBuilt(by projector: any Projector) -> Bool {
        let definitions = projector.projections
        return projections.count == definitions.count
            && zip(projections, definitions).allSatisfy { $0.version == $1.version }
    }
}

extension Projector {
    /// Where its tables stand, if this program's versions built all of them; else nil.
    package func position(_ sqlite: SQLiteConnection) throws -> Position? {
        guard let state = try ProjectorState.load(self, sqlite), state.isBuilt(by: self) else { return nil }
        return state.position
    }
}
