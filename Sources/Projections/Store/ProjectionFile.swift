import CLedgerShims
public import EventLog
import Foundation
import GRDBSQLite
package import LedgerStorage
import Synchronization

/// A database of the store's own, for a log that is somewhere else: its tables follow the log, and can be built again
/// from it at any time.
///
/// Invariants:
/// 1. Every transaction that writes, and every WAL checkpoint, runs on the writer's queue under the writer lock.
/// 2. The tables are of one log: the id of its first event is noted before any event is applied.
package final class ProjectionFile: ProjectionDatabase {
    package let path: String
    package let settings: ProjectionSettings
    package let signal = HeadSignal()

    private let log: any EventLog
    private let writer: QueuedConnection?
    // Proof of safety: touched only inside blocks that run on the writer's queue.
    nonisolated(unsafe) private let lock: WriterLock?
    private let presence: LedgerPresence?
    private let readers: ReaderPool
    private let isBound = Atomic<Bool>(false)
    private let isClosed = Atomic<Bool>(false)

    /// Bytes of the write-ahead log from which on a writer moves it into the database.
    private static let walCheckpointBytes: Int64 = 16 << 20
    /// 1 had a table `projections`: see `FormerLayout`.
    private static let formatVersion: Int64 = 2

    /// Opens the file, and makes it if there is none.
    ///
    /// - Throws: `EventLogError` with `notALedger` if the file is something else, `newerFormat`, `missing` if it is not
    ///   there and was opened for reading only, `busy` or `storage`.
    package init(path given: String, log: any EventLog, settings: ProjectionSettings) throws {
        let path = try RealFile.path(given)
        self.path = path
        self.log = log
        self.settings = settings
        let header = DatabaseHeader(of: path)
        if let header, !header.isEmpty, !header.isSQLite { throw Self.isOther(path) }
        if header == nil, settings.isReadOnly {
            throw EventLogError(.missing, "There are no tables at \(path); open them for writing once.")
        }
        readers = ReaderPool(path: path, options: settings.readers)
        do {
            guard !settings.isReadOnly else {
                (writer, lock, presence) = (nil, nil, nil)
                try readers.read { try Self.check($0, path) }
                return
            }
            let presence = try LedgerPresence.share(.writing, of: path, settings.busyTimeoutMilliseconds)
            let lock = try WriterLock(of: path)
            try lock.acquire(timeoutMilliseconds: settings.busyTimeoutMilliseconds)
            defer { lock.release() }
            var options = QueuedConnection.Options()
            options.busyTimeoutMilliseconds = settings.busyTimeoutMilliseconds
            options.prepare = { handle in
                memledger_disable_checkpoint_on_close(handle)
                sqlite3_wal_autocheckpoint(handle, 0)
            }
            let writer = try QueuedConnection(path: path, options)
            try writer.run { sqlite in
                if try sqlite.integer("SELECT count(*) FROM sqlite_master") == 0 { try Self.make(sqlite) }
                try Self.check(sqlite, path)
                try sqlite.execute("PRAGMA journal_mode = WAL")
                // A power cut may take the last commits: the tables are behind the log then, and follow it again.
                try sqlite.execute("PRAGMA synchronous = NORMAL")
            }
            SideFile.shareJournals(of: path)
            (self.writer, self.lock, self.presence) = (writer, lock, presence)
        } catch {
            throw SQLiteFailure.translated(error, path)
        }
    }

    private static func make(_ sqlite: SQLiteConnection) throws {
        // Before there is a write-ahead log, so that the file's first bytes say what it is.
        try sqlite.transaction {
            try sqlite.execute("PRAGMA application_id = \(ApplicationID.projections)")
            try sqlite.execute("PRAGMA user_version = \(formatVersion)")
            try ProjectionTables.create(sqlite)
            try sqlite.execute("CREATE TABLE followed_log (first_event TEXT NOT NULL)")
        }
    }

    private static func check(_ sqlite: SQLiteConnection, _ path: String) throws {
        guard try sqlite.integer("PRAGMA application_id") == ApplicationID.projections else { throw isOther(path) }
        let version = try sqlite.integer("PRAGMA user_version") ?? 0
        guard version <= formatVersion else {
            throw EventLogError(
                .newerFormat, "\(path) has format \(version), and this program knows \(formatVersion); use a newer one."
            )
        }
    }

    package func refuseOlderPrograms(_ sqlite: SQLiteConnection) throws {
        try sqlite.execute("PRAGMA user_version = \(Self.formatVersion)")
    }

    private static func isOther(_ path: String) -> EventLogError {
        EventLogError(
            .notALedger, "\(path) holds no tables that follow an event log; name another file, or move it away.")
    }

    package var tableNames: [String] { ["followed_log"] }

    package func bind() async throws {
        if isBound.load(ordering: .acquiring) { return }
        guard let first = try log.makeFeed(after: 0).page(limit: 1).first?.id.description else { return }
        if settings.isReadOnly {
            if let known = try read({ try Self.followed($0) }), known != first { throw otherLog }
        } else {
            try await onWriter { [self] sqlite in
                try sqlite.transaction {
                    if let known = try Self.followed(sqlite) {
                        if known != first { throw otherLog }
                        return
                    }
                    // It is not known which log such rows are from: they are built again.
                    try ProjectionTables.outdateAll(sqlite)
                    let insert = try sqlite.statement("INSERT INTO followed_log (first_event) VALUES (?)")
                    insert.bind(1, first)
                    try insert.run()
                }
            }
        }
        isBound.store(true, ordering: .releasing)
    }

    /// The id of the first event of the log that the tables are of; nil if it was not noted yet.
    private static func followed(_ sqlite: SQLiteConnection) throws -> String? {
        let row = try sqlite.statement("SELECT first_event FROM followed_log LIMIT 1")
        defer { row.reset() }
        return try row.step() ? row.text(0) : nil
    }

    private var otherLog: EventLogError {
        EventLogError(.otherLog, "\(path) follows another log than this one; name another file, or delete it.")
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

    package func openReader(holdsTransactions: Bool) throws -> QueuedConnection {
        do { return try readers.open(holdsTransactions: holdsTransactions) } catch {
            throw SQLiteFailure.translated(error, path)
        }
    }

    package func committed(_ sqlite: SQLiteConnection) -> any CommittedLog { FollowedLog(log: log) }

    /// Nothing that these tables hold is encrypted.
    package func lockedCategories(_ sqlite: SQLiteConnection) throws -> LockedCategories {
        LockedCategories(categories: [], reason: .masterKeyMissing)
    }

    package func checkOutput(_ path: String) throws {
        guard LedgerPlaces.belongs(path, to: self.path) else { return }
        throw EventLogError(.fileExists, "\(path) is the ledger's own; name another file.")
    }

    // MARK: Writing

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
        try lock?.acquire(timeoutMilliseconds: settings.busyTimeoutMilliseconds)
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

    /// Closes every connection. Idempotent.
    package func close() async {
        signal.wakeAll()
        readers.close()
        guard !isClosed.load(ordering: .acquiring) else { return }
        try? await onWriter { [self] in walCheckpoint($0) }
        guard !isClosed.exchange(true, ordering: .acquiringAndReleasing) else { return }
        writer?.close()
        presence?.leave()
    }
}

extension EventLogError.Code {
    /// Tables were built from another log.
    public static let otherLog = Self("other_log")
}

/// A log that is somewhere else, read by its feed.
private struct FollowedLog: CommittedLog {
    let log: any EventLog

    func head() throws -> Position { try log.makeFeed(after: 0).head() }

    func replay(after first: Position, through last: Position, _ body: (RecordedEvent) throws -> Void) throws {
        guard first < last else { return }
        let feed = try log.makeFeed(after: first)
        while true {
            let page = try feed.page(limit: Self.pageEvents, through: last)
            for event in page { try body(event) }
            if page.last?.position == last { return }
            if page.isEmpty { throw EventLogError.damagedLog(at: last, "the log's feed ends before it") }
        }
    }

    private static let pageEvents = 4_096

    func end(of events: Int, after first: Position, through bound: Position) throws -> Position {
        // None of a log's positions is missing.
        min(bound, first.addingCapped(Position(events)))
    }

    func event(at position: Position) throws -> RecordedEvent? {
        guard position > 0 else { return nil }
        return try log.makeFeed(after: position - 1).page(limit: 1, through: position).first
    }

    /// Reads everything that came since.
    func lastEvent(
        of stream: StreamName, types: Set<EventType>, after position: Position
    ) throws -> RecordedEvent? {
        var last: RecordedEvent?
        try replay(after: position, through: head()) { event in
            if event.stream == stream, types.contains(event.type) { last = event }
        }
        return last
    }

    func recordedAt(_ position: Position) throws -> Timestamp? { try event(at: position)?.recordedAt }
    func lastErasure() throws -> Position { 0 }
    func checkEnd() throws {}
}
