public import EventLog
package import LedgerCapabilities
package import Projections
public import SQLiteEventLog

/// A ledger in one SQLite file: its log, and the projections that commit together with it. What only such a ledger can
/// do is asked of it.
package final class EmbeddedLedger: Sendable {
    package let log: SQLiteEventLog
    package let store: ProjectionStore

    /// The tables that no projection may have.
    package static let tableNames = SQLiteEventLog.tableNames + ProjectionStore.tableNames

    /// - Throws: as `SQLiteEventLog.init(path:options:clock:)`.
    package convenience init(
        path: String, options: LedgerFileOptions, clock: any TimeSource, projectors: ProjectorSet
    ) throws {
        self.init(try SQLiteEventLog(path: path, options: options, clock: clock), projectors)
    }

    /// A ledger in memory: it keeps every promise but durability, and goes when it is closed.
    package static func inMemory(
        options: LedgerFileOptions, clock: any TimeSource, projectors: ProjectorSet
    ) throws -> EmbeddedLedger {
        EmbeddedLedger(try SQLiteEventLog.inMemory(options: options, clock: clock), projectors)
    }

    private init(_ log: SQLiteEventLog, _ projectors: ProjectorSet) {
        self.log = log
        store = ProjectionStore(log: log, projectors: projectors.projectors, upcasters: projectors.upcasters)
    }

    package var encryption: any EncryptingLog { log }
    package var proofs: any ProvableLog { log }
    package var path: String { log.path }
    package var isInMemory: Bool { log.file.isInMemory }
    /// What must not be written over.
    package var protectedFiles: ProtectedFiles { log.protectedFiles }
    package var lostHead: LostHead? { log.lostHead }
    package func checkIsInPlace() throws { try log.file.checkIsInPlace() }
    package func clockJump() -> ClockJump? { log.clockJump() }

    /// Copies the ledger as it is now to a file that must not exist or be empty, without syncing it.
    package func copy(to target: String) async throws { try await log.file.copy(to: target) }

    /// Makes a ledger of the events of any log, with their ids and occurred times, at a path where there is none.
    ///
    /// - Throws: `EventLogError`, `CancellationError`; then part of it may be there.
    package static func copy(
        of log: any EventLog, to path: String, options given: LedgerFileOptions, clock: any TimeSource
    ) async throws {
        var options = given
        options.access = .create
        options.durability = .normal
        // Some may be from before actors were demanded.
        options.requireActor = false
        let copy = try SQLiteEventLog(path: path, options: options, clock: clock)
        do {
            let feed = try log.makeFeed(after: 0)
            let limit = copy.limits.appendEvents
            var page = try feed.page(limit: limit)
            while !page.isEmpty {
                try Task.checkCancellation()
                _ = try await copy.append(page.map { StreamAppend($0.stream, events: [NewEvent($0)]) })
                page = try feed.page(limit: limit)
            }
            await copy.close()
        } catch {
            await copy.close()
            throw error
        }
    }

    /// Writes a backup: see `LedgerBackup`.
    package func backUp(
        to target: String, replacing: Bool, deep: Bool, madeBy: String,
        progress: @escaping @Sendable (BackupProgress) -> Void, atStep: @escaping @Sendable (String) -> Void
    ) async throws -> BackupReport {
        try await store.backUp(
            log, to: target, replacing: replacing, deep: deep, madeBy: madeBy, progress: progress, atStep: atStep)
    }

    /// - Throws: `unknownProjection` if there are tables of a projector that this program does not have: it could not
    ///   rebuild them without what is erased.
    package func checkErasable(_ scope: any ErasureScope) throws { try Purge.check(scope, store) }

    /// Removes what was made of erased payloads: see `Purge`.
    package func purge(
        _ keeper: SnapshotKeeper, _ moments: MomentCache, _ progress: RebuildProgress = { _ in },
        reached: (PurgeStep) -> Void = { _ in }
    ) async throws -> PurgeReport? {
        try await Purge(log, store, keeper, moments).run(progress, reached: reached)
    }

    /// Lets a ledger that has lost acknowledged events go on without them.
    package static func acceptLoss(
        of path: String, by attribution: Attribution, options: LedgerFileOptions, clock: any TimeSource,
        ids: any EventIDSource, projectors: ProjectorSet
    ) async throws -> LossReport {
        try await SQLiteEventLog.acceptLoss(of: path, by: attribution, file: options, clock: clock, ids: ids) {
            ProjectionStore(log: $0, projectors: projectors.projectors, upcasters: projectors.upcasters)
        }
    }

    /// Puts a backup in a ledger's place, and begins a new epoch: see `LedgerRestore`.
    package static func restore(
        _ backup: String, to path: String, _ restore: RestoreOptions, options: LedgerFileOptions,
        clock: any TimeSource, ids: any EventIDSource, projectors: ProjectorSet,
        revocations: some CarriedRevocations,
        progress: @escaping @Sendable (BackupProgress) -> Void, atStep: @escaping @Sendable (String) -> Void
    ) async throws -> RestoreReport {
        try await SQLiteEventLog.restore(
            backup, to: path, restore, file: options, clock: clock, ids: ids, revocations: revocations,
            progress: progress, atStep: atStep
        ) {
            ProjectionStore(log: $0, projectors: projectors.projectors, upcasters: projectors.upcasters)
        }
    }
}

extension EventLog {
    /// The log as one that is in an SQLite file, for what only such a log can do.
    ///
    ///     let report = try await ledger.log.inFile.verify()
    ///
    /// - Throws: `EventLogError.unsupported` if it is another one.
    public var inFile: SQLiteEventLog {
        get throws {
            guard let log = self as? SQLiteEventLog else { throw EventLogError.unsupported("is kept in a file") }
            return log
        }
    }
}

extension NewEvent {
    /// The same event, to be appended to another log.
    fileprivate init(_ event: RecordedEvent) {
        self.init(
            id: event.id, type: event.type, schemaVersion: event.schemaVersion, payload: event.payload,
            occurredAt: event.occurredAt, attribution: event.attribution)
        protectedFor = event.protectedFor
    }
}
