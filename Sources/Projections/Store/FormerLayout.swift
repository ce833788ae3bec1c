import EventLog
import LedgerStorage
import Logging

/// How ledgers up to format 2 keep what they know of projections: in a table `projections`, with a row a projector,
/// which had one projection then. Their tables are the same.
///
/// Who opens such a ledger takes it over, once. What looks at the tables as they are, to mend them, reads it as it is.
///
///     projections (memories, version, generation, position)
///         ─▶ projection_positions (memories, position)
///         ─▶ projection_generations (memories, version, generation), (memory_links, version, generation), …
///
/// Dead letters and former generations, whose tables bear the serving tables' names, are written down for each
/// projection, too. All of it is one transaction, so a ledger has one layout or the other.
enum FormerLayout {
    /// The database has it.
    static func serves(_ sqlite: SQLiteConnection) throws -> Bool {
        guard try sqlite.hasTable("projections") else { return false }
        return try !ProjectionTables.exist(sqlite)
    }

    // MARK: Reading

    static func all(_ sqlite: SQLiteConnection) throws -> [ProjectionState] {
        guard try sqlite.hasTable("projections") else { return [] }
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

    /// The state of the projector's only projection, under the name of one of those that it has now. Nil for one that
    /// came later, whose tables the database does not have.
    static func load(_ projection: Projection, _ sqlite: SQLiteConnection) throws -> ProjectionState? {
        guard try hasTables(of: projection, sqlite) else { return nil }
        guard var state = try all(sqlite).first(where: { $0.name.hasSameBytes(as: projection.projector.name) }) else {
            return nil
        }
        state.name = projection.name
        return state
    }

    private static func hasTables(of projection: Projection, _ sqlite: SQLiteConnection) throws -> Bool {
        try projection.schema.tableNames.allSatisfy { try sqlite.hasTable($0) }
    }

    static func outdateAll(_ sqlite: SQLiteConnection) throws {
        guard try sqlite.hasTable("projections") else { return }
        try sqlite.execute("UPDATE projections SET version = 0 WHERE position > 0")
    }

    // MARK: Taking over

    /// Gives what the ledger knows of each projector to all of its projections that it had then; one that came later is
    /// built with the others again. Call it in a transaction that writes.
    ///
    /// - Throws: `invalidArgument` if a projection has the name of another projector's.
    static func takeOver(_ projectors: [any Projector], _ sqlite: SQLiteConnection) throws {
        try ProjectionTables.create(sqlite)
        for state in try all(sqlite) {
            let projector = projectors.first { $0.name.hasSameBytes(as: state.name) }
            // What this program has no projector for has one projection, as it always had.
            let names = try projector?.built.filter { try hasTables(of: $0, sqlite) }.map(\.name) ?? [state.name]
            try ProjectionTables.save(state.position, of: state.name, sqlite)
            for name in names {
                var own = state
                own.name = name
                try checkIsFree(name, for: state.name, sqlite)
                try own.save(builtBy: state.name, sqlite)
                if let built = projector?.built.first(where: { $0.name.hasSameBytes(as: name) }) {
                    try ProjectionTables.note(built, sqlite)
                }
            }
            for table in ["former_projections", "dead_letters"] where try sqlite.hasTable(table) {
                try share(table, of: state.name, among: names, sqlite)
            }
        }
        try sqlite.execute("DROP TABLE main.projections")
    }

    private static func checkIsFree(_ name: String, for projector: String, _ sqlite: SQLiteConnection) throws {
        guard let taken = try ProjectionState.all(sqlite).first(where: { $0.name.hasSameBytes(as: name) }) else {
            return
        }
        throw EventLogError(
            .invalidArgument,
            "The ledger has a projection \(taken.name) of another projector, and \(projector) builds one of that name; "
                + "rename the other one in the table projections, with an SQLite program, and in its own program.")
    }

    /// Copies the rows of one name for the others, and leaves none under a name that is no projection's.
    private static func share(
        _ table: String, of former: String, among names: [String], _ sqlite: SQLiteConnection
    ) throws {
        let column = table == "dead_letters" ? "projection" : "name"
        let others =
            table == "dead_letters"
            ? "generation, position, state, reason, attempts, first_failed_at, last_failed_at"
            : "version, generation, position"
        let copy = try sqlite.statement(
            "INSERT INTO \(table) (\(column), \(others)) SELECT ?1, \(others) FROM \(table) WHERE \(column) = ?2")
        for name in names where !name.hasSameBytes(as: former) {
            copy.bind(1, name)
            copy.bind(2, former)
            try copy.run()
        }
        guard !names.contains(where: { $0.hasSameBytes(as: former) }) else { return }
        let delete = try sqlite.statement("DELETE FROM \(table) WHERE \(column) = ?")
        delete.bind(1, former)
        try delete.run()
    }
}

extension Projection {
    /// What its dead letters and its former generation are kept under.
    func recordedName(_ sqlite: SQLiteConnection) throws -> String {
        try FormerLayout.serves(sqlite) ? projector.name : name
    }
}

extension Projector {
    /// What the dead letters of its projections are kept under.
    func recordedNames(_ sqlite: SQLiteConnection) throws -> [String] {
        try FormerLayout.serves(sqlite) ? [name] : projections.map(\.name)
    }
}

extension ProjectionStore {
    /// Gives the database the present layout where an older program made it: see `FormerLayout`. Programs that know
    /// only the other one are refused from then on.
    package func takeOver() async throws {
        guard try database.read({ try FormerLayout.serves($0) }) else { return }
        let (database, projectors) = (database, projectors)
        try await database.onWriter { sqlite in
            try sqlite.transaction {
                // Another process may have been faster.
                guard try FormerLayout.serves(sqlite) else { return }
                try FormerLayout.takeOver(projectors, sqlite)
                try database.refuseOlderPrograms(sqlite)
            }
        }
        database.settings.logger.info("Took the tables over from an older version of this program")
    }
}
