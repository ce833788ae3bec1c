import GRDBSQLite

extension SQLiteConnection {
    /// Runs the statements of a script, one after the other.
    ///
    /// - Parameter afterEach: gets the text of the statement that has run, with its semicolon.
    /// - Throws: what SQLite says of the first statement that it refuses, and what `afterEach` throws.
    package func run(script: String, _ afterEach: (String) throws -> Void) throws {
        try script.withCString { start in
            var next = start
            while next.pointee != 0 {
                var statement: OpaquePointer?
                var end: UnsafePointer<CChar>?
                guard sqlite3_prepare_v3(handle, next, -1, 0, &statement, &end) == SQLITE_OK, let end else {
                    throw SQLiteFailure(handle, during: String(cString: next))
                }
                let text = String(decoding: UnsafeRawBufferPointer(start: next, count: end - next), as: UTF8.self)
                next = end
                // There is none behind the last semicolon.
                guard let statement else { continue }
                do {
                    defer { sqlite3_finalize(statement) }
                    var code = sqlite3_step(statement)
                    while code == SQLITE_ROW { code = sqlite3_step(statement) }
                    guard code == SQLITE_DONE else { throw SQLiteFailure(handle, during: text) }
                }
                try afterEach(text)
            }
        }
    }
}
