public import EventLog
import Foundation
package import LedgerCapabilities
import LedgerStorage
import Logging
public import Projections
package import SQLiteEventLog

/// What a purge removed.
public struct PurgeReport: Hashable, Sendable {
    /// The last erasure that it was for.
    public var erasure: Position
    /// Rebuilt from the log, in which what was erased has no content.
    public var projections: [ProjectionState]
    /// Generations from before, dropped: one of each projector, however many projections it builds.
    public var formerGenerations: Int
    public var snapshots: Int
    /// Files of views, of rebuilds and of the text index that were removed.
    public var files: Int
    /// The database and its write-ahead log, before and after all pages were written again.
    public var bytesBefore: Int64
    public var bytesAfter: Int64
}

/// How far a purge is.
package enum PurgeStep: String, Sendable, CaseIterable {
    case begun, filesRemoved, rebuilt, formerDropped, scrubbed
}

/// Removes what was made of erased payloads: tables, former generations, snapshots, views, the text index, what
/// rebuilds left, free pages and the write-ahead log.
///
///     erased ─▶ views closed ─▶ snapshots, files ─▶ tables rebuilt ─▶ former ones ─▶ pages written again ─▶ text index
///            ─▶ done
///
/// `purges` says that it is due from the erasing transaction until the end; each step can be done again, so the
/// process that comes after a crash begins from the start. What other processes build meanwhile of what was there
/// before is refused by them or by the ledger, because the last erasure is part of what they compare (`SnapshotStore`,
/// `MomentCache`).
package struct Purge: Sendable {
    private let log: SQLiteEventLog
    private let host: ProjectionStore
    private let keeper: SnapshotKeeper
    private let moments: MomentCache

    package init(_ log: SQLiteEventLog, _ host: ProjectionStore, _ keeper: SnapshotKeeper, _ moments: MomentCache) {
        self.log = log
        self.host = host
        self.keeper = keeper
        self.moments = moments
    }

    /// Carries out what is due; nil where nothing is.
    ///
    /// - Throws: `masterKeyMissing` or `masterKeyWrong` where tables hold what is encrypted and cannot be rebuilt;
    ///   `unknownProjection` where the ledger has tables of a projector that this program does not have; `busy` where
    ///   somebody reads or rebuilds. The purge stays due then.
    package func run(
        _ progress: RebuildProgress = { _ in }, reached: (PurgeStep) -> Void = { _ in }
    ) async throws -> PurgeReport? {
        guard let last = try log.duePurges().last else { return nil }
        if let reason = try log.lockReason() { throw EventLogError.locked(reason, "What the tables hold is encrypted") }
        try log.inErasureScope { try Self.check($0, host) }
        log.file.options.logger.info("Purging what was erased", metadata: ["through": "\(last)"])
        let before = log.file.sizeBytes
        reached(.begun)
        await moments.closeViews()
        let snapshots = try await keeper.dropAllForErasure()
        var files = Self.removeViews(of: log.path)
        files += try await removeWhatRebuildsLeft()
        files += LostWriteAheadLog.remove(of: log.path)
        reached(.filesRemoved)
        let rebuilt = try await host.rebuild(nil, onDifference: .ignore, progress)
        reached(.rebuilt)
        let former = try await host.forgetFormer().map(\.name)
        try await forgetReasons()
        // Views that another process opened before it had noticed.
        files += Self.removeViews(of: log.path)
        reached(.formerDropped)
        try await log.scrub()
        reached(.scrubbed)
        // After the tables were rebuilt: what begins to fill the next one reads them. And after the ledger's own pages,
        // since a file that is none of ours may stand in its place, and is left there.
        for index in LedgerPlaces.textIndexes(of: log.path) {
            files += try LockedDatabase.remove(
                index, applicationID: ApplicationID.textIndex,
                busyTimeout: log.file.options.busyTimeoutMilliseconds)
        }
        let now = log.clock.now()
        try await log.onWriter { sqlite in
            try sqlite.transaction { try DataKeys.finishPurges(through: last, at: now, sqlite) }
        }
        return PurgeReport(
            erasure: last, projections: rebuilt.projections, formerGenerations: builds(of: former),
            snapshots: snapshots, files: files, bytesBefore: before, bytesAfter: log.file.sizeBytes)
    }

    /// How many generations these projections are of, if all that a projector builds at once is one.
    private func builds(of projections: [String]) -> Int {
        let names = Set(projections.map { ByteText($0) })
        return host.projectors.count { projector in projector.built.contains { names.contains($0.key) } }
    }

    /// - Throws: `unknownProjection` where the ledger has tables of projections that this program does not build: it
    ///   could not rebuild them without what is erased.
    package static func check(_ scope: any ErasureScope, _ host: ProjectionStore) throws {
        let others = try scope.read { try ForeignProjections(to: host, $0) }.states.map(\.name)
        guard let other = others.first else { return }
        throw EventLogError(
            .unknownProjection,
            "The ledger has tables of a projection \(other), which this program cannot rebuild; erase with the one that "
                + "can, or drop them with `memledger rebuild --forget \(others.joined(separator: " "))`.")
    }

    /// What an interrupted or refused rebuild left beside the ledger.
    private func removeWhatRebuildsLeft() async throws -> Int {
        let path = log.path
        let lock = try await RebuildLock(host.database)
        defer { lock.release() }
        let names = [path + "-rebuild", host.differingPath].flatMap { [$0, $0 + "-journal"] }
        return names.count { unlink($0) == 0 } + SideDatabase.removeUnnamed(beside: path)
    }

    /// The files of all views, also those that other processes have open: their next one is built again.
    private static func removeViews(of path: String) -> Int {
        let folder = path + "-views"
        var status = stat()
        guard lstat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return 0 }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let removed = names.filter { $0.hasPrefix("view-") && $0.contains(".sqlite") }.count { name in
            unlink("\(folder)/\(name)") == 0
        }
        ViewFolder.clearDead(besideLedger: path)
        return removed
    }

    /// What a projector said of an event that it refused may quote it.
    private func forgetReasons() async throws {
        try await log.onWriter { sqlite in
            guard try sqlite.hasTable("dead_letters") else { return }
            try sqlite.transaction { try sqlite.execute("UPDATE dead_letters SET reason = 'removed by an erasure'") }
        }
    }
}
