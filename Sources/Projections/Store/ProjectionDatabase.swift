package import EventLog
package import LedgerStorage

/// The database that the tables of projections are in: the ledger's own file, or one of the store's own.
///
/// One process at a time writes to it; readers never wait.
package protocol ProjectionDatabase: TableReading {
    /// Of the file. What is beside it bears its name. A database in memory names a file that is not there.
    var path: String { get }
    var settings: ProjectionSettings { get }

    /// The tables of the file that are neither the store's nor a projection's.
    var tableNames: [String] { get }

    /// A reading connection for the caller alone, who closes it.
    ///
    /// - Parameter holdsTransactions: a transaction may stay open from one call to the next.
    func openReader(holdsTransactions: Bool) throws -> QueuedConnection

    /// Runs the body on the writer's queue with the writer lock held, without blocking the caller's thread.
    ///
    /// - Throws: `EventLogError` with `readOnly`, `busy`, `closed` or `storage`, and what the body throws.
    func onWriter<T: Sendable>(_ body: @escaping @Sendable (SQLiteConnection) throws -> T) async throws -> T

    /// The log as the connection's transaction has it.
    func committed(_ sqlite: SQLiteConnection) -> any CommittedLog

    /// The categories that are encrypted and cannot be read, as the connection's snapshot has it. Cheap, because every
    /// read asks.
    func lockedCategories(_ sqlite: SQLiteConnection) throws -> LockedCategories

    /// Refuses tables that were built from another log, and notes the log that these are of. Does nothing if both are
    /// one file.
    ///
    /// - Throws: `EventLogError.otherLog`.
    func bind() async throws

    /// Raises the file's format, so that programs refuse it that would look for what is not there any more. Call it in
    /// the transaction that takes that away.
    func refuseOlderPrograms(_ sqlite: SQLiteConnection) throws

    /// Tells how far this process has appended, or brought the tables if they follow the log.
    var signal: HeadSignal { get }

    /// Ends it, unless it is the log's, too. Idempotent.
    func close() async

    /// - Throws: `EventLogError` if a file of the ledger, or of what it needs, would be written over.
    func checkOutput(_ path: String) throws
}

extension ProjectionDatabase {
    /// The position of the last erasure; 0 if there was none. What is built beside the ledger is of no use once it has
    /// moved.
    func lastErasure() throws -> Position { try read { try committed($0).lastErasure() } }
}
