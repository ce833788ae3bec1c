import EventLog
import LedgerStorage
public import MemoryLedger
import Projections

extension MemoryReading {
    /// How many there were over time: of the present, or of the moment that is read.
    ///
    ///     var query = TimelineQuery(.messages, in: "mem")
    ///     query.bucket = .month
    ///     for bucket in try await ledger.timeline(query).buckets { print(bucket.from, bucket.count) }
    ///
    /// Events count when they occurred. The buckets at both ends are counted as a whole, whatever part of them was
    /// asked for.
    ///
    /// - Throws: `AgentContextError` with `noUser` or `noSession`; `MemoryLedgerError.invalidArgument` if there are too
    ///   many buckets or groups (`ContextLimits`); `EventLogError` with `masterKeyMissing`, `masterKeyWrong`, or
    ///   `missingTable` if the ledger is only read and its tables lack events.
    public func timeline(_ query: TimelineQuery) async throws -> Timeline {
        try query.check()
        let boundaries = try query.boundaries(now: source.now)
        return try await readTables(of: query.namespace) { tables in
            if source.moment == nil { try checkHasEveryEvent(tables) }
            var timeline = try TimelineRows.read(query, boundaries, tables)
            if query.namespace == nil, source.moment != nil { timeline.locked = try lockedNamespaces(tables) }
            return timeline
        }
    }

    private func checkHasEveryEvent(_ tables: SQLiteConnection) throws {
        let head = try position(of: tables)
        if let counted = try TimelineProjector().position(tables), counted >= head { return }
        throw EventLogError(
            .missingTable,
            "Not every event is counted in the timeline, because a program without it has appended some, and the ledger "
                + "could not be written since; open it for writing, or give a moment.")
    }
}
