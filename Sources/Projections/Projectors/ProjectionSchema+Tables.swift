import GRDBSQLite
package import LedgerStorage

extension ProjectionSchema {
    /// What each table is digested by, in the order of the script.
    package var sources: [TableSource] { tables.map(\.source) }

    /// All tables are there, with those that the modules of virtual ones need.
    func exists(_ sqlite: SQLiteConnection) throws -> Bool {
        try allTableNames.allSatisfy { try sqlite.hasTable($0) }
    }

    // MARK: Making

    /// Makes empty tables that serve.
    package func create(_ sqlite: SQLiteConnection) throws {
        try createTables(sqlite)
        try createIndexes(sqlite)
        try addGeneratedColumns(sqlite)
    }

    /// Makes the tables without their indexes, and without the generated columns that come afterwards.
    func createTables(_ sqlite: SQLiteConnection) throws {
        for table in tables { try sqlite.execute(table.sql) }
    }

    /// Makes the indexes that are not there, but for those of generated columns that come afterwards.
    func createIndexes(_ sqlite: SQLiteConnection) throws {
        for index in indexes where !index.comesLast { try create(index, sqlite) }
    }

    /// Makes the indexes that writers look rows up by, where they are not there.
    func createLookupIndexes(_ sqlite: SQLiteConnection) throws {
        for index in indexes where !index.comesLast && lookupIndexes?.contains(index.name) ?? true {
            try create(index, sqlite)
        }
    }

    /// Makes one index where it is not there: a writer that builds a generation may need it before the others.
    package func createIndex(_ name: String, _ sqlite: SQLiteConnection) throws {
        guard let index = indexes.first(where: { $0.name == name }) else {
            preconditionFailure("there is no index \(name)")
        }
        try create(index, sqlite)
    }

    /// Completes tables that have their rows and indexes.
    func addGeneratedColumns(_ sqlite: SQLiteConnection) throws {
        for statement in generatedColumns { try sqlite.execute(statement) }
        try createLastIndexes(sqlite)
    }

    /// Makes the indexes of generated columns that have been added.
    func createLastIndexes(_ sqlite: SQLiteConnection) throws {
        for index in indexes where index.comesLast { try create(index, sqlite) }
    }

    private func create(_ index: SchemaIndex, _ sqlite: SQLiteConnection) throws {
        let find = try sqlite.statement("SELECT 1 FROM main.sqlite_master WHERE type = 'index' AND name = ?")
        find.bind(1, index.name)
        let isThere = try find.step()
        find.reset()
        if !isThere { try sqlite.execute(index.sql) }
    }

    /// Makes the tables, whose names must be free, with the rows of an attached database.
    ///
    /// Both sides have the same tables and indexes, without the generated columns that come afterwards, and these are
    /// empty here: so SQLite copies records as they are, those of the indexes too, in their order, without looking into
    /// them. Of a virtual table the shadow tables are copied, whatever its module keeps in them: what it was made of
    /// need not be in the database. It has not read them here yet.
    func fill(from attached: String, _ sqlite: SQLiteConnection) throws {
        try createTables(sqlite)
        try createIndexes(sqlite)
        for table in tables {
            for shadow in table.shadows {
                // A module begins with rows of its own.
                try sqlite.execute("DELETE FROM main.\(shadow.sqlIdentifier)")
                try copy(shadow, nil, from: attached, sqlite)
            }
            if !table.isVirtual { try copy(table.name, table.copiedColumns, from: attached, sqlite) }
        }
        try addGeneratedColumns(sqlite)
    }

    private func copy(
        _ table: String, _ columns: [String]?, from attached: String, _ sqlite: SQLiteConnection
    ) throws {
        let name = table.sqlIdentifier
        let list = columns.map { $0.map(\.sqlIdentifier).joined(separator: ", ") }
        let into = list.map { " (\($0))" } ?? ""
        try sqlite.execute("INSERT INTO main.\(name)\(into) SELECT \(list ?? "*") FROM \(attached).\(name)")
    }

    // MARK: Renaming and dropping

    /// Gives the tables other names: what stands before each is another. Shadow tables follow theirs. What reads a
    /// table of another name, a view or an external content table, goes on reading that name.
    func rename(from: String, to: String, _ sqlite: SQLiteConnection) throws {
        // Somebody's view of `memories` must go on showing `memories`, whichever generation that is.
        try sqlite.execute("PRAGMA legacy_alter_table = ON")
        defer { try? sqlite.execute("PRAGMA legacy_alter_table = OFF") }
        for table in tables {
            let (old, new) = ((from + table.name).sqlIdentifier, (to + table.name).sqlIdentifier)
            try sqlite.execute("ALTER TABLE main.\(old) RENAME TO \(new)")
        }
    }

    /// Drops every index of the tables that is not part of their definition, of any program.
    func dropIndexes(_ sqlite: SQLiteConnection) throws {
        var names = Set(indexes.map(\.name))
        let find = try sqlite.statement(
            "SELECT name FROM main.sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL")
        defer { find.reset() }
        for table in tables {
            find.reset()
            find.bind(1, table.name)
            while try find.step() { names.insert(find.text(0)) }
        }
        find.reset()
        for name in names.sorted() { try sqlite.execute("DROP INDEX IF EXISTS main.\(name.sqlIdentifier)") }
    }

    func drop(_ sqlite: SQLiteConnection) throws {
        try dropTables(prefix: "", sqlite)
        // An index goes with its table, unless the table was renamed.
        for index in indexes { try sqlite.execute("DROP INDEX IF EXISTS main.\(index.name.sqlIdentifier)") }
    }

    /// - Parameter prefix: what stands before the tables' names.
    func dropTables(prefix: String, _ sqlite: SQLiteConnection) throws {
        for table in tables {
            let names = ([table.name] + table.shadows).map { prefix + $0 }
            // A virtual table of which a shadow table is missing cannot be dropped as one.
            if table.isVirtual, try sqlite.hasTable(names[0]), try !names.allSatisfy({ try sqlite.hasTable($0) }) {
                try Self.forgetTable(names[0], sqlite)
            }
            for name in names { try sqlite.execute("DROP TABLE IF EXISTS main.\(name.sqlIdentifier)") }
        }
    }

    /// Takes the virtual tables out, with all that their modules made.
    func dropVirtualTables(_ sqlite: SQLiteConnection) throws {
        for table in tables where table.isVirtual { try sqlite.execute("DROP TABLE main.\(table.name.sqlIdentifier)") }
    }

    /// Drops a table of any program, also a virtual one whose module this program does not have.
    static func dropTable(_ name: String, _ sqlite: SQLiteConnection) throws {
        do {
            try sqlite.execute("DROP TABLE IF EXISTS main.\(name.sqlIdentifier)")
        } catch let failure as SQLiteFailure where failure.primaryCode == SQLITE_ERROR {
            try forgetTable(name, sqlite)
        }
    }

    /// Takes a virtual table out of the schema without asking its module.
    private static func forgetTable(_ name: String, _ sqlite: SQLiteConnection) throws {
        try sqlite.execute("PRAGMA writable_schema = ON")
        defer { try? sqlite.execute("PRAGMA writable_schema = RESET") }
        let delete = try sqlite.statement("DELETE FROM main.sqlite_master WHERE type = 'table' AND name = ?")
        delete.bind(1, name)
        try delete.run()
    }
}
