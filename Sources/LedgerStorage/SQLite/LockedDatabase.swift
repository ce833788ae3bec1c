import CLedgerShims
package import EventLog
import Foundation
import GRDBSQLite
import Synchronization

/// A database of ours that is no ledger, with a write-ahead log: one process at a time writes, readers never wait.
///
/// Invariant: every transaction that writes, and every WAL checkpoint, runs on the writer's queue under the writer lock
/// (`<path>-lock`).
///
/// It is no truth: what is in it can be made again. So its commits wait for no disk; after a power cut the last of them
/// may be gone.
package final class LockedDatabase: Sendable {
    /// What a file is that may be opened.
    package struct Kind: Sendable {
        package var applicationID: Int64
        package var formatVersion: Int64
        /// Makes the tables of a new file, in a transaction.
        package var make: @Sendable (SQLiteConnection) throws -> Void
        /// What is done with each new handle. If it throws, there is no connection.
        package var prepare: @Sendable (OpaquePointer) throws -> Void
        /// What to say of a file of another kind.
        package var isOther: @Sendable (String) -> EventLogError

        package init(
            applicationID: Int64, formatVersion: Int64, isOther: @escaping @Sendable (String) -> EventLogError,
            prepare: @escaping @Sendable (OpaquePointer) throws -> Void = { _ in },
            make: @escaping @Sendable (SQLiteConnection) throws -> Void
        ) {
            (self.applicationID, self.formatVersion, self.make) = (applicationID, formatVersion, make)
            (self.prepare, self.isOther) = (prepare, isOther)
        }

        /// - Throws: what `isOther` says, or `newerFormat`.
        fileprivate func check(_ sqlite: SQLiteConnection, _ path: String) throws {
            guard try sqlite.integer("PRAGMA application_id") == applicationID else { throw isOther(path) }
            let version = try sqlite.integer("PRAGMA user_version") ?? 0
            guard version <= formatVersion else {
                throw EventLogError(
                    .newerFormat,
                    "\(path) has format \(version), and this program knows \(formatVersion); use a newer one.")
            }
        }
    }

    package let path: String
    private let busyTimeoutMilliseconds: Int
    private let writer: QueuedConnection?
    // Proof of safety: touched only inside blocks that run on the writer's queue.
    nonisolated(unsafe) private let lock: WriterLock?
    private let readers: ReaderPool
    private let isClosed = Atomic<Bool>(false)

    /// Bytes of the write-ahead log from which on a writer moves it into the database.
    private static let walCheckpointBytes: Int64 = 16 << 20

    /// Opens the file, and makes it if there is none and it may be written.
    ///
    /// - Throws: what `kind` says of another file, `newerFormat`, `missing` if it is not there and is only to be read,
    ///   `busy` or `storage`.
    package init(path: String, _ kind: Kind, isReadOnly: Bool, readers: ReaderPool.Options, busyTimeout: Int) throws {
        self.path = path
        busyTimeoutMilliseconds = busyTimeout
        let header = DatabaseHeader(of: path)
        if let header, !header.isEmpty, !header.isSQLite { throw kind.isOther(path) }
        if header == nil, isReadOnly {
            throw EventLogError(.missing, "There is nothing at \(path); open it for writing once.")
        }
        var readers = readers
        readers.prepare = kind.prepare
        self.readers = ReaderPool(path: path, options: readers)
        do {
            guard !isReadOnly else {
                (writer, lock) = (nil, nil)
                try self.readers.read { try kind.check($0, path) }
                return
            }
            let lock = try WriterLock(of: path)
            try lock.acquire(timeoutMilliseconds: busyTimeout)
            defer { lock.release() }
            (writer, self.lock) = (try Self.openWriter(path, kind, busyTimeout), lock)
        } catch {
            throw SQLiteFailure.translated(error, path)
        }
    }

    private static func openWriter(_ path: String, _ kind: Kind, _ busyTimeout: Int) throws -> QueuedConnection {
        var options = QueuedConnection.Options()
        options.busyTimeoutMilliseconds = busyTimeout
        options.prepare = { handle in
            memledger_disable_checkpoint_on_close(handle)
            sqlite3_wal_autocheckpoint(handle, 0)
            try kind.prepare(handle)
        }
        let writer = try QueuedConnection(path: path, options)
        try writer.run { sqlite in
            if try sqlite.integer("SELECT count(*) FROM sqlite_master") == 0 {
                // Before there is a write-ahead log, so that the file's first bytes say what it is.
                try sqlite.transaction {
                    try sqlite.execute("PRAGMA application_id = \(kind.applicationID)")
                    try sqlite.execute("PRAGMA user_version = \(kind.formatVersion)")
                    try kind.make(sqlite)
                }
            }
            try kind.check(sqlite, path)
            try sqlite.execute("PRAGMA journal_mode = WAL")
            try sqlite.execute("PRAGMA synchronous = NORMAL")
        }
        SideFile.shareJournals(of: path)
        return writer
    }

    // MARK: Reading

    package var sizeBytes: Int64 {
        [path, path + "-wal"].reduce(0) { sum, path in
            var status = stat()
            return stat(path, &status) == 0 ? sum + Int64(status.st_size) : sum
        }
    }

    package func read<T>(_ body: (SQLiteConnection) throws -> T) throws -> T {
        do { return try readers.read(body) } catch { throw SQLiteFailure.translated(error, path) }
    }

    package func readSnapshot<T>(_ body: (SQLiteConnection) throws -> T) throws -> T {
        try read { sqlite in
            try sqlite.statement("BEGIN").run()
            defer { try? sqlite.statement("COMMIT").run() }
            return try body(sqlite)
        }
    }

    /// A reading connection for the caller alone, who closes it.
    package func openReader(holdsTransactions: Bool) throws -> QueuedConnection {
        do { return try readers.open(holdsTransactions: holdsTransactions) } catch {
            throw SQLiteFailure.translated(error, path)
        }
    }

    // MARK: Writing

    /// Runs the body on the writer's queue with the writer lock held, without blocking the caller's thread.
    ///
    /// - Throws: `EventLogError` with `readOnly`, `busy`, `closed` or `storage`, and what the body throws.
    package func onWriter<T: Sendable>(_ body: @escaping @Sendable (SQLiteConnection) throws -> T) async throws -> T {
        guard let writer else { throw EventLogError.readOnly }
        return try await withCheckedThrowingContinuation { continuation in
            writer.schedule { [self] sqlite in
                continuation.resume(
                    with: Result {
                        do { return try locked(sqlite, body) } catch {
                            throw SQLiteFailure.translated(error, path)
                        }
                    })
            }
        }
    }

    private func locked<T>(_ sqlite: SQLiteConnection, _ body: (SQLiteConnection) throws -> T) throws -> T {
        if isClosed.load(ordering: .acquiring) { throw EventLogError.closed }
        try lock?.acquire(timeoutMilliseconds: busyTimeoutMilliseconds)
        defer { lock?.release() }
        let result = try body(sqlite)
        var status = stat()
        if stat(path + "-wal", &status) == 0, status.st_size > Self.walCheckpointBytes { walCheckpoint(sqlite) }
        return result
    }

    /// One that cannot finish loses nothing: the next one goes on.
    private func walCheckpoint(_ sqlite: SQLiteConnection) {
        sqlite3_wal_checkpoint_v2(sqlite.handle, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil)
    }

    /// Deletes the file of such a database, if there is one. Who has it open goes on with a file that has no name.
    ///
    /// - Parameter identity: only if it is this file; nil: whichever is there.
    /// - Returns: how many files are gone.
    /// - Throws: `notALedger` for a file of another kind; `busy` where another process writes it for long.
    @discardableResult
    package static func remove(
        _ path: String, if identity: FileIdentity? = nil, applicationID: Int64, busyTimeout: Int
    ) throws -> Int {
        guard LedgerPlaces.exists(path) else { return 0 }
        let lock = try WriterLock(of: path)
        try lock.acquire(timeoutMilliseconds: busyTimeout)
        defer { lock.release() }
        if let identity, FileIdentity(path) != identity { return 0 }
        guard let header = DatabaseHeader(of: path), header.isEmpty || header.applicationID == applicationID else {
            throw EventLogError(.notALedger, "\(path) is not what is kept there; move it away.")
        }
        return ["-wal", "-shm", ""].count { unlink(path + $0) == 0 }
    }

    /// Closes every connection. Idempotent.
    package func close() async {
        readers.close()
        guard !isClosed.load(ordering: .acquiring) else { return }
        try? await onWriter { [self] in walCheckpoint($0) }
        guard !isClosed.exchange(true, ordering: .acquiringAndReleasing) else { return }
        writer?.close()
    }
}
