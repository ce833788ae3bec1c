import EventLog
import LedgerStorage

/// The generation that served before: its tables stay in the ledger as `former_<table>`, without indexes, so that going
/// back is a change of names.
///
///     serving ── swap ──▶ former ── next swap, or forget ──▶ dropped
///        ▲                  │
///        └──── roll back ───┘      (what served takes its place)
///
/// Invariants, each within one transaction:
/// 1. At every commit the tables under a projection's own names are one generation, the one that
///    `projection_generations` names.
/// 2. A row of `former_projections` has all of its tables.
enum FormerGeneration {
    static let prefix = "former_"
    /// Tables on their way to the other name.
    static let passingPrefix = "passing_"

    /// What became of the serving generation.
    struct SetAside {
        /// The generation that is kept now; nil where there is none.
        var kept: ProjectionState?
        /// The number that the next one gets: greater than all that are there, none of which is the greatest there is.
        var nextGeneration: Int
    }

    static func load(_ projection: Projection, _ sqlite: SQLiteConnection) throws -> ProjectionState? {
        guard try sqlite.hasTable("former_projections") else { return nil }
        let row = try sqlite.statement("SELECT version, generation, position FROM former_projections WHERE name = ?")
        row.bind(1, try projection.recordedName(sqlite))
        defer { row.reset() }
        guard try row.step() else { return nil }
        return ProjectionState(
            name: projection.name, version: row.int(0), generation: row.int(1), position: row.int64(2))
    }

    /// Takes the serving tables out of the way for a new generation, and keeps them where they are worth it. The
    /// tables' names and the indexes' are free afterwards.
    ///
    /// - Returns: in the order of `projections`.
    static func setAside(_ projections: [Projection], _ sqlite: SQLiteConnection) throws -> [SetAside] {
        var kept: [(projection: Projection, state: ProjectionState)] = []
        let result = try projections.map { projection in
            let serving = try ProjectionState.load(projection, sqlite)
            try serving?.check(isNotNewerThan: projection)
            let older = try load(projection, sqlite)
            // Beyond the last number there is none: who has it was damaged, and counting begins again.
            let next = ([serving, older].compactMap { $0?.generation }.filter { $0 >= 0 && $0 < .max }.max() ?? 0) + 1
            // What was never built, or lacks a table, is no generation to go back to; the older one still is.
            guard let serving, serving.position > 0, try projection.schema.exists(sqlite) else {
                try projection.schema.drop(sqlite)
                return SetAside(kept: older, nextGeneration: next)
            }
            try drop(projection, sqlite)
            kept.append((projection, serving))
            return SetAside(kept: serving, nextGeneration: next)
        }
        let schema = ProjectionSchema(joining: kept.map(\.projection.schema))
        try schema.dropIndexes(sqlite)
        try schema.rename(from: "", to: prefix, sqlite)
        for (_, state) in kept { try save(state, sqlite) }
        return result
    }

    /// Lets the former generations serve and keeps the serving ones in their places, without catching up.
    ///
    /// - Throws: `noFormerGeneration` where there is none, or where it is of another version.
    static func exchange(_ projections: [Projection], _ sqlite: SQLiteConnection) throws -> [ProjectionState] {
        let states = try projections.map { projection in
            let former = try check(projection, sqlite)
            guard let serving = try ProjectionState.load(projection, sqlite), try projection.schema.exists(sqlite)
            else {
                throw EventLogError(
                    .missingTable, "The tables of projection \(projection.name) are not complete; rebuild it.")
            }
            try serving.check(isNotNewerThan: projection)
            return (projection: projection, serving: serving, former: former)
        }
        let schema = ProjectionSchema(joining: projections.map(\.schema))
        try schema.dropIndexes(sqlite)
        try schema.rename(from: "", to: passingPrefix, sqlite)
        try schema.rename(from: prefix, to: "", sqlite)
        try schema.rename(from: passingPrefix, to: prefix, sqlite)
        try schema.createIndexes(sqlite)
        try schema.createLastIndexes(sqlite)
        for (projection, serving, former) in states {
            try save(serving, sqlite)
            try former.save(builtBy: projection.projector.name, sqlite)
        }
        return states.map(\.former)
    }

    /// The former generation, where one can go back to it.
    private static func check(_ projection: Projection, _ sqlite: SQLiteConnection) throws -> ProjectionState {
        guard let former = try load(projection, sqlite) else {
            throw EventLogError(
                .noFormerGeneration,
                "Projection \(projection.name) has no former generation to go back to; a rebuild keeps one.")
        }
        guard former.version == projection.version else {
            throw EventLogError(
                .noFormerGeneration,
                "The former generation of projection \(projection.name), \(former.generation), is of version "
                    + "\(former.version), which this program, with version \(projection.version), would rebuild; "
                    + "use a program with version \(former.version), or stay.")
        }
        return former
    }

    /// Drops the former generation. Answers what it was; nil where there was none.
    @discardableResult
    static func drop(_ projection: Projection, _ sqlite: SQLiteConnection) throws -> ProjectionState? {
        let former = try load(projection, sqlite)
        try projection.schema.dropTables(prefix: prefix, sqlite)
        guard let former else { return nil }
        let delete = try sqlite.statement("DELETE FROM former_projections WHERE name = ?")
        delete.bind(1, projection.name)
        try delete.run()
        return former
    }

    private static func save(_ state: ProjectionState, _ sqlite: SQLiteConnection) throws {
        try ProjectionUpkeep.createTables(sqlite)
        let upsert = try sqlite.statement(
            "INSERT OR REPLACE INTO former_projections (name, version, generation, position) VALUES (?1, ?2, ?3, ?4)")
        upsert.bind(1, state.name)
        upsert.bind(2, state.version)
        upsert.bind(3, state.generation)
        upsert.bind(4, state.position)
        try upsert.run()
    }
}
