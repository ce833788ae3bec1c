public import EventLog
import Foundation
package import LedgerCapabilities
import LedgerStorage
public import MerkleLog
package import Projections
public import SQLiteEventLog

/// What a restore is told.
///
///     var restore = RestoreOptions()
///     restore.isReplacing = true
///     let report = try await MemoryLedger.restore("monday.sqlite", to: "memory-ledger.sqlite", restore)
public struct RestoreOptions: Sendable {
    /// Put the backup in the place of a ledger that is there.
    public var isReplacing = false
    /// Do not keep the ledger that was replaced.
    public var isDiscarding = false
    /// Put the backup in the place of another ledger than it is of.
    public var allowsOtherLedger = false
    /// A checkpoint that somebody held outside: what is restored must continue it.
    public var expectedCheckpoint: SignedCheckpoint?
    /// Who restores, for the event that begins the epoch.
    public var attribution = Attribution()

    public init() {}
}

/// What a restore did.
public struct RestoreReport: Hashable, Sendable {
    public var ledger: String
    public var backup: String
    /// What the backup said of itself; nil where it was a ledger that was never made a backup.
    public var info: BackupInfo?
    /// The events and the root that were restored, before the event that began the epoch.
    public var restoredSize: Int64
    public var restoredRoot: MerkleHash
    public var restoredOrigin: String
    /// What checkpoints are signed under from now on.
    public var origin: LedgerOrigin
    /// Of the event that began the epoch. After it come revocations that were carried over.
    public var position: Position
    /// The last checkpoint that the restored log continues; nil where there is none.
    public var checkpoint: Checkpoint?
    /// Subjects that the replaced ledger had erased and whose data keys are back with the backup: erase them again.
    public var erasuresUndone: Int
    /// Access tokens that the replaced ledger had revoked, and that the backup, from before, took to hold: they are
    /// revoked again.
    public var revocationsCarried = 0
    /// There may be more of these: the backup has tokens that hold, and the replaced ledger cannot be read any more, or
    /// had lost events. Look at the tokens, and revoke those that are to be.
    public var mayLackRevocations = false
    /// Where the ledger is that was replaced; nil where there was none, or it was not to be kept.
    public var formerLedger: String?
    /// What became of the tables.
    public var projections = RestoredProjections()
}

/// Puts a backup in a ledger's place, and begins a new epoch.
///
/// Invariants:
/// 1. Nothing is changed before the whole copy has been verified.
/// 2. Under the ledger's name there is the former ledger or the whole restored one, whenever the process is killed.
/// 3. No ledger is ever seen that was restored and has no `EpochStarted`: the event is in the file before it gets its
///    name. So checkpoints signed before and after bear different origins.
/// 4. No other process has the ledger open for writing, from the first step to the last.
/// 5. The tables of the projections that this program has are what the log says, whatever the backup says of them.
/// 6. What the ledger that gives way has revoked is revoked in the file before it gets its name.
///
///     copy to a hidden file ─▶ verify the copy ─▶ settle its tables, EpochStarted ─▶ sync ─▶ LedgerReplacement
struct LedgerRestore {
    /// How far it has come, for tests that end the process there.
    package enum Step: String, Sendable, CaseIterable {
        case claimed, copied, verified, begun, synced
        // The rest is `LedgerReplacement`'s.
        case settled, formerKept, journalsGone, named, cleared
    }

    let backup: String
    let target: String
    let options: RestoreOptions
    let file: LedgerFileOptions
    let clock: any TimeSource
    let ids: any EventIDSource
    let makeHost: @Sendable (SQLiteEventLog) -> ProjectionStore
    var revocations: (any CarriedRevocations)?
    var progress: @Sendable (BackupProgress) -> Void = { _ in }
    var atStep: @Sendable (Step) -> Void = { _ in }

    private static let unchanged = "Nothing was changed; use another backup."

    init(
        _ backup: String, to target: String, _ options: RestoreOptions, _ file: LedgerFileOptions,
        _ clock: any TimeSource, _ ids: any EventIDSource,
        _ makeHost: @escaping @Sendable (SQLiteEventLog) -> ProjectionStore
    ) throws {
        self.backup = backup
        // Who comes by a link means what it leads to.
        self.target = try RealFile.path(target)
        self.options = options
        self.file = file
        self.clock = clock
        self.ids = ids
        self.makeHost = makeHost
    }

    func run() async throws -> RestoreReport {
        let summary = try LedgerFileReading.summary(backup)
        try checkTarget()
        let part = PartialLedger(target: target, purpose: .restore)
        let lock = try part.claim(rights)
        defer { lock.removeFile() }
        defer { part.remove() }
        // Where there is nothing yet, no process is kept from it before it has its name.
        let presence = try LedgerPlaces.exists(target) ? takePresence() : nil
        defer { presence?.leave() }
        if presence != nil { try LedgerNames.settle(target) }
        atStep(.claimed)
        // SQLite deletes the write-ahead log of such a file when it looks at it.
        if !LedgerPlaces.hasContent(target) { try LostWriteAheadLog.keep(ofUnreadable: target) }
        do {
            try await copy(summary, to: part)
            atStep(.copied)
            let restored = try await verify(part, summary.info)
            let replaced = presence == nil ? nil : try await LedgerToReplace.read(target, clock, makeHost)
            try check(restored, replaces: replaced)
            atStep(.verified)
            var report = try await begin(part, restored, replaced, summary)
            try part.removeCompanions()
            atStep(.begun)
            try part.sync()
            atStep(.synced)
            let replacement = LedgerReplacement(
                target: target, partial: part.path, keepsFormer: !options.isDiscarding, at: clock.now(),
                timeoutMilliseconds: file.busyTimeoutMilliseconds, atStep: atStep)
            let alone = try presence ?? takePresence()
            guard presence != nil || !LedgerPlaces.exists(target) else {
                throw EventLogError(
                    .fileExists, "Another program has made \(target) meanwhile; it was not replaced. Restore again.")
            }
            report.formerLedger = try replacement.run(alone)
            return report
        } catch let problem as FileProblem {
            throw problem.error
        }
    }

    private func takePresence() throws -> LedgerPresence {
        try LedgerPresence.takeAlone(.writing, of: target, file.busyTimeoutMilliseconds)
    }

    // MARK: The files

    private func checkTarget() throws {
        try file.protectedFiles.check(target)
        guard !LedgerPlaces.belongs(backup, to: target) else {
            throw EventLogError(
                .fileExists, "\(backup) is the ledger \(target) itself, or belongs to it; name another backup.")
        }
        guard try Self.replacesLedger(target), !options.isReplacing else { return }
        throw EventLogError(
            .fileExists, "\(target) is a ledger and is not replaced unasked; say to replace it, or name another file.")
    }

    /// False where there is nothing at the path.
    ///
    /// - Throws: `EventLogError.fileExists` where there is something else than a ledger, whatever became of that one.
    static func replacesLedger(_ path: String) throws -> Bool {
        guard LedgerPlaces.exists(path) else { return false }
        let isLedger = ApplicationID.isLedger(path) || LedgerPlaces.hasContent(path + "-wal")
        guard LedgerPlaces.isFile(path), isLedger || !HeadFile.read(of: path).isEmpty else {
            throw noLedger(path)
        }
        return true
    }

    fileprivate static func noLedger(_ path: String) -> EventLogError {
        EventLogError(
            .fileExists, "\(path) is no ledger, and nothing else is replaced; move it away, or name another file.")
    }

    private func check(_ restored: Restored, replaces replaced: LedgerToReplace?) throws {
        guard let there = replaced?.ledger, there != restored.ledger, !options.allowsOtherLedger else { return }
        throw EventLogError(
            .otherLedger,
            "\(backup) is of the ledger \(restored.ledger), and \(target) is \(there); name another file, or say that "
                + "another ledger may be replaced (--other-ledger).")
    }

    /// A backup byte by byte, so that what is verified is what was there; a ledger, which somebody may be writing to,
    /// by SQLite.
    @concurrent private func copy(_ summary: BackupSummary, to part: PartialLedger) async throws {
        try rights.makeFile(part.path)
        let isStill = summary.info != nil && !LedgerPlaces.hasContent(backup + "-wal")
        guard isStill else {
            var reading = file
            reading.access = .readOnly
            let source = try LedgerFile(path: backup, options: reading)
            defer { source.close() }
            do {
                return try await source.copy(to: part.path) { [progress] in progress(BackupProgress(.copying, $0, $1)) }
            } catch let error as CancellationError {
                throw error
            } catch {
                throw EventLogError.damagedBackup(backup, error, Self.unchanged)
            }
        }
        let copy = try FileDescriptor(opening: part.path, O_WRONLY)
        var done: Int64 = 0
        try RegularFile(reading: backup).forEachPiece { bytes in
            try copy.write(bytes)
            done += Int64(bytes.count)
            progress(BackupProgress(.copying, done, summary.sizeBytes))
        }
    }

    /// Of what is restored: the former ledger's, or else the backup's.
    private var rights: FileRights {
        let isThere = LedgerPlaces.exists(target)
        return FileRights(likeLedger: isThere ? target : backup, isInItsPlace: isThere)
    }

    // MARK: What is restored

    /// What the copy holds, and the last checkpoint that it continues.
    private struct Restored: Sendable {
        var ledger: LedgerID
        var size: Int64
        var root: MerkleHash
        var origin: LedgerOrigin
        var checkpoint: SignedCheckpoint?
        var erasuresUndone: Int
    }

    @concurrent private func verify(_ part: PartialLedger, _ info: BackupInfo?) async throws -> Restored {
        do {
            return try await BackupContents.with(part.path, clock, makeHost) { contents in
                // What the copy says counts, not what was there a moment ago.
                let copied = try contents.log.file.read { try BackupInfo.load($0) }
                guard copied == info else { throw EventLogError.damagedBackup("it changes while it is read") }
                try await contents.verify(copied, progress)
                return try contents.log.file.readSnapshot { sqlite in
                    let origin = try LedgerOrigin.current(in: contents.log, sqlite)
                    guard let ledger = try LedgerID.load(sqlite) else { throw EventLogError.noTree }
                    let tree = try TreeReader(sqlite)
                    var checkpoint = try CheckpointStore(sqlite: sqlite).last(of: origin, continuedBy: tree)
                    if let expected = options.expectedCheckpoint {
                        try contents.check(expected, ledger)
                        let isLater = expected.checkpoint.size > (checkpoint?.checkpoint.size ?? -1)
                        if isLater, expected.checkpoint.origin.hasSameBytes(as: origin.text) { checkpoint = expected }
                    }
                    return Restored(
                        ledger: ledger, size: tree.size, root: try tree.root(at: tree.size), origin: origin,
                        checkpoint: checkpoint, erasuresUndone: try ErasedKeys.undone(by: sqlite, in: target))
                }
            }
        } catch {
            throw EventLogError.damagedBackup(backup, error, Self.unchanged)
        }
    }

    // MARK: The epoch

    /// Makes the copy a ledger again, and appends the event that begins the epoch, with the projections.
    private func begin(
        _ part: PartialLedger, _ restored: Restored, _ replaced: LedgerToReplace?, _ summary: BackupSummary
    ) async throws -> RestoreReport {
        let epochID = LedgerOrigin.restoredID(file.randomness)
        // One that was left there when its ledger went must not seem to be of a later epoch.
        let acknowledged = HeadFile.read(of: target).filter { $0.ledger == restored.ledger }.map(\.origin.epoch)
        let number = max(restored.origin.epoch, replaced?.epoch ?? 0, acknowledged.max() ?? 0) + 1
        guard let origin = LedgerOrigin(ledger: restored.ledger, epoch: number, epochID: epochID) else {
            throw EventLogError(.invalidArgument, "The source of randomness must answer as many bytes as it is asked.")
        }
        let start = EpochStart(
            number: number, epochID: epochID, origin: origin.text,
            checkpoint: restored.checkpoint.map { String(decoding: $0.bytes, as: UTF8.self) },
            restoredOrigin: restored.origin.text, restoredSize: restored.size, restoredRoot: restored.root,
            replaced: replaced?.log)
        var writing = file
        writing.access = .readWrite
        writing.durability = .full
        let log = try SQLiteEventLog(path: part.path, options: writing, clock: clock)
        do {
            let (position, projections, carried) = try await append(start, replacing: replaced, to: log)
            await log.close()
            return RestoreReport(
                ledger: target, backup: backup, info: summary.info, restoredSize: restored.size,
                restoredRoot: restored.root, restoredOrigin: restored.origin.text, origin: origin, position: position,
                checkpoint: restored.checkpoint?.checkpoint, erasuresUndone: restored.erasuresUndone,
                revocationsCarried: carried.count, mayLackRevocations: !carried.isComplete,
                projections: projections)
        } catch {
            await log.close()
            throw error
        }
    }

    private func append(
        _ start: EpochStart, replacing replaced: LedgerToReplace?, to log: SQLiteEventLog
    ) async throws -> (Position, RestoredProjections, CarriedOver) {
        try await log.onWriter { sqlite in
            try sqlite.transaction {
                // Their files are not here.
                let hasSnapshots = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'snapshots'"
                if try sqlite.integer(hasSnapshots) != nil { try sqlite.execute("DELETE FROM snapshots") }
            }
        }
        let host = makeHost(log)
        let projections = try await host.settleRestored(progress)
        let event = LedgerEvent.epochStarted(start)
        let version = try await log.version(of: event.stream)
        let new = try event.newEvent(id: ids.next(at: clock.now()), by: options.attribution)
        let result = try await log.append(to: event.stream, .atVersion(version), [new])
        let carried = try await revokeAgain(in: log, replacing: replaced)
        // The host's projections live as long as it does.
        withExtendedLifetime(host) {}
        try log.file.truncateWAL()
        let (current, root) = try log.file.readSnapshot { sqlite in
            (try LedgerOrigin.current(in: log, sqlite), try TreeReader(sqlite).root(at: start.restoredSize))
        }
        guard current.text.hasSameBytes(as: start.origin), root == start.restoredRoot,
            let position = result.lastPosition, position == start.restoredSize + 1
        else { throw EventLogError(.storage, "The copy of \(backup) could not be continued; check the disk.") }
        return (position, projections, carried)
    }

    /// Revokes what the ledger that gives way has revoked, and the backup takes to hold.
    private func revokeAgain(
        in log: SQLiteEventLog, replacing replaced: LedgerToReplace?
    ) async throws -> CarriedOver {
        guard let revocations, let replaced else { return CarriedOver() }
        let restored = try await revocations.read(log)
        guard !restored.standing.isEmpty else { return CarriedOver() }
        let former = try await LedgerToReplace.revocations(of: target, revocations, clock, makeHost)
        let revoked = restored.revoked(by: former ?? Revocations())
        for first in stride(from: 0, to: revoked.count, by: log.limits.appendEvents) {
            let events = try revoked[first...].prefix(log.limits.appendEvents).map { id, reason in
                try revocations.event(revoking: id, reason, by: options.attribution, at: clock.now(), ids: ids)
            }
            _ = try await log.append(to: revocations.stream, events)
        }
        return CarriedOver(count: revoked.count, isComplete: former != nil && replaced.lost == nil)
    }
}

extension SQLiteEventLog {
    /// A restore to the path would take the place of a ledger. False where there is nothing.
    ///
    /// - Throws: `EventLogError` with `fileExists` where there is something else, `storage` where links lead nowhere.
    package static func isReplacedByRestore(_ path: String) throws -> Bool {
        do { return try LedgerRestore.replacesLedger(RealFile.path(path)) } catch var error as EventLogError {
            // As it was named.
            if error.code == .fileExists { error = LedgerRestore.noLedger(path) }
            throw error
        }
    }

    /// Restores a backup to a path, where a new epoch begins.
    ///
    /// - Parameters:
    ///   - revocations: what is carried over from the ledger that is replaced.
    ///   - makeHost: the projections that are to hold the new event too; those that are not known here follow when the
    ///     ledger is opened with them.
    package static func restore(
        _ backup: String, to target: String, _ options: RestoreOptions, file: LedgerFileOptions = .init(),
        clock: any TimeSource, ids: any EventIDSource, revocations: (any CarriedRevocations)? = nil,
        progress: @escaping @Sendable (BackupProgress) -> Void = { _ in },
        atStep: @escaping @Sendable (String) -> Void = { _ in },
        makeHost: @escaping @Sendable (SQLiteEventLog) -> ProjectionStore = { ProjectionStore(log: $0, projectors: []) }
    ) async throws -> RestoreReport {
        var restore = try LedgerRestore(backup, to: target, options, file, clock, ids, makeHost)
        restore.revocations = revocations
        restore.progress = progress
        restore.atStep = { atStep($0.rawValue) }
        return try await restore.run()
    }
}
