import GRDBSQLite

/// A C handle with the statements prepared on it. It stays on the queue of the GRDB connection that it belongs to, and
/// is of no use outside the closure or the session that was given it.
///
///     let changes = try await ledger.readTables { try $0.integer("SELECT sum(changes) FROM actor_tally") }
public final class SQLiteConnection {
    package let handle: OpaquePointer
    /// What was found to be locked, and when that is still true.
    package var remembered: AnyObject?
    /// A commit that failed here, of which it cannot be said what became: nothing is written on this connection since.
    package var undecided: UndecidedCommit?
    private var statements: [String: SQLiteStatement] = [:]
    @exclusivity(unchecked) private var recent = RecentStatements()
    @exclusivity(unchecked) var versions = FileVersions()
    /// See `known`. It was true of the file as it was then.
    @exclusivity(unchecked) package internal(set) var lastKnown: AnyObject?
    @exclusivity(unchecked) var knownVersion = FileVersion.unknown(0)

    /// More distinct statements than this on one connection are a mistake in a query builder; the cache starts again.
    private static let maximumCachedStatements = 256

    package init(handle: OpaquePointer) {
        self.handle = handle
    }

    /// A statement prepared once per connection, reset and with its old bindings cleared.
    public func statement(_ sql: String) throws -> SQLiteStatement {
        let place = TextPlace(of: sql)
        if let known = recent[place] { return known.again() }
        if let known = statements[sql] {
            recent.note(known, sql, at: place)
            return known.again()
        }
        if statements.count >= Self.maximumCachedStatements { forgetStatements() }
        let made = try SQLiteStatement(connection: handle, sql: sql)
        statements[sql] = made
        recent.note(made, sql, at: place)
        return made
    }

    /// Forgets prepared statements, as must be done before a table is dropped or renamed.
    package func forgetStatements() {
        statements.removeAll()
        recent = RecentStatements()
    }

    /// Ends statements that were left before their last row. One of them would keep the connection's snapshot, so that
    /// its next reader would not see what has been appended since.
    package func resetStatements() {
        guard sqlite3_txn_state(handle, nil) != SQLITE_TXN_NONE else { return }
        var next = sqlite3_next_stmt(handle, nil)
        while let statement = next {
            if sqlite3_stmt_busy(statement) != 0 { sqlite3_reset(statement) }
            next = sqlite3_next_stmt(handle, statement)
        }
    }

    /// Runs one or more statements that answer nothing.
    public func execute(_ sql: String) throws {
        StatementPlans.note(sql, on: handle)
        guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw SQLiteFailure(handle, during: sql) }
    }

    /// Runs the body in a writing transaction: committed when it returns, rolled back when it throws.
    ///
    /// - Parameter writer: who writes; what it committed in its last transaction here is no change of the file for it.
    /// - Throws: what the body throws, or SQLite; nothing was written then. `outcomeUnknown` where the disk keeps that
    ///   from being certain, and `writingStopped` ever after.
    package func transaction<T>(by writer: AnyObject? = nil, _ body: () throws -> T) throws -> T {
        if let undecided { throw undecided.refusal }
        try statement("BEGIN IMMEDIATE").run()
        noteBegun(by: writer)
        var isCommitted = false
        defer { noteEnded(isCommitted: isCommitted) }
        let result: T
        do {
            result = try body()
        } catch {
            rollBack()
            throw error
        }
        try committing { try statement("COMMIT").run() }
        isCommitted = true
        return result
    }

    /// Rolls back what has begun, and forgets what was read in it.
    func rollBack() {
        // Some errors (a full disk) have rolled back already; then this one has nothing to do.
        try? execute("ROLLBACK")
        remembered = nil
    }

    /// The first column of the first row, or nil where there is no row or it is NULL.
    public func integer(_ sql: String) throws -> Int64? {
        let statement = try statement(sql)
        defer { statement.reset() }
        return try statement.step() ? statement.optionalInt64(0) : nil
    }

    /// True inside BEGIN … COMMIT.
    package var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    package var changes: Int64 { sqlite3_changes64(handle) }
}
