import EventLog
import GRDB
import GRDBSQLite

/// A connection to a database with a queue of its own, which runs one block after the other.
///
/// GRDB owns the handle, the queue and the waiting for locks. What is prepared and run on the handle is
/// `SQLiteConnection`'s: DESIGN.md says why.
package final class QueuedConnection: Sendable {
    package struct Options: Sendable {
        /// Nothing can be written.
        package var isReadOnly = false
        /// How long SQLite waits for a lock, in milliseconds.
        package var busyTimeoutMilliseconds = 0
        /// A transaction may stay open from one block to the next.
        package var holdsTransactions = false
        /// What is done with the new handle before anything else. If it throws, there is no connection.
        package var prepare: @Sendable (OpaquePointer) throws -> Void = { _ in }

        package init() {}
    }

    private let queue: DatabaseQueue
    // Proof of safety: touched only inside blocks that run on `queue`, also by a reader that keeps it between them; and
    // by the one reader that a pool has lent it to, from the pool's lock to the pool's lock.
    package nonisolated(unsafe) let sqlite: SQLiteConnection
    private let isBorrowed: Bool

    /// A connection that others go on using when this one is closed.
    package init(borrowing other: QueuedConnection) {
        (queue, sqlite, isBorrowed) = (other.queue, other.sqlite, true)
    }

    /// - Parameter path: `:memory:` for a database of its own in memory.
    /// - Throws: what SQLite says; see `SQLiteFailure.translated`.
    package init(path: String, _ options: Options = Options()) throws {
        isBorrowed = false
        SQLiteLibrary.prepare()
        var configuration = Configuration()
        configuration.readonly = options.isReadOnly
        configuration.allowsUnsafeTransactions = options.holdsTransactions
        if options.busyTimeoutMilliseconds > 0 {
            configuration.busyMode = .timeout(Double(options.busyTimeoutMilliseconds) / 1_000)
        }
        let prepare = options.prepare
        configuration.prepareDatabase { database in
            guard let handle = database.sqliteConnection else { throw EventLogError.closed }
            try prepare(handle)
        }
        queue = try DatabaseQueue(path: path, configuration: configuration)
        sqlite = try queue.unsafeRead { database in
            guard let handle = database.sqliteConnection else { throw EventLogError.closed }
            // GRDB's authorizer notes what each statement reads, for observers. None is ever there, and what it notes
            // only grows: a rebuild spent a ninth of its instructions on it.
            sqlite3_set_authorizer(handle, nil, nil)
            return SQLiteConnection(handle: handle)
        }
    }

    /// Runs the body when its turn has come, and waits for it. Not within a body that runs on this connection.
    package func run<T>(_ body: (SQLiteConnection) throws -> T) rethrows -> T {
        try queue.writeWithoutTransaction { _ in try body(sqlite) }
    }

    /// Runs the body at once, on the caller's thread. Only if nothing else can use the connection meanwhile: a pool
    /// lends each of its own to one reader at a time. GRDB's queue costs a short read a tenth.
    func runUnshared<T>(_ body: (SQLiteConnection) throws -> T) rethrows -> T { try body(sqlite) }

    /// The same, also within a body that runs on this connection: then it runs at once.
    package func runReentrantly<T>(_ body: (SQLiteConnection) throws -> T) rethrows -> T {
        try queue.unsafeReentrantRead { _ in try body(sqlite) }
    }

    /// Runs the body when its turn has come, without waiting for it.
    package func schedule(_ body: @escaping @Sendable (SQLiteConnection) -> Void) {
        queue.asyncWriteWithoutTransaction { [self] _ in body(sqlite) }
    }

    /// Which file SQLite has open, if that is the one at the path.
    ///
    /// - Throws: `EventLogError.ledgerMoved`.
    package func identity(at path: String) throws -> FileIdentity {
        let identity = FileIdentity(path)
        var hasMoved: Int32 = 0
        _ = run { sqlite3_file_control($0.handle, "main", SQLITE_FCNTL_HAS_MOVED, &hasMoved) }
        guard let identity, hasMoved == 0 else { throw OpenLedger.moved(path, "was deleted or replaced") }
        return identity
    }

    package func close() {
        if isBorrowed { return }
        // Failing to close leaves the handle to the process's end; nothing is lost by that.
        run { $0.forgetStatements() }
        try? queue.close()
    }
}
