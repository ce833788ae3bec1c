import CLedgerShims
import GRDBSQLite

/// What a statement that comes from outside may do, and for how long.
package final class StatementGuard {
    /// Names of views within which tables are read.
    private let readers: Set<String>
    /// Names of views that may be read.
    private let views: Set<String>
    /// Names of tables, in lower case.
    private let tables: Set<String>
    private let shouldEnd: () -> Bool

    /// Instructions of SQLite's machine between two looks whether it should end. A call of a function is one of them,
    /// and may take a part of a second.
    private static let instructionsBetweenLooks: Int32 = 200
    /// Of a pattern of LIKE or GLOB, which is compared at each place of a text.
    private static let maximumPatternBytes: Int32 = 1_000
    /// Tables that come from their arguments.
    private static let valueTables: Set<String> = ["json_each", "json_tree"]
    /// What SQLite itself calls its tables.
    private static let prefixes = ["sqlite_", "pragma_"]
    /// They reach beyond the statement.
    private static let refusedFunctions: Set<String> = ["load_extension", "fts3_tokenizer", "fts5", "sqlite_log"]

    /// - Parameters:
    ///   - readers: in lower case, as `views`.
    ///   - sqlite: its tables are those that a name of a statement's own is told from.
    package init(
        readers: [String], views: [String], on sqlite: SQLiteConnection, shouldEnd: @escaping () -> Bool
    ) throws {
        (self.readers, self.views) = (Set(readers), Set(views))
        self.shouldEnd = shouldEnd
        // The first use of such a table makes it, which the authorizer would refuse.
        for table in Self.valueTables {
            _ = try SQLiteStatement(connection: sqlite.handle, sql: "SELECT 1 FROM \(table)('[]')")
        }
        var tables: Set<String> = []
        let row = try sqlite.statement(
            "SELECT name FROM main.sqlite_schema UNION ALL SELECT name FROM temp.sqlite_schema WHERE type = 'table' "
                + "UNION ALL SELECT name FROM pragma_module_list")
        defer { row.reset() }
        while try row.step() { tables.insert(row.text(0).lowercased()) }
        self.tables = tables
    }

    /// Runs the body, whose statements are checked when they are prepared, and ended when it is time.
    ///
    /// - Parameters:
    ///   - maximumBytes: of one value.
    ///   - maximumHeapBytes: that SQLite may take for all of it, besides what it has on disk.
    package func run<T>(
        on sqlite: SQLiteConnection, maximumBytes: Int, maximumHeapBytes: Int, _ body: () throws -> T
    ) rethrows -> T {
        let own = Unmanaged.passUnretained(self).toOpaque()
        let length = sqlite3_limit(sqlite.handle, SQLITE_LIMIT_LENGTH, Int32(clamping: maximumBytes))
        let pattern = sqlite3_limit(sqlite.handle, SQLITE_LIMIT_LIKE_PATTERN_LENGTH, Self.maximumPatternBytes)
        memledger_linear_functions(sqlite.handle)
        sqlite3_set_authorizer(sqlite.handle, Self.authorize, own)
        sqlite3_progress_handler(sqlite.handle, Self.instructionsBetweenLooks, Self.look, own)
        memledger_limit_heap(Int64(maximumHeapBytes))
        defer {
            memledger_limit_heap(-1)
            sqlite3_progress_handler(sqlite.handle, 0, nil, nil)
            sqlite3_set_authorizer(sqlite.handle, nil, nil)
            sqlite3_limit(sqlite.handle, SQLITE_LIMIT_LENGTH, length)
            sqlite3_limit(sqlite.handle, SQLITE_LIMIT_LIKE_PATTERN_LENGTH, pattern)
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
            let (name, place) = (first.lowercased(), database.lowercased())
            if readers.contains(view) || Self.valueTables.contains(name) { return true }
            if views.contains(name) || readers.contains(name) {
                return place == "temp" || second.isEmpty && place.isEmpty
            }
            return second.isEmpty && place.isEmpty && isOwn(name)
        default: return false
        }
    }

    /// Nothing is called so but something of the statement. SQLite asks for what no column is read of, such as what is
    /// counted, by its name as it is written, and does not say what that is.
    private func isOwn(_ name: String) -> Bool {
        !tables.contains(name) && !Self.prefixes.contains { name.hasPrefix($0) }
    }

    /// Nothing follows the first statement of a text but blanks, comments and semicolons.
    package static func isAlone(_ sql: String, on sqlite: SQLiteConnection) -> Bool {
        sql.withCString { text in
            var rest = text
            var isFirst = true
            while rest.pointee != 0 {
                var statement: OpaquePointer?
                var next: UnsafePointer<CChar>?
                defer { sqlite3_finalize(statement) }
                guard sqlite3_prepare_v2(sqlite.handle, rest, -1, &statement, &next) == SQLITE_OK, let next else {
                    return isFirst
                }
                guard isFirst || statement == nil else { return false }
                (rest, isFirst) = (next, isFirst && statement == nil)
            }
            return true
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
