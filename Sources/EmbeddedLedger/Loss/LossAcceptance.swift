public import EventLog
public import LedgerCapabilities
public import MerkleLog
package import Projections
package import SQLiteEventLog

/// What became of a ledger whose loss was accepted.
public struct LossReport: Hashable, Sendable {
    /// What was lost.
    public var lost: LostHead
    /// The events that were left and their root, before the event that began the epoch.
    public var size: Int64
    public var root: MerkleHash
    /// What checkpoints are signed under from now on.
    public var origin: LedgerOrigin
    /// Of the event that began the epoch: the log's last position.
    public var position: Position
    /// The last checkpoint that the log continues; nil where there is none.
    public var checkpoint: Checkpoint?
}

extension SQLiteEventLog {
    /// Lets a ledger that has lost acknowledged events go on without them: an epoch begins, whose event names the head
    /// that was lost. Until then nothing is written to it.
    ///
    /// - Throws: `EventLogError` with `nothingLost`, `missing`, `busy`, `conflict` where somebody else has accepted it
    ///   meanwhile, or `storage`. Nothing was changed then.
    package static func acceptLoss(
        of path: String, by attribution: Attribution, file given: LedgerFileOptions, clock: any TimeSource,
        ids: any EventIDSource,
        makeHost: @Sendable (SQLiteEventLog) -> ProjectionStore = { ProjectionStore(log: $0, projectors: []) }
    ) async throws -> LossReport {
        var options = given
        options.access = .readWrite
        options.durability = .full
        options.writesDespiteLoss = true
        let log = try SQLiteEventLog(path: path, options: options, clock: clock)
        do {
            let report = try await log.acceptLoss(by: attribution, ids, makeHost)
            await log.close()
            return report
        } catch {
            await log.close()
            throw error
        }
    }

    private func acceptLoss(
        by attribution: Attribution, _ ids: any EventIDSource, _ makeHost: (SQLiteEventLog) -> ProjectionStore
    ) async throws -> LossReport {
        guard var lost = lostHead else {
            throw EventLogError(.nothingLost, "\(path) has lost nothing that was acknowledged; nothing was changed.")
        }
        // It is written over from here on.
        lost.writeAheadLogCopy = try LostWriteAheadLog.keep(lost)
        try file.upgradeDespiteLoss()
        let host = makeHost(self)
        try await host.prepare()
        let version = try await version(of: LedgerEvent.Stream.epochs)
        let (start, origin, checkpoint) = try epoch(after: lost, host)
        let event = try LedgerEvent.epochStarted(start).newEvent(id: ids.next(at: clock.now()), by: attribution)
        let result = try await append(to: LedgerEvent.Stream.epochs, .atVersion(version), [event])
        // The host's projections live as long as it does.
        withExtendedLifetime(host) {}
        guard let position = result.lastPosition, position == start.restoredSize + 1 else {
            throw EventLogError(
                .conflict, "Another program has written to \(path) meanwhile; look at it, then try again.")
        }
        return LossReport(
            lost: lost, size: start.restoredSize, root: start.restoredRoot, origin: origin, position: position,
            checkpoint: checkpoint)
    }

    private func epoch(
        after lost: LostHead, _ host: ProjectionStore
    ) throws -> (EpochStart, LedgerOrigin, Checkpoint?) {
        try file.readSnapshot { sqlite in
            guard let ledger = try LedgerID.load(sqlite) else { throw EventLogError.noTree }
            let former = try LedgerOrigin.current(in: self, sqlite)
            let id = LedgerOrigin.restoredID(file.options.randomness)
            let number = max(former.epoch, lost.origin.epoch) + 1
            guard let origin = LedgerOrigin(ledger: ledger, epoch: number, epochID: id) else {
                throw EventLogError(
                    .invalidArgument, "The source of randomness must answer as many bytes as it is asked.")
            }
            let tree = try TreeReader(sqlite)
            let checkpoint = try CheckpointStore(sqlite: sqlite).last(of: former, continuedBy: tree)
            let start = EpochStart(
                number: origin.epoch, epochID: id, origin: origin.text,
                checkpoint: checkpoint.map { String(decoding: $0.bytes, as: UTF8.self) }, restoredOrigin: former.text,
                restoredSize: tree.size, restoredRoot: try tree.root(at: tree.size), replaced: lost.replaced)
            return (start, origin, checkpoint?.checkpoint)
        }
    }
}
