extension TableDigest {
    /// The digests of the tables, by their names.
    static func all(_ tables: [String], _ sqlite: SQLiteConnection) throws -> [String: String] {
        var digests: [String: String] = [:]
        for table in tables { digests[table] = try sha256(of: table, sqlite) }
        return digests
    }
}

extension ProjectionHost {
    /// The digest of each projection table of a database, by its name. Call it in one snapshot.
    package func digests(of sqlite: SQLiteConnection) throws -> [String: String] {
        try TableDigest.all(projectors.flatMap(\.schema.tableNames), sqlite)
    }
}
