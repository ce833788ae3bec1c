import EmbeddedLedger
public import EventLog
public import Projections

/// Rebuilding, comparing and mending the projections. The tables answer and follow the log meanwhile.
extension MemoryLedger {
    /// Opens a ledger as it is, to look at its projections and to mend them: what is outdated or missing is not rebuilt
    /// first. Nothing may be appended through it.
    package static func openAsItIs(at path: String, options: MemoryLedgerOptions) throws -> MemoryLedger {
        try MemoryLedger(file: path, options)
    }

    /// Rebuilds projections from the log, all of them where no names are given. The next generation is built beside the
    /// serving one, compared with it, and takes its place in one transaction; the former one is kept for `rollBack`.
    ///
    /// - Parameter policy: what is done where the serving tables are not what the log says.
    /// - Throws: `EventLogError` with `digestMismatch` and the rows that differ (the serving generation stays then, and
    ///   the rebuilt one is kept in a file), `projectionFailed`, `unknownProjection` or `busy`.
    @discardableResult
    public func rebuild(
        _ projections: [String]? = nil, onDifference policy: DifferencePolicy = .refuse,
        progress: @escaping RebuildProgress = { _ in }
    ) async throws -> RebuildReport {
        try await host.rebuild(projections, onDifference: policy, progress)
    }

    /// Builds projections again beside the ledger, or in the temporary folder where nothing can be written there,
    /// compares them with the serving ones and throws them away. Works on a ledger that is open for reading only.
    ///
    /// - Throws: `EventLogError` with `projectionFailed`, `unknownProjection`, `newerFormat` or `storage`.
    public func verifyProjections(
        _ projections: [String]? = nil, progress: @escaping RebuildProgress = { _ in }
    ) async throws -> VerificationReport {
        try await host.verify(projections, progress)
    }

    /// Goes back to the generation that served before the last rebuild, brought to the log's end, and keeps the present
    /// one in its place. Writers wait meanwhile.
    ///
    /// - Returns: what serves now.
    /// - Throws: `EventLogError` with `noFormerGeneration`, `unknownProjection`, `missingTable` or `busy`.
    @discardableResult
    public func rollBack(_ projections: [String]? = nil) async throws -> [ProjectionState] {
        try await host.rollBack(projections)
    }

    /// Drops the former generations, so that the next rebuild uses their space.
    ///
    /// A projection that no projector of this program builds, whose tables keep erasures from being made, is dropped as
    /// a whole if it is named: `EventLogError.unknownProjection` of an erasure names it.
    ///
    /// - Returns: the generations that are gone.
    /// - Throws: `EventLogError` with `unknownProjection`, `busy` where a rebuild is under way, or `invalidArgument`
    ///   where not all projections are named whose tables cannot be told apart.
    @discardableResult
    public func forgetFormerGenerations(_ projections: [String]? = nil) async throws -> [ProjectionState] {
        try await host.forgetFormer(projections)
    }

    /// How the projections do: versions, positions, lag, health, dead letters, former generations.
    ///
    /// - Parameter withDigests: hash the tables too, which reads all of them.
    public func projections(withDigests: Bool = false) async throws -> [ProjectionStatus] {
        try host.statuses(withDigests: withDigests)
    }

    /// How far the log's time runs ahead of the clock, because the clock was ahead once; nil where it does not.
    public func clockLead() async throws -> ClockLead? { try await log.clockLead(now: options.clock.now()) }

    /// A jump of the clock ahead, by more than a day, at the last append or since; nil where none is known.
    public func clockJump() -> ClockJump? { embedded?.clockJump() }

    // MARK: Dead letters

    /// Events that a projection does without: set aside because its projector refused them, or skipped.
    public func deadLetters(_ projections: [String]? = nil) async throws -> [DeadLetter] {
        try host.deadLetters(projections)
    }

    /// Positions of the events that were set aside and wait, each once, in their order.
    package func waitingDeadLetters() throws -> [Position] { try host.waitingDeadLetters() }

    /// Applies dead letters to the tables now, in the order of their positions, and so after later events.
    ///
    /// - Parameter positions: these, skipped ones too; all that wait where none are given.
    /// - Throws: `EventLogError` with `invalidArgument` where a position has no letter, or `newerFormat`.
    public func retryDeadLetters(
        _ projections: [String]? = nil, positions: [Position]? = nil
    ) async throws -> DeadLetterRetry {
        let retry = try await host.retryDeadLetters(projections, positions: positions)
        // Texts that begin before where the index is are not in it.
        if !retry.applied.isEmpty { for index in parts.textIndexes { try index.remove() } }
        return retry
    }

    /// Says that a projection does without events, for good: rebuilds pass over them too. A position that was not set
    /// aside can be named as well, so that a rebuild that stops there goes on.
    ///
    /// - Parameter positions: these; all that wait where none are given.
    /// - Throws: `EventLogError.invalidArgument` where there is no such event.
    @discardableResult
    public func skipDeadLetters(
        _ projections: [String]? = nil, positions: [Position]? = nil
    ) async throws -> [DeadLetter] {
        try await host.skipDeadLetters(projections, positions: positions)
    }
}
