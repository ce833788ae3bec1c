import CLedgerShims
import EventLog
import Foundation
import GRDBSQLite
package import LedgerCapabilities
package import LedgerStorage
import Synchronization

/// A ledger's SQLite file: one writing connection, a pool of reading ones, and the writer lock.
///
/// Invariants:
/// 1. Every transaction that writes, and every WAL checkpoint, runs on the writer's queue under the writer lock.
/// 2. No connection makes a WAL checkpoint by itself: not after a commit, not when it closes.
/// 3. Readers are read-only connections, and never wait for the lock.
///
/// A ledger in memory has one connection for all of this and no lock: see `LedgerFile+InMemory.swift`.
package final class LedgerFile: Sendable {
    package let path: String
    package let options: LedgerFileOptions

    private let writer: Writer?
    /// Nil in memory, where the writer's connection reads too.
    private let readers: ReaderPool?
    /// See `lostHead`.
    let lost: Mutex<LostHead?>
    /// The last jump of the clock that an append noticed.
    let clockJump = Mutex<ClockJump?>(nil)
    /// Where an in-memory ledger's rebuild has its files.
    private let scratch: TemporaryFolder?

    /// Of the file, in `PRAGMA user_version`: it says which tables there are. What a leaf of the tree covers has a
    /// format of its own, the mark that it begins with (`Schemas/EVENT_ENCODING.md`).
    ///
    /// From 2 on there is a tree. From 3 on there is no table `projections`: see `refuseOlderPrograms`.
    static let formatVersion: Int64 = 3
    /// The first format that has a tree.
    static let treeFormat: Int64 = 2

    /// The log's own tables, without the tree.
    static let scripts = [PackageResources.events_sql, PackageResources.event_index_sql]

    final class Writer: Sendable {
        let connection: QueuedConnection
        // Proof of safety: touched only inside blocks that run on the connection's queue. Nil in memory.
        nonisolated(unsafe) let lock: WriterLock?
        // Proof of safety: as above. A block is running, so that a read within it must leave its statements alone.
        nonisolated(unsafe) var isInUse = false
        /// Keeps others from replacing the file. Nil in memory.
        let presence: LedgerPresence?
        /// Which file it is. Nil in memory.
        let opened: OpenLedger?
        /// Pages in the write-ahead log after the last commit.
        let walPages = Atomic<Int>(0)
        /// Something was committed here, by whomever: appends, rebuilds, dictionaries.
        let hasCommitted = Atomic<Bool>(false)
        /// No handle may be touched any more.
        let isClosed = Atomic<Bool>(false)
        /// Blocks that run or wait for their turn.
        let blocks = Atomic<Int>(0)

        init(connection: QueuedConnection, lock: WriterLock?, presence: LedgerPresence?, opened: OpenLedger?) {
            self.connection = connection
            self.lock = lock
            self.presence = presence
            self.opened = opened
        }
    }

    /// The bytes of the database and its write-ahead log.
    package var sizeBytes: Int64 {
        if isInMemory { return sizeInMemory }
        return [path, path + "-wal"].reduce(0) { sum, path in
            var status = stat()
            return stat(path, &status) == 0 ? sum + Int64(status.st_size) : sum
        }
    }

    /// What is known of the file and of those that read it.
    func addFigures(to figures: inout LogFigures) {
        guard let readers else { return }
        var status = stat()
        if stat(path + "-wal", &status) == 0 { figures.walBytes = Int64(status.st_size) }
        let pool = readers.figures
        (figures.openReaders, figures.busyReaders) = (pool.open, pool.busy)
        (figures.cacheHits, figures.cacheMisses) = (pool.cacheHits, pool.cacheMisses)
        (figures.maximumReaders, figures.reads, figures.readerWaits) = (pool.most, pool.waits.reads, pool.waits.waits)
        figures.readerWaitNanoseconds = pool.waits.nanoseconds
        figures.longestReaderWaitNanoseconds = pool.waits.longestNanoseconds
    }

    // MARK: Opening

    package init(path given: String, options: LedgerFileOptions) throws {
        // A process that comes by a symbolic link must take the same lock.
        let path = try RealFile.path(given)
        self.path = path
        self.options = options
        scratch = nil
        // First: an append that comes after must not look like a loss.
        let heads = HeadFile.read(of: path)
        try Self.checkIsNotCut(path, heads)
        try Self.checkHeader(path)
        let exists = FileManager.default.fileExists(atPath: path)
        if !exists, options.access != .create {
            throw EventLogError(
                .missing, "There is no ledger at \(path); make one with `memledger init`, or name another file.")
        }
        do {
            let opened = options.access == .readOnly ? nil : try Self.openWriter(path, options, heads)
            let readers = ReaderPool(path: path, options: options.readers)
            self.readers = readers
            writer = opened?.writer
            if let opened {
                lost = Mutex(opened.lost)
                return
            }
            let found = try readers.read { sqlite in
                try Self.snapshot(sqlite) {
                    try Self.checkIsNotEmptied(path, heads, sqlite)
                    try Self.checkFormat(sqlite, path)
                    return try Self.loss(of: path, against: heads, sqlite, options.limits)
                }
            }
            lost = Mutex(found)
        } catch {
            throw SQLiteFailure.translated(error, path)
        }
    }

    /// A ledger in memory, which goes with the last reference to it or when it is closed.
    package init(inMemory given: LedgerFileOptions) throws {
        var options = given
        options.access = .create
        self.options = options
        let scratch = try TemporaryFolder()
        self.scratch = scratch
        lost = Mutex(nil)
        path = scratch.path + "/ledger"
        readers = nil
        do {
            let connection = try QueuedConnection(path: ":memory:", Self.writing(options))
            try connection.run { try Self.create($0, options, at: nil) }
            writer = Writer(connection: connection, lock: nil, presence: nil, opened: nil)
        } catch {
            throw SQLiteFailure.translated(error, path)
        }
    }

    package var isInMemory: Bool { readers == nil }

    /// Refuses what is no ledger by its first bytes, before anything is made beside it. A file that is new or empty may
    /// become one.
    private static func checkHeader(_ path: String) throws {
        guard LedgerPlaces.isFile(path) || !LedgerPlaces.exists(path) else {
            throw EventLogError(.notALedger, "\(path) is no regular file, so no ledger; name the ledger's file.")
        }
        try SideFile.checkKinds(beside: path)
        guard let header = DatabaseHeader(of: path), !header.isEmpty else { return }
        guard header.isSQLite else {
            throw EventLogError(.notALedger, "\(path) is not an SQLite database; name another file.")
        }
        // Until the first WAL checkpoint the application id stands in the write-ahead log only.
        var log = stat()
        if stat(path + "-wal", &log) == 0, log.st_size > 0 { return }
        // A lock file means that somebody may be making the ledger just now: the check under the lock decides.
        if stat(path + "-lock", &log) == 0 { return }
        if let id = header.applicationID, id != ApplicationID.ledger { throw notALedger(path) }
    }

    private static func notALedger(_ path: String) -> EventLogError {
        guard LedgerPlaces.hasContent(path) || LedgerPlaces.hasContent(path + "-wal") else {
            return EventLogError(
                .notALedger,
                "\(path) is empty, so no ledger; make one there with `memledger init`, or name another file.")
        }
        return EventLogError(
            .notALedger,
            "\(path) is an SQLite database but not a ledger; name another file, or import it with `memledger migrate`.")
    }

    /// - Parameter heads: what was acknowledged before.
    private static func openWriter(
        _ path: String, _ options: LedgerFileOptions, _ heads: [AcknowledgedHead]
    ) throws -> (writer: Writer, lost: LostHead?) {
        try options.protectedFiles.check(ledger: path)
        // First, so that the file which is opened is the one that stays.
        let presence = try LedgerPresence.share(.writing, of: path, options.busyTimeoutMilliseconds)
        let lock = try WriterLock(of: path)
        try lock.acquire(timeoutMilliseconds: options.busyTimeoutMilliseconds)
        defer { lock.release() }
        try LedgerNames.settle(path)
        for name in ["-wal", "-shm", "-journal"] { try SideFile.check(path + name) }
        let hasLog = LedgerPlaces.exists(path + "-wal")
        let connection = try QueuedConnection(path: path, writing(options))
        let lost = try connection.run { sqlite in
            try checkIsNotEmptied(path, heads, sqlite)
            if try sqlite.integer("SELECT count(*) FROM sqlite_master") == 0 { try create(sqlite, options, at: path) }
            // SQLite syncs the folder of a log that it makes, and does not look whether that succeeds.
            if !hasLog { try AtomicFile.syncFolder(of: path) }
            try checkFormat(sqlite, path)
            let lost = try loss(of: path, against: heads, sqlite, options.limits)
            if lost == nil {
                try upgrade(sqlite, options)
                if try BackupInfo.exists(sqlite) { try sqlite.transaction { try BackupInfo.remove(sqlite) } }
            }
            try sqlite.execute("PRAGMA journal_mode = WAL")
            try sqlite.execute("PRAGMA synchronous = \(options.durability.pragma)")
            try sqlite.execute("PRAGMA cache_size = -\(options.writerCacheKibibytes)")
            // Debian's SQLite overwrites freed pages with zeros, each a page of write-ahead log. What is freed here
            // stands in the log's events for ever, so it would hide nothing. An erasure writes all pages again.
            try sqlite.execute("PRAGMA secure_delete = OFF")
            return lost
        }
        SideFile.shareJournals(of: path)
        let opened = OpenLedger(path: path, identity: try connection.identity(at: path))
        let writer = Writer(connection: connection, lock: lock, presence: presence, opened: opened)
        watchWAL(of: writer)
        return (writer, lost)
    }

    private static func writing(_ options: LedgerFileOptions) -> QueuedConnection.Options {
        var writing = QueuedConnection.Options()
        writing.busyTimeoutMilliseconds = options.busyTimeoutMilliseconds
        writing.prepare = { handle in
            memledger_disable_checkpoint_on_close(handle)
            memledger_disable_triggers(handle)
            sqlite3_wal_autocheckpoint(handle, 0)
        }
        return writing
    }

    /// - Parameter path: nil in memory.
    private static func create(_ sqlite: SQLiteConnection, _ options: LedgerFileOptions, at path: String?) throws {
        try sqlite.execute("PRAGMA journal_mode = WAL")
        try sqlite.execute("PRAGMA synchronous = FULL")
        try sqlite.transaction {
            // The file and its log are there by now. Where their names are not durable there is nothing in them.
            if let path { try AtomicFile.syncFolder(of: path) }
            try sqlite.execute("PRAGMA application_id = \(ApplicationID.ledger)")
            try sqlite.execute("PRAGMA user_version = \(formatVersion)")
            for script in scripts { try sqlite.execute(String(decoding: script, as: UTF8.self)) }
            try TreeUpgrade.createTables(sqlite)
            try newID(options).save(sqlite)
        }
    }

    /// Gives a ledger that has no tree one. The tables of projections are their store's, which brings them to the
    /// present format itself.
    private static func upgrade(_ sqlite: SQLiteConnection, _ options: LedgerFileOptions) throws {
        guard try sqlite.integer("PRAGMA user_version") ?? 0 < treeFormat else { return }
        try sqlite.transaction {
            try TreeUpgrade.run(sqlite, id: newID(options), limits: options.limits)
            try sqlite.execute("PRAGMA user_version = \(treeFormat)")
        }
    }

    /// Raises the format, so that programs refuse the file that would look for a table `projections` in it. Call it in
    /// the transaction that takes that table away.
    package func refuseOlderPrograms(_ sqlite: SQLiteConnection) throws {
        try sqlite.execute("PRAGMA user_version = \(Self.formatVersion)")
    }

    private static func newID(_ options: LedgerFileOptions) throws -> LedgerID {
        guard let id = LedgerID(bytes: options.randomness.bytes(LedgerID.byteCount)) else {
            throw EventLogError(.invalidArgument, "The source of randomness must answer as many bytes as it is asked.")
        }
        return id
    }

    private static func checkFormat(_ sqlite: SQLiteConnection, _ path: String) throws {
        guard try sqlite.integer("PRAGMA application_id") == ApplicationID.ledger else {
            throw notALedger(path)
        }
        let version = try sqlite.integer("PRAGMA user_version") ?? 0
        guard version <= formatVersion else {
            throw EventLogError(
                .newerFormat, "\(path) has format \(version), and this program knows \(formatVersion); use a newer one."
            )
        }
    }

    /// Lets SQLite tell after each commit how long the write-ahead log has become.
    private static func watchWAL(of writer: Writer) {
        let context = Unmanaged.passUnretained(writer).toOpaque()
        // The writer outlives its connection's handle, so the pointer stays good.
        writer.connection.run { sqlite in
            _ = sqlite3_wal_hook(
                sqlite.handle,
                { context, _, _, pages in
                    if let context {
                        let writer = Unmanaged<Writer>.fromOpaque(context).takeUnretainedValue()
                        writer.walPages.store(Int(pages), ordering: .relaxed)
                        writer.hasCommitted.store(true, ordering: .relaxed)
                    }
                    return SQLITE_OK
                }, context)
        }
    }

    // MARK: Reading

    /// Runs the body on a reading connection. A single SELECT is its own snapshot; for several use `readSnapshot`.
    package func read<T>(_ body: (SQLiteConnection) throws -> T) throws -> T {
        do {
            if let readers { return try readers.read(body) }
            guard let writer else { throw EventLogError.closed }
            return try writer.read(body)
        } catch {
            throw SQLiteFailure.translated(error, path)
        }
    }

    /// Runs the body in one read transaction, so that all of its statements see the same moment. Keep it short: a long
    /// reader keeps the write-ahead log from being reset.
    package func readSnapshot<T>(_ body: (SQLiteConnection) throws -> T) throws -> T {
        try read { sqlite in
            // In memory, within a block of the writer's, its transaction is the snapshot.
            if sqlite.isInTransaction { return try body(sqlite) }
            return try Self.snapshot(sqlite) { try body(sqlite) }
        }
    }

    private static func snapshot<T>(_ sqlite: SQLiteConnection, _ body: () throws -> T) throws -> T {
        try sqlite.statement("BEGIN").run()
        defer { try? sqlite.statement("COMMIT").run() }
        return try body()
    }

    /// A reading connection for the caller alone, who closes it.
    ///
    /// - Parameter holdsTransactions: a transaction may stay open from one call to the next.
    package func openReader(holdsTransactions: Bool = false) throws -> QueuedConnection {
        do {
            if let readers { return try readers.open(holdsTransactions: holdsTransactions) }
            guard let writer else { throw EventLogError.closed }
            return holdsTransactions ? try writer.copy() : QueuedConnection(borrowing: writer.connection)
        } catch {
            throw SQLiteFailure.translated(error, path)
        }
    }

    // MARK: Writing

    /// Runs the body on the writer's queue with the writer lock held, without a transaction.
    package func withWriterLock<T>(_ body: (SQLiteConnection) throws -> T) throws -> T {
        guard let writer else { throw EventLogError.readOnly }
        writer.blocks.add(1, ordering: .relaxed)
        defer { writer.blocks.subtract(1, ordering: .relaxed) }
        do {
            return try writer.connection.run { try locked(writer, $0, body) }
        } catch {
            throw SQLiteFailure.translated(error, path)
        }
    }

    /// The same, without waiting for it; the body gets the error where the lock cannot be had.
    func asyncWithWriterLock(_ body: @escaping @Sendable (Result<SQLiteConnection, any Error>) -> Void) {
        guard let writer else { return body(.failure(EventLogError.readOnly)) }
        writer.blocks.add(1, ordering: .relaxed)
        writer.connection.schedule { [self] sqlite in
            defer { writer.blocks.subtract(1, ordering: .relaxed) }
            do {
                try locked(writer, sqlite) { body(.success($0)) }
            } catch {
                body(.failure(SQLiteFailure.translated(error, path)))
            }
        }
    }

    /// The same at once, on the caller's thread, if nothing else uses the connection and the lock is free. What takes
    /// longer than the body, a WAL checkpoint, is left to the queue.
    ///
    /// - Returns: false if the body was not called.
    func withFreeWriterLock(_ body: (Result<SQLiteConnection, any Error>) -> Void) -> Bool {
        guard let writer, writer.blocks.compareExchange(expected: 0, desired: 1, ordering: .relaxed).exchanged else {
            return false
        }
        defer { writer.blocks.subtract(1, ordering: .relaxed) }
        let wasCalled = writer.connection.run { sqlite in
            do {
                try locked(writer, sqlite, atOnce: true) { body(.success($0)) }
            } catch let error as EventLogError where error.code == .busy {
                return false
            } catch {
                body(.failure(SQLiteFailure.translated(error, path)))
            }
            return true
        }
        if needsCheckpoint(writer) { asyncWithWriterLock { _ in } }
        return wasCalled
    }

    /// - Parameter atOnce: without waiting for the lock, and without a WAL checkpoint.
    private func locked<T>(
        _ writer: Writer, _ sqlite: SQLiteConnection, atOnce: Bool = false, _ body: (SQLiteConnection) throws -> T
    ) throws -> T {
        if writer.isClosed.load(ordering: .acquiring) { throw EventLogError.closed }
        if let undecided = sqlite.undecided { throw undecided.refusal }
        try writer.lock?.acquire(timeoutMilliseconds: atOnce ? 0 : options.busyTimeoutMilliseconds)
        writer.isInUse = true
        defer {
            writer.isInUse = false
            writer.lock?.release()
        }
        try refuseAfterLoss(sqlite)
        // What is written to a file that no process finds any more is not to be acknowledged.
        try writer.opened?.check()
        let result = try body(sqlite)
        if !atOnce, needsCheckpoint(writer) { walCheckpoint(writer, SQLITE_CHECKPOINT_PASSIVE) }
        return result
    }

    private func needsCheckpoint(_ writer: Writer) -> Bool {
        writer.walPages.load(ordering: .relaxed) >= options.walCheckpointPages
    }

    /// The file and its write-ahead log are what was opened. It is looked at without the connection, on any thread.
    ///
    /// - Throws: `EventLogError` with `ledgerMoved`, `severalNames` or `storage`.
    package func checkIsInPlace() throws { try writer?.opened?.check() }

    /// What was written is to be said to somebody: it must still be where others find it.
    ///
    /// - Throws: `EventLogError` with `ledgerMoved`, `severalNames` or `storage`.
    package func checkIsThere() throws {
        do { try writer?.opened?.check() } catch var error as EventLogError {
            // What was written is in the file, and its next append is refused.
            if error.code == .severalNames { return }
            if error.code == .ledgerMoved {
                error.message =
                    "\(path), or its write-ahead log, was deleted, moved or replaced while it was open: what was "
                    + "written is in the files that were open, which are not there any more. Bring them back, and look."
            }
            throw error
        }
    }

    /// Copies the write-ahead log into the database as far as readers permit. Called with the lock held.
    private func walCheckpoint(_ writer: Writer, _ mode: Int32) {
        // A WAL checkpoint that cannot finish loses nothing: the next one goes on.
        let handle = writer.connection.sqlite.handle
        var pages: Int32 = 0
        var copied: Int32 = 0
        sqlite3_busy_timeout(handle, 0)
        sqlite3_wal_checkpoint_v2(handle, nil, mode, &pages, &copied)
        sqlite3_busy_timeout(handle, Int32(clamping: options.busyTimeoutMilliseconds))
        if pages >= 0, copied >= pages { writer.walPages.store(0, ordering: .relaxed) }
    }

    /// Moves everything into the main file and empties the write-ahead log, unless a reader is in the way.
    package func truncateWAL() throws {
        guard let writer else { throw EventLogError.readOnly }
        try withWriterLock { _ in walCheckpoint(writer, SQLITE_CHECKPOINT_TRUNCATE) }
    }

    /// Closes every connection. Call it when no read or write is under way.
    ///
    /// A log that is left behind costs every later process: the one that opens it first reads all of it.
    package func close() {
        if let writer, writer.hasCommitted.load(ordering: .relaxed) {
            readers?.close()
            try? truncateWAL()
        }
        readers?.close()
        guard let writer, !writer.isClosed.exchange(true, ordering: .acquiringAndReleasing) else { return }
        // What the queue has taken runs first, and what comes after finds the mark.
        writer.connection.close()
        writer.presence?.leave()
        scratch?.remove()
    }
}
