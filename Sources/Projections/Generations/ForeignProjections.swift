import EventLog
package import LedgerStorage

/// The projections of a database that no projector of this program builds, and the tables that are theirs: those of
/// another program's projectors, and what a former version of a projector built besides.
///
/// This program cannot build them again, so an erasure is refused while they are there: their tables may hold what is
/// to be erased. Which tables a projection has stands in its program only. So theirs are those that nothing known has:
/// neither the log, nor the store, nor a projection of this program; and of several they are dropped together.
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

    /// Those of the names that are names of them.
    func named(_ names: [String]) -> Set<ByteText> {
        Set(names.map { ByteText($0) }).intersection(states.map { ByteText($0.name) })
    }

    /// Drops them, with their letters and their former generations. Call it in a transaction that writes.
    ///
    /// - Returns: what is gone.
    /// - Throws: `invalidArgument` where not all of them are named, and there are tables.
    func drop(_ names: Set<ByteText>, _ sqlite: SQLiteConnection) throws -> [ProjectionState] {
        let (dropped, others) = (
            states.filter { names.contains(ByteText($0.name)) }, states.filter { !names.contains(ByteText($0.name)) }
        )
        guard !dropped.isEmpty else { return [] }
        let tables = try tables(sqlite)
        guard others.isEmpty || tables.isEmpty else {
            throw EventLogError(
                .invalidArgument,
                "It is not known which of the tables \(tables.map(\.name).joined(separator: ", ")) are of "
                    + "\(dropped.map(\.name).joined(separator: ", ")) and which of "
                    + "\(others.map(\.name).joined(separator: ", ")); name all of these projections.")
        }
        // Virtual ones first: they take their shadow tables along.
        for table in tables where table.isVirtual { try Self.dropVirtual(table.name, sqlite) }
        for table in tables { try sqlite.execute("DROP TABLE IF EXISTS main.\(table.name.sqlIdentifier)") }
        for state in dropped { try Self.forget(state.name, sqlite) }
        return dropped
    }

    private static func forget(_ name: String, _ sqlite: SQLiteConnection) throws {
        try DeadLetters.keepOnly([], of: name, sqlite)
        for table in ["projection_generations", "former_projections"] where try sqlite.hasTable(table) {
            let delete = try sqlite.statement("DELETE FROM \(table) WHERE name = ?")
            delete.bind(1, name)
            try delete.run()
        }
        try sqlite.execute(
            "DELETE FROM projection_positions WHERE projector NOT IN (SELECT projector FROM projection_generations)")
    }

    // MARK: Tables

    /// What nothing known has.
    private func tables(_ sqlite: SQLiteConnection) throws -> [(name: String, isVirtual: Bool)] {
        let prefixes = [""] + ProjectionStore.reservedPrefixes
        let own = store.projections.flatMap(\.schema.allTableNames)
        let known = Set(
            (prefixes.flatMap { prefix in own.map { prefix + $0 } } + ProjectionStore.tableNames
                + store.database.tableNames).map { ByteText($0.asciiLowercased) })
        let rows = try sqlite.statement(
            "SELECT name, sql LIKE 'CREATE VIRTUAL%' FROM main.sqlite_master WHERE type = 'table' ORDER BY name")
        defer { rows.reset() }
        var found: [(name: String, isVirtual: Bool)] = []
        while try rows.step() {
            let name = rows.text(0)
            if known.contains(ByteText(name.asciiLowercased)) || name.utf8.starts(with: "sqlite_".utf8) { continue }
            found.append((name, rows.int(1) == 1))
        }
        return found
    }

    /// Its module, or what that was made with, may be another program's.
    private static func dropVirtual(_ name: String, _ sqlite: SQLiteConnection) throws {
        do { try sqlite.execute("DROP TABLE main.\(name.sqlIdentifier)") } catch is SQLiteFailure {
            try ProjectionSchema.forgetTable(name, sqlite)
        }
    }
}

extension String {
    /// As SQLite tells tables apart.
    fileprivate var asciiLowercased: String {
        String(decoding: utf8.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }
}
