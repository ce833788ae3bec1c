import EventLog
import Foundation
import LedgerCapabilities
import LedgerStorage
import MerkleLog
import Projections
public import SQLiteEventLog

/// What a backup wrote.
public struct BackupReport: Hashable, Sendable {
    public var file: String
    public var sizeBytes: Int64
    public var info: BackupInfo
    /// Every table was compared with the log. Otherwise the tables are what the ledger had.
    public var areTablesCompared = false
}

/// A whole ledger in a file of its own, made beside writers.
///
/// Invariants:
/// 1. Under its name there is the whole verified file or nothing, whenever the process is killed.
/// 2. It is of one snapshot of the log and its projections, and so is what it says of itself.
/// 3. It only reads: no process waits for it, and it never checkpoints.
/// 4. Only a backup is ever replaced, or an empty file.
///
///     snapshot ─▶ VACUUM INTO hidden file ─▶ read it: backup_info ─▶ sync ─▶ verify read-only ─▶ name, sync folder
struct LedgerBackup {
    /// How far it has come, for tests that end the process there.
    package enum Step: String, Sendable, CaseIterable {
        case claimed, copied, described, synced, verified, named
    }

    let log: SQLiteEventLog
    let host: ProjectionStore
    let target: String
    let isReplacing: Bool
    /// Compare the tables with the log, too.
    let isDeep: Bool
    /// Of the program, for `backup_info`.
    let madeBy: String
    let progress: @Sendable (BackupProgress) -> Void
    var atStep: @Sendable (Step) -> Void = { _ in }

    func run() async throws -> BackupReport {
        try checkTarget()
        guard try log.file.read({ try StoredTiles($0).exist }) else { throw EventLogError.noTree }
        let part = PartialLedger(target: target, purpose: .backup)
        for path in [part.path, part.lockPath] { try log.protectedFiles.check(path) }
        let rights = FileRights(likeLedger: log.path)
        let lock = try part.claim(rights)
        defer { lock.removeFile() }
        defer { part.remove() }
        atStep(.claimed)
        do {
            try rights.makeFile(part.path)
            try await log.file.copy(to: part.path) { [progress] in progress(BackupProgress(.copying, $0, $1)) }
            atStep(.copied)
            let info = try await describe(part)
            atStep(.described)
            try part.sync()
            atStep(.synced)
            let areTablesCompared = isDeep ? try await compareTables(part) : false
            try await verify(part, info)
            try part.removeCompanions()
            atStep(.verified)
            try place(part)
            atStep(.named)
            var status = stat()
            _ = stat(target, &status)
            return BackupReport(
                file: target, sizeBytes: Int64(status.st_size), info: info, areTablesCompared: areTablesCompared)
        } catch {
            throw SQLiteFailure.translated((error as? FileProblem)?.error ?? error, target)
        }
    }

    // MARK: The target

    private func checkTarget() throws {
        try log.protectedFiles.check(target)
        guard LedgerPlaces.exists(target) else { return try LedgerPlaces.checkNothingIsLeft(of: target) }
        try OutputFile.checkIsFile(target)
        guard isReplacing else {
            throw EventLogError(
                .fileExists, "\(target) exists and is not overwritten; name another file, or replace it with --force.")
        }
        for journal in ["-journal", "-wal"] where LedgerPlaces.hasContent(target + journal) {
            throw EventLogError(.fileExists, "\(target) is a database in use; close it, or name another file.")
        }
        guard LedgerPlaces.hasContent(target) else { return }
        guard ApplicationID.isLedger(target) else {
            throw EventLogError(.fileExists, "\(target) is no backup, and nothing else is replaced; name another file.")
        }
        // A process that has opened a backup for writing has made it a ledger.
        let isBackup: Bool
        do { isBackup = try LedgerFileReading.isBackup(target) } catch {
            throw EventLogError(
                .fileExists,
                "\(target) cannot be read (\((error as? EventLogError)?.message ?? "\(error)")), and what is not known to be "
                    + "a backup is not replaced; move it away, or name another file.")
        }
        guard isBackup, !LedgerPlaces.exists(target + "-lock") else {
            throw EventLogError(.fileExists, "\(target) is a ledger, which is never replaced; name another file.")
        }
    }

    /// Gives the finished file its name.
    private func place(_ part: PartialLedger) throws {
        // It may be another file by now.
        if isReplacing { try checkTarget() } else { try LedgerPlaces.checkNothingIsLeft(of: target) }
        try AtomicFile.place(part.path, at: target, replacing: isReplacing)
    }

    // MARK: What it says of itself

    /// Reads what was copied, and writes what is to be said of it.
    @concurrent private func describe(_ part: PartialLedger) async throws -> BackupInfo {
        let (host, clock, madeBy) = (host, log.clock, madeBy)
        let info = try await BackupContents.with(part.path, clock, { host.reading($0) }) { contents in
            try contents.described(madeAt: clock.now(), madeBy: madeBy)
        }
        guard try log.readTree({ try $0.root(at: info.position) }) == info.root, try log.ledgerID == info.ledgerID
        else {
            throw EventLogError(.damagedLog, "The copy has another root than the ledger; run `memledger verify`.")
        }
        let database = try PrivateDatabase(part.path)
        try database.sqlite.execute("PRAGMA synchronous = OFF")
        try database.sqlite.transaction { try info.save(database.sqlite) }
        // As a ledger's file is; the last connection that is closed takes the log away.
        try database.sqlite.execute("PRAGMA journal_mode = WAL")
        return info
    }

    /// Builds the projections again beside the copy. False where one of them is not at the log's end.
    @concurrent private func compareTables(_ part: PartialLedger) async throws -> Bool {
        let (host, progress) = (host, progress)
        return try await BackupContents.with(
            part.path, log.clock, masterKey: log.keys.given, { host.reading($0) }
        ) { contents in
            let report = try await contents.host.verify {
                progress(BackupProgress(.comparing, $0.position, $0.head))
            }
            guard let difference = report.difference else { return report.isEqual }
            var error = EventLogError(
                .digestMismatch,
                "The tables \(difference.tables.map(\.table).joined(separator: ", ")) are not what the log says; look "
                    + "with `memledger rebuild --verify`, mend them with `memledger rebuild --replace`, then back up.")
            error.difference = difference
            throw error
        }
    }

    @concurrent private func verify(_ part: PartialLedger, _ info: BackupInfo) async throws {
        let (host, progress) = (host, progress)
        do {
            try await BackupContents.with(part.path, log.clock, { host.reading($0) }) { contents in
                let written = try contents.log.file.read { try BackupInfo.load($0) }
                guard written == info else {
                    throw EventLogError.damagedBackup("its table backup_info was not written")
                }
                try await contents.verify(written, progress)
            }
        } catch {
            throw EventLogError.damagedBackup(
                "The backup that was written to \(target)", error,
                "It was removed; run `memledger verify`, and check the disk.")
        }
    }
}

extension ProjectionStore {
    /// The same projections, of another file.
    fileprivate func reading(_ log: SQLiteEventLog) -> ProjectionStore {
        ProjectionStore(log: log, projectors: projectors, deliveries: deliveries, upcasters: upcasters)
    }

    /// Writes a backup of the ledger that the projections are of.
    package func backUp(
        _ log: SQLiteEventLog, to target: String, replacing: Bool, deep: Bool = false, madeBy: String,
        progress: @escaping @Sendable (BackupProgress) -> Void = { _ in },
        atStep: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> BackupReport {
        let backup = LedgerBackup(
            log: log, host: self, target: target, isReplacing: replacing, isDeep: deep, madeBy: madeBy,
            progress: progress,
            atStep: { atStep($0.rawValue) })
        return try await backup.run()
    }
}
