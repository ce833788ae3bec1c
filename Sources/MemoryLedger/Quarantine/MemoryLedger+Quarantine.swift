public import EventLog
import LedgerStorage
import Projections

/// Taking everything that came from one source out of the results, and bringing it back.
extension MemoryLedger {
    /// From now on nothing is shown that comes from the contributor, whatever was derived from it included, in any
    /// namespace and under any key; what comes from it later is taken and not shown.
    ///
    /// A memory comes from an actor or a source where any event that set its content since it was made is by it. One
    /// event says so; nothing is deleted, and what the store was before stays to be asked for.
    ///
    ///     try await ledger.quarantine(.source(.init(.tool, "web-search")), reason: "poisoned", by: me)
    ///
    /// - Parameter reason: At most `Quarantine.maximumReasonBytes` bytes.
    /// - Returns: which memories are no longer shown.
    /// - Throws: `MemoryLedgerError` with `alreadyQuarantined` or `invalidArgument`; `EventLogError`.
    @discardableResult
    public func quarantine(
        _ contributor: Contributor, reason: String? = nil, by attribution: Attribution = Attribution()
    ) async throws -> QuarantineReport {
        try await QuarantineChange(parts, contributor, reason).put(by: attribution)
    }

    /// Ends a quarantine. What it held back is shown again, unless another quarantine holds it.
    ///
    /// - Returns: which memories are shown again.
    /// - Throws: `MemoryLedgerError` with `notQuarantined` or `invalidArgument`; `EventLogError`.
    @discardableResult
    public func release(
        _ contributor: Contributor, reason: String? = nil, by attribution: Attribution = Attribution()
    ) async throws -> QuarantineReport {
        try await QuarantineChange(parts, contributor, reason).end(by: attribution)
    }

    /// What `quarantine` would take out of the results. Nothing is written.
    public func previewQuarantine(_ contributor: Contributor) async throws -> QuarantineReport {
        try QuarantineChange(parts, contributor).preview(.taking(contributor))
    }

    /// What `release` would bring back. Nothing is written.
    public func previewRelease(_ contributor: Contributor) async throws -> QuarantineReport {
        try QuarantineChange(parts, contributor).preview(.releasing(contributor))
    }

    /// The quarantines in force, in the order in which they were put.
    public func quarantines() async throws -> [Quarantine] {
        let found = try tables.readSnapshot { sqlite in
            try QuarantineRows.all(sqlite).map { ($0, try QuarantineRows.count(heldBy: $0.id, sqlite)) }
        }
        var quarantines: [Quarantine] = []
        for ((_, contributor, position, reason), memories) in found {
            let event = try await log.event(at: position)
            quarantines.append(
                Quarantine(
                    contributor: contributor, position: position,
                    since: event?.recordedAt ?? Timestamp(milliseconds: 0),
                    actor: event?.attribution.actor, reason: reason, memories: memories))
        }
        return quarantines
    }
}
