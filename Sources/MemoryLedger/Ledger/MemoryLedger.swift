import EmbeddedLedger
public import EventLog
package import Projections
public import SQLiteEventLog

/// An agent's memory whose every change is an event.
///
///     let ledger = try await MemoryLedger.open(at: "memory-ledger.sqlite")
///     let key = MemoryKey(key: "tea")
///     try await ledger.add(key, MemoryContent(summary: "Likes green tea"), by: EventContext(actor: "assistant"))
///     let memory = try await ledger.get(key)
///     await ledger.close()
///
/// Commands check the present state, append events and return when these are durable and visible to every read. All
/// methods may be called concurrently, and by several processes on one file.
public final class MemoryLedger: Sendable {
    /// The log that everything is built from.
    public let log: SQLiteEventLog
    package let host: ProjectionStore
    public let options: MemoryLedgerOptions
    package let reads: ReadCounter
    let journal: ReadJournal
    package let snapshotKeeper: SnapshotKeeper
    package let moments: MomentCache
    private let checkpointKeeper: CheckpointKeeper?

    /// The serving tables.
    var tables: any ProjectionDatabase { host.database }

    init(log: SQLiteEventLog, options: MemoryLedgerOptions) {
        self.log = log
        self.options = options
        host = ProjectionStore(log: log, projectors: [MemoryProjector()] + options.projectors)
        reads = ReadCounter(log: log, options: options)
        journal = ReadJournal(log: log, options: options)
        snapshotKeeper = SnapshotKeeper(
            host, rule: options.snapshots, clock: options.clock, alwaysUses: options.alwaysUsesSnapshots)
        moments = MomentCache(host, snapshotKeeper)
        checkpointKeeper = options.checkpoints.map { CheckpointKeeper(log, $0) }
    }

    /// Opens the ledger, and by default makes it where there is none. Projections that an older version of this program
    /// built are rebuilt.
    ///
    /// - Throws: `EventLogError` with `missing`, `notALedger`, `newerFormat`, `busy` or `storage`; `MemoryLedgerError`
    ///   with `invalidArgument` where projectors of your own get in each other's way.
    public static func open(
        at path: String, options: MemoryLedgerOptions = .init()
    ) async throws -> MemoryLedger {
        try await open(at: path, options: options, progress: { _ in })
    }

    package static func open(
        at path: String, options: MemoryLedgerOptions, progress: @escaping RebuildProgress
    ) async throws -> MemoryLedger {
        try options.checkProjectors()
        let log = try SQLiteEventLog(path: path, options: options.logFile, clock: options.clock)
        let ledger = MemoryLedger(log: log, options: options)
        guard options.file.access == .readOnly else {
            do {
                try await ledger.host.prepare(progress)
                try await ledger.mendPolicy()
                await ledger.resumePurgeIfPossible()
                ledger.snapshotKeeper.start()
                ledger.checkpointKeeper?.start()
                return ledger
            } catch {
                await log.close()
                throw error
            }
        }
        let isCurrent: Bool
        do {
            isCurrent = try ledger.host.isCurrent()
        } catch {
            await log.close()
            throw error
        }
        if isCurrent { return ledger }
        // A reader cannot rebuild; a writer does it once, for everybody.
        await log.close()
        var writing = options
        writing.file.access = .readWrite
        await (try open(at: path, options: writing, progress: progress)).close()
        return MemoryLedger(
            log: try SQLiteEventLog(path: path, options: options.logFile, clock: options.clock), options: options)
    }

    /// A new ledger in memory, for tests and trials: all that a file has but durability, and other processes.
    ///
    ///     let ledger = try await MemoryLedger.inMemory()
    ///
    /// It goes when it is closed, or with the last reference to it. One connection reads and writes in turn.
    ///
    /// - Throws: `EventLogError.storage` where no temporary folder can be made.
    public static func inMemory(options: MemoryLedgerOptions = .init()) async throws -> MemoryLedger {
        try options.checkProjectors()
        var options = options
        options.file.access = .create
        let log = try SQLiteEventLog.inMemory(options: options.logFile, clock: options.clock)
        let ledger = MemoryLedger(log: log, options: options)
        try await ledger.host.prepare()
        return ledger
    }

    /// Appends the reads that are waiting to be counted or written down, then closes the file. The ledger cannot be
    /// used afterwards.
    public func close() async {
        await reads.close()
        await journal.close()
        await checkpointKeeper?.close()
        await snapshotKeeper.close()
        await moments.close()
        await log.close()
    }

    /// Appends the counted and the audited reads that are waiting, and returns when they are durable.
    public func flushReads() async throws {
        try await reads.flush()
        try await journal.flush()
    }
}

/// Digests of the projection tables: equal digests, equal contents.
public struct LedgerDigest: Hashable, Sendable {
    /// The log's last position when the digests were taken.
    public var position: Position
    /// SHA-256 in hexadecimal by the table's name.
    public var tables: [String: String]
}
