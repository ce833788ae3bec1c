import EmbeddedLedger
public import EventLog
import LedgerCapabilities
package import Projections

/// An agent's memory whose every change is an event.
///
///     let ledger = try await MemoryLedger.open(at: "memory-ledger.sqlite")
///     let key = MemoryKey(key: "tea")
///     try await ledger.add(key, MemoryContent(summary: "Likes green tea"), by: Attribution(actor: "assistant"))
///     let memory = try await ledger.get(key)
///     await ledger.close()
///
/// Commands check the present state, append events and return when these are durable and visible to every read. All
/// methods may be called concurrently, and by several processes on one file.
public final class MemoryLedger: Sendable {
    /// The log that everything is built from.
    public let log: any EventLog
    package let host: ProjectionStore
    /// What only a ledger in one file can do; nil if it is none.
    let embedded: EmbeddedLedger?
    let proofs: (any ProvableLog)?
    public let options: MemoryLedgerOptions
    /// Every type of event that is known, and the modules that they are of.
    public let events: EventCatalogue
    let parts: LedgerParts
    package let snapshotKeeper: SnapshotKeeper
    /// What commands would append goes here, and not to the log.
    private let drafts: DraftedAppends?
    private let checkpointSigning: (any CheckpointSigning)?

    /// The serving tables.
    var tables: any ProjectionDatabase { host.database }
    package var reads: ReadCounter { parts.counter }
    package var moments: MomentCache { parts.moments }
    var encryption: (any EncryptionState)? { parts.encryption }
    var commands: CommandRunner { CommandRunner(parts, drafts) }

    /// - Parameter embedded: the log and the store, if both are in one file.
    init(log: any EventLog, store: ProjectionStore, embedded: EmbeddedLedger?, options: MemoryLedgerOptions) {
        self.log = store.isInline ? log : FollowedEventLog(log, followedBy: store)
        self.options = options
        self.embedded = embedded
        host = store
        // What is known need not be asked for: the first cast to a protocol costs a process some million instructions.
        let proofs = embedded?.proofs ?? log as? any ProvableLog
        self.proofs = proofs
        snapshotKeeper = SnapshotKeeper(
            host, rule: options.snapshots, clock: options.clock, alwaysUses: options.alwaysUsesSnapshots)
        parts = LedgerParts(
            log: self.log, store: store, moments: MomentCache(host, snapshotKeeper),
            // Tables of their own would hold in plain what a log encrypts.
            encryption: embedded?.encryption, isInMemory: embedded?.isInMemory == true, options: options)
        events = parts.events
        drafts = nil
        checkpointSigning = options.checkpoints.flatMap { proofs?.checkpointSigning($0) }
    }

    /// The same ledger, but for what its commands come to.
    ///
    /// - Parameter log: all that could write to the ledger's own; what else could is left out.
    init(drafting ledger: MemoryLedger, _ log: any EventLog, _ drafts: DraftedAppends) {
        self.log = log
        parts = LedgerParts(ledger.parts, log: log)
        (host, events, snapshotKeeper) = (ledger.host, ledger.events, ledger.snapshotKeeper)
        options = parts.options
        (embedded, proofs, checkpointSigning) = (nil, nil, nil)
        self.drafts = drafts
    }

    private convenience init(_ embedded: EmbeddedLedger, _ options: MemoryLedgerOptions) {
        self.init(log: embedded.log, store: embedded.store, embedded: embedded, options: options)
    }

    /// Opens the file, and looks at nothing in it.
    convenience init(file path: String, _ options: MemoryLedgerOptions) throws {
        self.init(
            try EmbeddedLedger(
                path: path, options: options.logFile, clock: options.clock, projectors: options.allProjectors), options)
    }

    /// - Throws: `EventLogError.unsupported` if the log encrypts nothing.
    func encrypting() throws -> any EncryptingLog {
        guard let embedded else { throw unsupported("encrypts payloads") }
        return embedded.encryption
    }

    /// - Throws: `EventLogError.unsupported` if the log has no Merkle tree.
    func proving() throws -> any ProvableLog {
        guard let proofs else { throw unsupported("has a Merkle tree") }
        return proofs
    }

    /// - Throws: `EventLogError.unsupported` if the ledger is not in one file.
    func inFile() throws -> EmbeddedLedger {
        guard let embedded else { throw unsupported("is kept in a file") }
        return embedded
    }

    private func unsupported(_ what: String) -> any Error { drafts?.refuse() ?? EventLogError.unsupported(what) }

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
        try options.checkModules()
        let ledger = try MemoryLedger(file: path, options)
        guard options.file.access == .readOnly else {
            do {
                try await ledger.host.prepare(progress)
                try await ledger.mendPolicy()
                await ledger.resumePurgeIfPossible()
                ledger.snapshotKeeper.start()
                ledger.checkpointSigning?.start()
                return ledger
            } catch {
                await ledger.log.close()
                throw error
            }
        }
        let isEnough: Bool
        do {
            if try await ledger.host.isCurrent() { return ledger }
            isEnough = try await ledger.host.isCurrent(onlyWhatIsNeeded: true)
        } catch {
            await ledger.log.close()
            throw error
        }
        // A reader cannot rebuild; a writer does it once, for everybody.
        await ledger.log.close()
        var writing = options
        writing.file.access = .readWrite
        do {
            await (try open(at: path, options: writing, progress: progress)).close()
        } catch  where isEnough && !(error is CancellationError) {
            // It can be read as it is, whatever keeps it from being written.
        }
        return try MemoryLedger(file: path, options)
    }

    /// Opens a ledger on any event log, with its tables in an SQLite file of their own, which follow the log.
    ///
    ///     let log = InMemoryEventLog(clock: SystemTimeSource())
    ///     let ledger = try await MemoryLedger.open(on: log, tables: "tables.sqlite")
    ///
    /// The tables are no truth: if the file is lost, they are built again. An event that a projector refuses does not
    /// refuse the append, as it does if log and tables are one file: it becomes a dead letter. What others append to
    /// the log is in the tables with the next command here, or the next opening.
    ///
    /// - Parameters:
    ///   - log: Closed with the ledger; if opening fails, it stays open.
    ///   - path: Of the tables' file, which is made if there is none.
    ///   - options: `file` says how the tables' file is opened.
    /// - Throws: `EventLogError` with `notALedger` or `otherLog` if the file is something else, `newerFormat`, `busy`
    ///   or `storage`; `MemoryLedgerError.invalidArgument` if projectors of your own get in each other's way.
    public static func open(
        on log: any EventLog, tables path: String, options: MemoryLedgerOptions = .init()
    ) async throws -> MemoryLedger {
        try options.checkModules()
        if let encryption = log as? any EncryptingLog, try !encryption.protectedCategories().isEmpty {
            throw EventLogError(
                .unsupported,
                "The log has protected namespaces, which would stand in plain in \(path); open its own file.")
        }
        let ledger = try following(log, path, options)
        do {
            try await ledger.tables.bind()
            guard options.file.access == .readOnly else {
                try await ledger.host.prepare()
                try await ledger.mendPolicy()
                ledger.snapshotKeeper.start()
                ledger.checkpointSigning?.start()
                return ledger
            }
            if try await ledger.host.isCurrent() { return ledger }
        } catch {
            await ledger.closeTables()
            throw error
        }
        // A reader cannot rebuild; a writer does it once, for everybody.
        await ledger.closeTables()
        var writing = options
        writing.file.access = .readWrite
        writing.checkpoints = nil
        writing.snapshots = .off
        await (try open(on: log, tables: path, options: writing)).closeTables()
        return try following(log, path, options)
    }

    /// A ledger whose tables follow a log, as they are.
    private static func following(
        _ log: any EventLog, _ path: String, _ options: MemoryLedgerOptions
    ) throws -> MemoryLedger {
        let file = options.file
        let tables = try ProjectionFile(
            path: path, log: log,
            settings: ProjectionSettings(
                isReadOnly: file.access == .readOnly, busyTimeoutMilliseconds: file.busyTimeoutMilliseconds,
                readers: file.readers, logger: file.logger))
        let set = options.allProjectors
        let store = ProjectionStore(
            log: log, database: tables, participating: nil, projectors: set.projectors, upcasters: set.upcasters,
            clock: options.clock)
        return MemoryLedger(log: log, store: store, embedded: nil, options: options)
    }

    /// A new ledger in memory, for tests and trials: all that a file has but durability, and other processes.
    ///
    ///     let ledger = try await MemoryLedger.inMemory()
    ///
    /// It goes when it is closed, or with the last reference to it. One connection reads and writes in turn.
    ///
    /// - Throws: `EventLogError.storage` where no temporary folder can be made.
    public static func inMemory(options: MemoryLedgerOptions = .init()) async throws -> MemoryLedger {
        try options.checkModules()
        var options = options
        options.file.access = .create
        let ledger = MemoryLedger(
            try EmbeddedLedger.inMemory(
                options: options.logFile, clock: options.clock, projectors: options.allProjectors), options)
        try await ledger.host.prepare()
        return ledger
    }

    /// Closes everything but the log, which stays in use.
    private func closeTables() async {
        await snapshotKeeper.close()
        await moments.close()
        await host.close()
    }

    /// Appends the reads that are waiting to be counted or written down, then closes the file. The ledger cannot be
    /// used afterwards.
    public func close() async {
        // Another one has all that a draft is made on.
        guard drafts == nil else { return }
        await parts.close()
        await checkpointSigning?.close()
        await snapshotKeeper.close()
        await moments.close()
        await log.close()
        await host.close()
    }

    /// Appends the counted and the audited reads that are waiting, and returns when they are durable.
    public func flushReads() async throws { try await parts.flush() }
}

/// Digests of the projection tables: equal digests, equal contents.
///
///     let digest = try await ledger.digest()
///     print(digest.position, digest.tables["memories"] ?? "")
public struct LedgerDigest: Hashable, Sendable {
    /// The log's last position when the digests were taken.
    public var position: Position
    /// SHA-256 in hexadecimal by the table's name.
    public var tables: [String: String]
}
