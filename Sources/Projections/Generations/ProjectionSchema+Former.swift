import GRDBSQLite
import LedgerStorage

extension ProjectionSchema {
    /// Puts the rows of a former generation, which is on another connection, in the place of what the tables hold.
    func refill(from former: SQLiteConnection, _ sqlite: SQLiteConnection) throws {
        try dropTables(prefix: "", sqlite)
        try createTables(sqlite)
        for table in tables {
            for shadow in table.shadows {
                // A module begins with rows of its own, which it has not read here yet.
                try sqlite.execute("DELETE FROM main.\(shadow.sqlIdentifier)")
                try Self.copy(shadow, from: former, sqlite)
            }
            if !table.isVirtual { try Self.copy(table.name, from: former, sqlite) }
        }
        try createIndexes(sqlite)
    }

    /// Row by row, in the order of the key.
    private static func copy(_ table: String, from former: SQLiteConnection, _ sqlite: SQLiteConnection) throws {
        let layout = try TableDigest.layout(of: TableSource(name: FormerGeneration.prefix + table), former)
        let rows = try SQLiteStatement(connection: former.handle, sql: layout.select)
        let columns = layout.columns.map(\.sqlIdentifier).joined(separator: ", ")
        let places = layout.columns.map { _ in "?" }.joined(separator: ", ")
        let insert = try SQLiteStatement(
            connection: sqlite.handle,
            sql: "INSERT INTO main.\(table.sqlIdentifier) (\(columns)) VALUES (\(places))")
        while try rows.step() {
            for column in 0..<Int32(layout.columns.count) { bind(column, of: rows, to: insert) }
            try insert.run()
        }
    }

    /// The value as it is, whatever its bytes.
    private static func bind(_ column: Int32, of row: SQLiteStatement, to insert: SQLiteStatement) {
        switch row.type(column) {
        case SQLITE_INTEGER: insert.bind(column + 1, row.int64(column))
        case SQLITE_FLOAT: insert.bind(column + 1, row.double(column))
        case SQLITE_TEXT: insert.bind(column + 1, text: Array(row.bytes(column)))
        case SQLITE_BLOB: insert.bind(column + 1, blob: row.bytes(column))
        default: insert.bindNull(column + 1)
        }
    }
}
