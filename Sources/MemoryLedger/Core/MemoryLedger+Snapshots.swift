import EmbeddedLedger
public import EventLog
public import Projections

extension MemoryLedger {
    /// The snapshots that the ledger knows of, the earliest first. They change nothing but how fast moments open.
    public func snapshots() throws -> [SnapshotInfo] { try snapshotKeeper.all() }

    /// True where a snapshot's file is there, and built by what builds the tables now.
    public func isUsable(_ snapshot: SnapshotInfo) throws -> Bool { try snapshotKeeper.isUsable(snapshot) }

    /// Takes the snapshots that are due by `MemoryLedgerOptions.snapshots`, the earliest first, and answers them. A
    /// process that appends does so by itself in the background; call this before it ends.
    ///
    /// - Parameter limit: At most so many now; all where it is nil.
    /// - Throws: `EventLogError` with `readOnly`, `storage`, `busy` or `closed`.
    @discardableResult
    public func takeDueSnapshots(atMost limit: Int? = nil) async throws -> [SnapshotInfo] {
        try await snapshotKeeper.takeDue(atMost: limit)
    }

    /// Takes a snapshot of the present, unless there is one. None either where another process is taking one.
    ///
    /// - Throws: as `takeDueSnapshots`.
    public func takeSnapshot() async throws -> [SnapshotInfo] {
        try await flushReads()
        return try await snapshotKeeper.takeHere()
    }

    /// Drops all snapshots, which can be done at any time, and answers how many there were.
    ///
    /// - Throws: `EventLogError` with `readOnly` or `busy`.
    public func dropSnapshots() async throws -> Int { try await snapshotKeeper.dropAll() }
}

extension MemoryLedger {
    /// Writes the tables as they stood at a moment into an SQLite file of their own, for any SQL tool: the same tables,
    /// indexes and columns, `projections`, and `checkout_info` with the names and values that say where it is from.
    ///
    ///     try await ledger.checkout(at: .position(1_000), to: "then.sqlite")
    ///
    /// The file appears whole or not at all. A ledger is never replaced.
    ///
    /// - Parameter replacing: Replace a file that is there.
    /// - Throws: `EventLogError` with `unknownMoment`, `fileExists`, `busy` (another checkout to that file) or
    ///   `storage`; `CancellationError` where the task is cancelled.
    @discardableResult
    public func checkout(
        at moment: Moment, to file: String, replacing: Bool = false, progress: RebuildProgress = { _ in }
    ) async throws -> CheckoutReport {
        try await checkout(at: try await asOf(moment).moment, to: file, replacing: replacing, progress: progress)
    }

    /// The same for a moment that is known to be one.
    @discardableResult
    public func checkout(
        at moment: LogMoment, to file: String, replacing: Bool = false, progress: RebuildProgress = { _ in }
    ) async throws -> CheckoutReport {
        try await host.checkout(
            at: moment, to: file, replacing: replacing, madeBy: "memory-ledger \(memoryLedgerVersion)",
            clock: options.clock, ledgerID: embedded?.ledgerID, snapshotKeeper,
            progress)
    }
}
