import EventLog
package import LedgerStorage

/// The projections of a database that no projector of this program builds, and the tables that are theirs: those of
/// another program's projectors, and what a former version of a projector built besides.
///
/// This program cannot build them again, so an erasure is refused while they are there: their tables may hold what is
/// to be erased. Which tables those are is noted with each build (`projection_tables`); no other table is touched.
package struct ForeignProjections {
    package let states: [ProjectionState]
    private let store: ProjectionStore

    package init(to store: ProjectionStore, _ sqlite: SQLiteConnection) throws {
        self.store = store
        let known = Set(store.projections.map(\.key))
        // In the former layout a projector has one row, under its name.
        let former = try FormerLayout.serves(sqlite) ? Set(store.projectors.map(\.key)) : []
        states = try ProjectionState.all(sqlite).filter { state in
            !known.contains(ByteText(state.name)) && !former.contains(ByteText(state.name))
        }
    }

    /// The names that are theirs.
    func named(_ names: [String]) -> Set<ByteText> {
        Set(names.map { ByteText($0) }).intersection(states.map { ByteText($0.name) })
    }

    /// Drops those of the names with their tables, letters and former generations. Call it in a transaction that
    /// writes.
    ///
    /// - Returns: what is gone.
    /// - Throws: `invalidArgument` if it was not noted which tables one of them has, and there are tables that nothing
    ///   known has.
    func drop(_ names: Set<ByteText>, _ sqlite: SQLiteConnection) throws -> [ProjectionState] {
        let dropped = states.filter { names.contains(ByteText($0.name)) }
        for state in dropped {
            let tables = try ProjectionTables.tables(of: state.name, sqlite)
            if tables.isEmpty { try checkThatAllTablesAreKnown(besides: state.name, sqlite) }
            let known = knownTables
            for table in tables where !known.contains(ByteText(table.asciiLowercased)) {
                for prefix in Self.prefixes { try ProjectionSchema.dropTable(prefix + table, sqlite) }
            }
            try Self.forget(state.name, sqlite)
        }
        return dropped
    }

    /// A program before `projection_tables` may have built it. Its tables are some of those that nothing known has, and
    /// others of these may be a person's own.
    private func checkThatAllTablesAreKnown(besides name: String, _ sqlite: SQLiteConnection) throws {
        let unknown = try unknownTables(sqlite)
        guard !unknown.isEmpty else { return }
        throw EventLogError(
            .invalidArgument,
            "It was not noted which tables the projection \(name) has, and nothing known has the tables "
                + "\(unknown.joined(separator: ", ")). Rebuild it with the program that builds it, which notes them; or "
                + "drop those of them that are its own by hand.")
    }

    private static func forget(_ name: String, _ sqlite: SQLiteConnection) throws {
        try DeadLetters.keepOnly([], of: name, sqlite)
        try ProjectionTables.forgetTables(of: name, sqlite)
        for table in ["projection_generations", "former_projections"] where try sqlite.hasTable(table) {
            let delete = try sqlite.statement("DELETE FROM \(table) WHERE name = ?")
            delete.bind(1, name)
            try delete.run()
        }
        try sqlite.execute(
            "DELETE FROM projection_positions WHERE projector NOT IN (SELECT projector FROM projection_generations)")
    }

    // MARK: Tables

    private static let prefixes = [""] + ProjectionStore.reservedPrefixes

    /// Those of log, store and this program's projections, as SQLite tells names apart.
    private var knownTables: Set<ByteText> {
        let own = store.projections.flatMap(\.schema.allTableNames)
        return Set(
            (Self.prefixes.flatMap { prefix in own.map { prefix + $0 } } + ProjectionStore.tableNames
                + store.database.tableNames).map { ByteText($0.asciiLowercased) })
    }

    /// What nothing known has, and no build has noted.
    private func unknownTables(_ sqlite: SQLiteConnection) throws -> [String] {
        var known = knownTables
        for state in states {
            let noted = try ProjectionTables.tables(of: state.name, sqlite)
            for prefix in Self.prefixes { known.formUnion(noted.map { ByteText((prefix + $0).asciiLowercased) }) }
        }
        let rows = try sqlite.statement("SELECT name FROM main.sqlite_master WHERE type = 'table' ORDER BY name")
        defer { rows.reset() }
        var found: [String] = []
        while try rows.step() {
            let name = rows.text(0)
            if known.contains(ByteText(name.asciiLowercased)) || name.utf8.starts(with: "sqlite_".utf8) { continue }
            found.append(name)
        }
        return found
    }
}

extension String {
    /// As SQLite tells tables apart.
    fileprivate var asciiLowercased: String {
        String(decoding: utf8.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }
}
