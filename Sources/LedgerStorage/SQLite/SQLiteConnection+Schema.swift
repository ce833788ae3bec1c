import GRDBSQLite

extension SQLiteConnection {
    package func hasTable(_ name: String) throws -> Bool {
        let find = try statement("SELECT 1 FROM main.sqlite_master WHERE type = 'table' AND name = ?")
        find.bind(1, name)
        defer { find.reset() }
        return try find.step()
    }

    /// The same without a query, by the schema that the last statement of this transaction was run with.
    package func knowsTable(_ name: String) -> Bool {
        sqlite3_table_column_metadata(handle, "main", name, nil, nil, nil, nil, nil, nil) == SQLITE_OK
    }

    /// True if a module of SQLite keeps the table. SQLite writes these words itself, however it was told to make it.
    package func isVirtual(_ table: String) throws -> Bool {
        let find = try statement(
            "SELECT 1 FROM main.sqlite_master WHERE type = 'table' AND name = ? AND sql LIKE 'CREATE VIRTUAL TABLE %'")
        find.bind(1, table)
        defer { find.reset() }
        return try find.step()
    }
}
