public import EventLog

extension MemoryLedger {
    /// What undoing events would do. Nothing is written.
    ///
    ///     let plan = try await ledger.planUndo(.matching(UndoFilter(actor: "importer", since: .position(0))))
    ///     for change in plan.changes { print(change.kind, change.memory) }
    ///     if plan.conflicts.isEmpty { try await ledger.undo(plan, by: Attribution(actor: "me")) }
    ///
    /// - Throws: `EventLogError.unknownMoment` for an id or a moment that the log does not have;
    ///   `MemoryLedgerError.cannotUndo` where an event that is named is a counted read, has been undone already or was
    ///   erased, or where there are more events than `UndoPlan.maximumEvents`.
    public func planUndo(_ selection: UndoSelection) async throws -> UndoPlan {
        try await UndoRun(self).plan(selection)
    }

    /// Appends a plan's compensating events. Each names the event that it undoes as its cause; nothing is deleted.
    ///
    /// All are appended together, or none, where they are no more than `EventLogLimits.appendEvents`; else in pieces
    /// of that size, the latest first. They are appended only where every memory that the plan looked at is as it saw
    /// it. Where others have written meanwhile the plan is made again, and appended if it does the same.
    ///
    /// - Parameters:
    ///   - isPartial: Undo the rest where there are conflicts. Otherwise nothing is appended then.
    ///   - attribution: Who does it, for which request; its causation is not used.
    /// - Throws: `MemoryLedgerError` with `cannotUndo` where there are conflicts, `planOutdated` where the plan would
    ///   not do the same any more: make it again and look at it.
    @discardableResult
    public func undo(
        _ plan: UndoPlan, isPartial: Bool = false, by attribution: Attribution = Attribution()
    ) async throws -> UndoReport {
        try await UndoRun(self).carryOut(plan, isPartial: isPartial, by: attribution)
    }
}
