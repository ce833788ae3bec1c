import GRDBSQLite

/// What a statement that comes from outside may do, and for how long.
package final class StatementGuard {
    /// Names of views within which tables are read.
    private let readers: Set<String>
    /// Names of views that may be read.
    private let views: Set<String>
    /// Tables whose rows may be counted: SQLite asks for a table as a whole, and not within a view, where it has moved
    /// a condition out of that.
    private let counted: Set<String>
    private let shouldEnd: () -> Bool

    /// Instructions of SQLite's machine between two looks whether it should end.
    private static let instructionsBetweenLooks: Int32 = 20_000
    /// Tables that come from their arguments.
    private static let valueTables: Set<String> = ["json_each", "json_tree"]
    /// They reach beyond the statement.
    private static let refusedFunctions: Set<String> = ["load_extension", "fts3_tokenizer", "fts5", "sqlite_log"]

    package init(readers: [String], views: [String], counted: [String], shouldEnd: @escaping () -> Bool) {
        (self.readers, self.views, self.counted) = (Set(readers), Set(views), Set(counted))
        self.shouldEnd = shouldEnd
    }

    /// Runs the body, whose statements are checked when they are prepared, and ended when it is time.
    package func run<T>(on sqlite: SQLiteConnection, maximumBytes: Int, _ body: () throws -> T) rethrows -> T {
        let own = Unmanaged.passUnretained(self).toOpaque()
        let length = sqlite3_limit(sqlite.handle, SQLITE_LIMIT_LENGTH, Int32(clamping: maximumBytes))
        sqlite3_set_authorizer(sqlite.handle, Self.authorize, own)
        sqlite3_progress_handler(sqlite.handle, Self.instructionsBetweenLooks, Self.look, own)
        defer {
            sqlite3_progress_handler(sqlite.handle, 0, nil, nil)
            sqlite3_set_authorizer(sqlite.handle, nil, nil)
            sqlite3_limit(sqlite.handle, SQLITE_LIMIT_LENGTH, length)
        }
        return try withExtendedLifetime(self) { try body() }
    }

    private static let look: @convention(c) (UnsafeMutableRawPointer?) -> Int32 = { own in
        guard let own else { return 1 }
        return Unmanaged<StatementGuard>.fromOpaque(own).takeUnretainedValue().shouldEnd() ? 1 : 0
    }

    private static let authorize:
        @convention(c) (
            UnsafeMutableRawPointer?, Int32, UnsafePointer<CChar>?, UnsafePointer<CChar>?, UnsafePointer<CChar>?,
            UnsafePointer<CChar>?
        ) -> Int32 = { own, action, first, second, database, view in
            guard let own else { return SQLITE_DENY }
            let text = { (text: UnsafePointer<CChar>?) in text.map { String(cString: $0) } ?? "" }
            let isAllowed = Unmanaged<StatementGuard>.fromOpaque(own).takeUnretainedValue().allows(
                action, text(first), text(second), in: text(database), within: text(view))
            return isAllowed ? SQLITE_OK : SQLITE_DENY
        }

    private func allows(
        _ action: Int32, _ first: String, _ second: String, in database: String, within view: String
    ) -> Bool {
        switch action {
        case SQLITE_SELECT, SQLITE_RECURSIVE: return true
        case SQLITE_FUNCTION: return !Self.refusedFunctions.contains(second.lowercased())
        case SQLITE_READ:
            if readers.contains(view) || Self.valueTables.contains(first) { return true }
            if second.isEmpty, counted.contains(first) { return true }
            return database == "temp" && (views.contains(first) || readers.contains(first))
        default: return false
        }
    }

    /// Nothing follows the first statement of a text but blanks and semicolons.
    package static func isAlone(_ sql: String, on sqlite: SQLiteConnection) -> Bool {
        sql.withCString { text in
            var rest: UnsafePointer<CChar>?
            var statement: OpaquePointer?
            defer { sqlite3_finalize(statement) }
            guard sqlite3_prepare_v2(sqlite.handle, text, -1, &statement, &rest) == SQLITE_OK, let rest else {
                return true
            }
            return String(cString: rest).allSatisfy { $0.isWhitespace || $0 == ";" }
        }
    }
}

extension SQLiteFailure {
    /// Where in the statement the fault is, in bytes; nil: it is not known.
    package static func offset(on sqlite: SQLiteConnection) -> Int? {
        let offset = sqlite3_error_offset(sqlite.handle)
        return offset < 0 ? nil : Int(offset)
    }
}

extension SQLiteStatement {
    /// It changes nothing, and answers rows.
    package var isQuery: Bool { sqlite3_stmt_readonly(handle) != 0 && columnCount > 0 }
}
