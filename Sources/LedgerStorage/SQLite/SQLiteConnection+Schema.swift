extension SQLiteConnection {
    package func hasTable(_ name: String) throws -> Bool {
        let find = try statement("SELECT 1 FROM main.sqlite_master WHERE type = 'table' AND name = ?")
        find.bind(1, name)
        defer { find.reset() }
        return try find.step()
    }
}
