import EventLog
import GRDBSQLite
import LedgerCapabilities
import LedgerStorage

extension MemoryReading {
    /// Answers a SELECT. It changes nothing, and is read in one snapshot.
    ///
    /// - Throws: `MemoryLedgerError` with `invalidQuery` for what is no SELECT on the views of `TableQuery`, or takes
    ///   too long, and `invalidArgument` for limits out of bounds; `EventLogError` where the tables cannot be read.
    public func query(_ query: TableQuery) async throws -> TableRows {
        try query.check()
        return try await audited(.query, nil) {
            try await answer(query)
        } describe: { rows in
            (["sql": .string(query.sql), "rows": JSONValue(rows.rows.count)], [])
        }
    }

    private func answer(_ query: TableQuery) async throws -> TableRows {
        let tables = try await source.readableTables()
        let random = source.parts.options.file.randomness.bytes(SQLQueryRun.secretBytes)
        let run = SQLQueryRun(query, secret: random.hexadecimal, source.parts.options.sqlViews)
        return try tables.readSnapshot { sqlite in
            try run.rows(now: source.now, without: lockedNamespaces(sqlite), sqlite)
        }
    }
}

/// A query on a connection that is for it alone meanwhile.
struct SQLQueryRun {
    let query: TableQuery
    private let views: SQLViews

    static let secretBytes = 16

    init(_ query: TableQuery, secret: String, _ views: [SQLView]) {
        self.query = query
        self.views = SQLViews(secret: secret, views)
    }

    func rows(now: Timestamp, without locked: [String], _ sqlite: SQLiteConnection) throws -> TableRows {
        try views.make(now: now, without: locked, sqlite)
        defer {
            sqlite.resetStatements()
            try? views.drop(sqlite)
        }
        let deadline = ContinuousClock.now + .seconds(query.seconds)
        let sandbox = try StatementGuard(readers: views.secrets, views: views.views.map(\.name), on: sqlite) {
            ContinuousClock.now >= deadline || Task.isCancelled
        }
        do {
            var found = try sandbox.run(
                on: sqlite, maximumBytes: TableQuery.maximumAnswerBytes, maximumHeapBytes: TableQuery.maximumHeapBytes
            ) { try read(sqlite) }
            found.locked = locked
            return found
        } catch let failure as SQLiteFailure {
            throw explained(failure, sqlite)
        }
    }

    private func read(_ sqlite: SQLiteConnection) throws -> TableRows {
        let statement = try SQLiteStatement(connection: sqlite.handle, sql: query.sql)
        guard statement.isQuery else { throw isNone("it is no SELECT") }
        guard StatementGuard.isAlone(query.sql, on: sqlite) else { throw isNone("there is more than one") }
        let columns = (0..<statement.columnCount).map { statement.columnName($0) }
        var found = TableRows(columns: columns, rows: [], hasMore: false)
        var room = TableQuery.maximumAnswerBytes
        while try statement.step() {
            guard found.rows.count < query.limit, let row = row(statement, within: &room) else {
                guard !found.rows.isEmpty else { throw Self.tooBig }
                found.hasMore = true
                break
            }
            found.rows.append(row)
        }
        statement.reset()
        return found
    }

    /// - Parameter room: how many bytes it may have; it takes what it has.
    /// - Returns: nil if it has more.
    private func row(_ statement: SQLiteStatement, within room: inout Int) -> [JSONValue]? {
        var values: [JSONValue] = []
        for column in 0..<statement.columnCount {
            guard let value = value(statement, column, &room) else { return nil }
            values.append(value)
        }
        return values
    }

    private func value(_ row: SQLiteStatement, _ column: Int32, _ room: inout Int) -> JSONValue? {
        room -= MemoryLayout<JSONValue>.stride
        var value = JSONValue.null
        switch row.type(column) {
        case SQLITE_INTEGER: value = JSONValue(row.int64(column))
        case SQLITE_FLOAT:
            let number = row.double(column)
            value = number.isFinite ? JSONValue(number) : .string(String(describing: number))
        case SQLITE_TEXT:
            guard row.bytes(column).count <= room else { return nil }
            let text = row.text(column)
            room -= text.utf8.count
            value = .string(text)
        case SQLITE_BLOB:
            let bytes = row.bytes(column)
            guard bytes.count <= room / 2 else { return nil }
            room -= bytes.count * 2
            value = .string([UInt8](bytes).hexadecimal)
        default: break
        }
        return room >= 0 ? value : nil
    }

    private static let tooBig = MemoryLedgerError(
        .invalidQuery,
        "A row of the answer is too big: it has more than \(TableQuery.maximumAnswerBytes) bytes; ask for less of it.")

    private func isNone(_ reason: String) -> MemoryLedgerError {
        let views = views.views.map(\.name).joined(separator: ", ")
        return MemoryLedgerError(.invalidQuery, "A query is one SELECT on the views \(views): \(reason).")
    }

    private func explained(_ failure: SQLiteFailure, _ sqlite: SQLiteConnection) -> any Error {
        switch failure.primaryCode {
        case SQLITE_INTERRUPT:
            if Task.isCancelled { return CancellationError() }
            return MemoryLedgerError(
                .invalidQuery,
                "The query was ended after \(query.seconds) s; ask for less, or give it more time.")
        case SQLITE_OK: return isNone("it is empty")
        case SQLITE_AUTH: return isNone("nothing else may be read or done (\(failure.message))")
        case SQLITE_NOMEM:
            return MemoryLedgerError(
                .invalidQuery,
                "The query needs more than \(TableQuery.maximumHeapBytes) bytes of memory; ask for less at once.")
        case SQLITE_ERROR, SQLITE_TOOBIG, SQLITE_RANGE, SQLITE_MISMATCH:
            let place = SQLiteFailure.offset(on: sqlite).map { " (at byte \($0 + 1))" } ?? ""
            return MemoryLedgerError(.invalidQuery, "SQLite says: \(failure.message)\(place).")
        default: return failure
        }
    }
}
