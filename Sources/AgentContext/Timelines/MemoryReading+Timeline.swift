import EventLog
import LedgerStorage
public import MemoryLedger

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
    ///   many buckets or groups (`ContextLimits`); `EventLogError` with `masterKeyMissing` or `masterKeyWrong`.
    public func timeline(_ query: TimelineQuery) async throws -> Timeline {
        try query.check()
        let boundaries = try query.boundaries(now: source.now)
        return try await readTables(of: query.namespace) { tables in
            var timeline = try TimelineRows.read(query, boundaries, tables)
            if query.namespace == nil, source.moment != nil { timeline.locked = try lockedNamespaces(tables) }
            return timeline
        }
    }
}
