import GRDBSQLite

/// What SQLite itself reported. The layers above turn it into an error that says what to do.
package struct SQLiteFailure: Error, CustomStringConvertible {
    /// The extended result code, `SQLITE_BUSY_RECOVERY` for instance.
    package let code: Int32
    package let message: String
    package let sql: String
    /// The file of the database; nil if it is none, or is not known. A body may read several.
    package let path: String?

    package var primaryCode: Int32 { code & 0xff }

    package init(_ connection: OpaquePointer, during sql: String) {
        code = sqlite3_extended_errcode(connection)
        message = String(cString: sqlite3_errmsg(connection))
        self.sql = sql
        path = sqlite3_db_filename(connection, "main").map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    package var description: String { "SQLite error \(code): \(message), while running: \(sql)" }
}
