public import EmbeddedLedger
public import EventLog
public import LedgerCapabilities
import Projections

/// Backups, and what becomes of a ledger when one is restored. See `Sources/EmbeddedLedger/Backup/DESIGN.md`.
extension MemoryLedger {
    /// Writes a whole ledger into a file of its own, beside writers, who do not wait: everything of one snapshot,
    /// verified before it gets its name. Counted reads that wait are appended first.
    ///
    ///     let report = try await ledger.backUp(to: "/mnt/elsewhere/monday.sqlite")
    ///
    /// Under its name there is the whole file or nothing. Signing keys are never copied. Sign a checkpoint before, so
    /// that the backup has one that covers it.
    ///
    /// - Parameters:
    ///   - replacing: Replace a backup that is there, or an empty file; nothing else is ever replaced.
    ///   - deep: Build the projections again beside the copy, too, and compare the tables with them.
    ///   - progress: Called on any thread.
    /// - Throws: `EventLogError` with `fileExists`, `busy` (another backup to that file), `noTree`, `damagedLog` or
    ///   `damagedBackup` where what was written does not verify, `digestMismatch` where tables are not what the log
    ///   says (`deep`), `storage`; `CancellationError`.
    @discardableResult
    public func backUp(
        to file: String, replacing: Bool = false, deep: Bool = false,
        progress: @escaping @Sendable (BackupProgress) -> Void = { _ in }
    ) async throws -> BackupReport {
        try await backUp(to: file, replacing: replacing, deep: deep, progress: progress, atStep: { _ in })
    }

    /// The same for tests, which are told of each step.
    package func backUp(
        to file: String, replacing: Bool = false, deep: Bool = false,
        progress: @escaping @Sendable (BackupProgress) -> Void = { _ in },
        atStep: @escaping @Sendable (String) -> Void
    ) async throws -> BackupReport {
        try await flushReads()
        let report = try await inFile().backUp(
            to: file, replacing: replacing, deep: deep, madeBy: "memory-ledger \(memoryLedgerVersion)",
            progress: progress,
            atStep: atStep)
        // The backup is there, whether the ledger can be written or not.
        try? await remember(report)
        return report
    }

    /// Remembers a backup that was made while the ledger was open for reading only.
    package func remember(_ report: BackupReport) async throws { try await inFile().remember(report) }

    /// The last backup that was made of this ledger while it could be written; nil if there was none.
    public func lastBackup() throws -> BackupRecord? { try embedded?.lastBackup() }

    /// What was acknowledged and is not in the ledger any more; nil where nothing is missing. Such a ledger is read,
    /// and not written, until a backup is restored (`restore`) or the loss is accepted (`acceptLoss`).
    public var lostHead: LostHead? { embedded?.lostHead }

    /// A look at the ledger's file: it is the one that was opened, and under one name. Nothing of it is read.
    ///
    /// - Throws: `EventLogError` with `ledgerMoved`, `severalNames` or `storage`.
    package func checkFile() throws { try embedded?.checkIsInPlace() }

    /// Lets a ledger that has lost acknowledged events go on without them. A new epoch begins, whose event
    /// `EpochStarted` in the stream `$ledger/epochs` names what was lost; the write-ahead log is kept as it was found.
    ///
    ///     let report = try await MemoryLedger.acceptLoss(of: "memory-ledger.sqlite")
    ///
    /// - Parameter options: as the ledger would be opened; its projectors hold the new event.
    /// - Throws: `EventLogError` with `nothingLost`, `missing`, `busy`, `conflict` or `storage`. Nothing was changed
    ///   then.
    @discardableResult
    public static func acceptLoss(
        of ledger: String, by attribution: Attribution = Attribution(), options: MemoryLedgerOptions = .init()
    ) async throws -> LossReport {
        try options.checkModules()
        return try await EmbeddedLedger.acceptLoss(
            of: ledger, by: attribution, options: options.logFile, clock: options.clock, ids: options.ids,
            projectors: options.allProjectors)
    }

    /// Restores a backup, which is verified first, to a path. There a new epoch begins: later checkpoints bear another
    /// origin, and the event `EpochStarted` in the stream `$ledger/epochs` says what was restored.
    ///
    ///     var restore = RestoreOptions()
    ///     restore.isReplacing = true
    ///     let report = try await MemoryLedger.restore("monday.sqlite", to: "memory-ledger.sqlite", restore)
    ///
    /// A ledger that is replaced stays as `<ledger>.before-restore-<time>`. No process may have it open for writing;
    /// one that reads it goes on reading the former one until it opens the ledger again. A ledger that was never made a
    /// backup is taken too. The projections' tables are compared with the log and built again where they differ:
    /// `RestoreReport.projections`. Access tokens that the replaced ledger has revoked are revoked in the restored one,
    /// too: `RestoreReport.revocationsCarried`.
    ///
    /// - Parameter options: as the ledger would be opened; its projectors hold the new event.
    /// - Throws: `EventLogError` with `missing`, `notALedger`, `fileExists`, `busy`, `damagedBackup`,
    ///   `unexpectedBackup` where it does not continue the expected checkpoint, `otherLedger`, `noTree`, `newerFormat`
    ///   or `storage`; `CancellationError`. Nothing was changed then.
    @discardableResult
    public static func restore(
        _ backup: String, to ledger: String, _ restore: RestoreOptions = .init(),
        options: MemoryLedgerOptions = .init(),
        progress: @escaping @Sendable (BackupProgress) -> Void = { _ in }
    ) async throws -> RestoreReport {
        try await self.restore(backup, to: ledger, restore, options: options, progress: progress, atStep: { _ in })
    }

    /// The same for tests, which are told of each step.
    package static func restore(
        _ backup: String, to ledger: String, _ restore: RestoreOptions, options: MemoryLedgerOptions = .init(),
        progress: @escaping @Sendable (BackupProgress) -> Void = { _ in }, atStep: @escaping @Sendable (String) -> Void
    ) async throws -> RestoreReport {
        try options.checkModules()
        return try await EmbeddedLedger.restore(
            backup, to: ledger, restore, options: options.file, clock: options.clock, ids: options.ids,
            projectors: options.allProjectors, revocations: .accessTokens, progress: progress, atStep: atStep)
    }
}
