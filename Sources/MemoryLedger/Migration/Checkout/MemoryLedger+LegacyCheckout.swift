public import EventLog

extension MemoryLedger {
    /// Writes the memories as they stand, or stood at a moment, into a database that the old program reads: the way
    /// back from a migration, with what was written here since.
    ///
    ///     let report = try await ledger.checkout(in: .keyv, to: "kv.db")
    ///
    /// Migrating the file into an empty ledger gives the same memories, but for what the report says. Memories that
    /// are quarantined are left out, and so are protected namespaces where there is no master key. The file appears
    /// whole or not at all; a ledger, what belongs to it, and the source of a migration are never replaced.
    ///
    /// - Parameters:
    ///   - moment: Nil: the present.
    ///   - replacing: Replace a database that is there.
    ///   - reporting: Called for each memory that is left out or changed. What it throws ends the checkout.
    ///   - progress: Called with the memories that are done, of how many.
    /// - Throws: `EventLogError` with `unknownMoment`, `fileExists`, `busy` (another checkout to that file) or
    ///   `storage`; `CancellationError` where the task is cancelled.
    @discardableResult
    public func checkout(
        in layout: LegacyLayout, at moment: LogMoment? = nil, to file: String, replacing: Bool = false,
        reporting: @escaping (LegacyCheckoutReport.Entry) throws -> Void = { _ in },
        progress: @escaping (_ memories: Int, _ of: Int) -> Void = { _, _ in }
    ) async throws -> LegacyCheckoutReport {
        try await LegacyCheckoutFile(parts, layout, at: moment, to: file, replacing: replacing)
            .make(reporting: reporting, progress: progress)
    }
}
