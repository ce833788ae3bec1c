public import EventLog
import Foundation
public import LedgerCapabilities
package import LedgerStorage
package import MerkleLog
import Synchronization

/// The event log in an SQLite file: see `EventLog` for what it promises, DESIGN.md for how.
///
///     let log = try SQLiteEventLog(path: "events.sqlite", clock: SystemTimeSource())
///
/// Concurrent appends share one transaction and one sync. One process writes at a time, in turn; readers never wait.
public final class SQLiteEventLog: EventLog {
    package let file: LedgerFile
    package let clock: any TimeSource
    private let dictionaries = DictionaryStore()
    package let keys: KeyRing
    private let tails = TailCache()
    private let encoders = EncoderPool()
    package let signal = HeadSignal()
    let committer: GroupCommitter
    private let isClosed = Atomic<Bool>(false)

    public var limits: EventLogLimits { file.options.limits }
    public var path: String { file.path }

    /// The tables and views of the log itself, which no projection may have.
    package static let tableNames =
        (LedgerFile.scripts + [
            PackageResources.merkle_tree_sql, PackageResources.protection_sql, PackageResources.backup_info_sql,
        ]).flatMap { script in script.split(separator: UInt8(ascii: "\n")).compactMap { createdTable($0) } }

    /// The table or view that a line begins to make. A regular expression would take a command 1.5 ms at its start.
    private static func createdTable(_ line: ArraySlice<UInt8>) -> String? {
        var rest = line
        guard let word = ["CREATE TABLE ", "CREATE VIEW "].first(where: { rest.starts(with: $0.utf8) }) else {
            return nil
        }
        rest = rest.dropFirst(word.utf8.count)
        let condition = "IF NOT EXISTS "
        if rest.starts(with: condition.utf8) { rest = rest.dropFirst(condition.utf8.count) }
        let name = rest.prefix { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "(") }
        return name.isEmpty ? nil : String(decoding: name, as: UTF8.self)
    }

    /// Opens or makes the log.
    ///
    /// - Throws: `EventLogError` with `missing`, `notALedger`, `newerFormat`, `busy` or `storage`.
    public convenience init(path: String, options: LedgerFileOptions = .init(), clock: any TimeSource) throws {
        try self.init(file: LedgerFile(path: path, options: options), clock: clock)
    }

    /// A log in memory, for tests and trials: it keeps every promise but durability, and goes when it is closed.
    ///
    /// - Parameter options: `access` and what is about files and locks have no meaning here.
    /// - Throws: `EventLogError.storage` where no temporary folder can be made.
    public static func inMemory(
        options: LedgerFileOptions = .init(), clock: any TimeSource
    ) throws -> SQLiteEventLog {
        try SQLiteEventLog(file: LedgerFile(inMemory: options), clock: clock)
    }

    package init(file: LedgerFile, clock: any TimeSource) throws {
        self.file = file
        self.clock = clock
        keys = KeyRing(file.options.masterKey, from: file.options.masterKeySource)
        committer = GroupCommitter(file: file, clock: clock, signal: signal, keys: keys)
        try file.read { _ = try dictionaries.load($0) }
    }

    /// Waits for appends under way, moves the write-ahead log into the file, and closes it. Idempotent.
    public func close() async {
        guard !isClosed.exchange(true, ordering: .relaxed) else { return }
        await committer.finish()
        file.close()
        signal.wakeAll()
    }

    // MARK: EventLog

    public func append(_ appends: [StreamAppend]) async throws -> AppendResult {
        try checkOpen()
        let prepared = try encoders.withEncoder(dictionaries.current) { encoder in
            try PreparedAppend(appends, limits: limits, encoder: encoder)
        }
        return try await committer.commit(prepared)
    }

    public func head() async throws -> Position {
        try file.read { try $0.integer("SELECT max(position) FROM events") ?? 0 }
    }

    public func version(of stream: StreamName) async throws -> StreamVersion {
        try read { try $0.version(of: stream) }
    }

    public func version(of stream: StreamName, at position: Position) async throws -> StreamVersion {
        try read { try $0.version(of: stream, at: position) }
    }

    public func types() async throws -> [EventType] {
        try read { try $0.types() }
    }

    public func read(_ query: EventQuery) async throws -> EventPage {
        try read { try $0.read(query) }
    }

    public func readStream(
        _ stream: StreamName, from: StreamVersion?, direction: ReadDirection, limit: Int
    ) async throws -> EventPage {
        try read { try $0.readStream(stream, from: from, direction: direction, limit: limit) }
    }

    public func event(id: EventID) async throws -> RecordedEvent? {
        try read { try $0.event(id: id) }
    }

    /// Notices this process's events at once, and other processes' every `pollMilliseconds`.
    public func waitForEvent(after position: Position) async throws {
        // No other process can write to a log in memory.
        let pause = file.isInMemory ? nil : file.options.pollMilliseconds
        while try await head() <= position {
            try Task.checkCancellation()
            try checkOpen()
            await signal.wait(after: position, milliseconds: pause)
        }
    }

    /// Throws `closed` once the log has been closed.
    func checkOpen() throws {
        if isClosed.load(ordering: .relaxed) { throw EventLogError.closed }
    }

    func read<T>(_ body: (LogReader) throws -> T) throws -> T {
        try file.readSnapshot { sqlite in
            try body(reader(sqlite))
        }
    }

    /// Reads the given connection's snapshot.
    func reader(_ sqlite: SQLiteConnection) -> LogReader {
        LogReader(sqlite: sqlite, rows: rows(sqlite, sqlite.memory.eventNames), tails: tails, limits: limits)
    }

    /// What was acknowledged and is not in the log any more; nil where nothing is missing. Such a log is read, and not
    /// written, until a backup is restored or the loss is accepted.
    public var lostHead: LostHead? { file.lostHead }

    // MARK: The tree

    /// What tells this ledger from every other.
    ///
    /// - Throws: `noTree` where the ledger has format 1 and was never opened for writing since.
    public var ledgerID: LedgerID {
        get throws {
            guard let id = try file.read({ try LedgerID.load($0) }) else { throw EventLogError.noTree }
            return id
        }
    }

    /// Reads the Merkle tree in one read transaction.
    package func readTree<T>(_ body: (TreeReader) throws -> T) throws -> T {
        try file.readSnapshot { try body(TreeReader($0)) }
    }

    // MARK: Dictionaries

    /// What new events are compressed with; nil where the log has no dictionary.
    var currentDictionary: CompressionDictionary? { dictionaries.current }

    /// The dictionaries of the log, the oldest first; the last one is in use.
    public func dictionaryInfos() async throws -> [DictionaryInfo] {
        try file.read { try DictionaryStore.list($0) }
    }

    /// Adds a dictionary that this process's later events are compressed with; other processes take it when they open
    /// the log again.
    ///
    /// - Parameter bytes: `CompressionDictionary.minimumBytes` to `maximumBytes`.
    public func addDictionary(_ bytes: [UInt8]) async throws -> DictionaryInfo {
        guard bytes.count <= CompressionDictionary.maximumBytes else {
            throw EventLogError.limit(
                "CompressionDictionary.maximumBytes", allowed: CompressionDictionary.maximumBytes, found: bytes.count,
                what: "The dictionary in bytes")
        }
        guard bytes.count >= CompressionDictionary.minimumBytes else {
            throw EventLogError(
                .invalidArgument,
                "A dictionary has at least \(CompressionDictionary.minimumBytes) bytes, not \(bytes.count).")
        }
        let time = clock.now()
        let info = try await onWriter { sqlite in
            try sqlite.transaction { try DictionaryStore.insert(bytes, at: time, sqlite) }
        }
        try file.read { _ = try dictionaries.load($0) }
        return info
    }

    // MARK: For projections

    /// Reads rows, with names of its own unless it is told which.
    package func rows(_ sqlite: SQLiteConnection, _ names: EventNames = EventNames()) -> EventRows {
        EventRows(sqlite: sqlite, dictionaries: dictionaries, limits: limits, names: names, keys: keys)
    }

    /// Runs the body on the writer's queue with the writer lock held, without blocking the caller's thread.
    package func onWriter<T: Sendable>(_ body: @escaping @Sendable (SQLiteConnection) throws -> T) async throws -> T {
        let path = file.path
        return try await withCheckedThrowingContinuation { continuation in
            file.asyncWithWriterLock { connection in
                continuation.resume(
                    with: Result {
                        do { return try body(try connection.get()) } catch {
                            throw SQLiteFailure.translated(error, path)
                        }
                    })
            }
        }
    }

    /// Subscribers that are waiting now.
    package var waitingSubscribers: Int { signal.waitingCount }
}
