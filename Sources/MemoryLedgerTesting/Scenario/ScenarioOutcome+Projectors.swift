public import EventLog
import MemoryLedger

extension ScenarioOutcome {
    /// The projectors' rows are the same where events are delivered again: see `ProjectorCheck.expectIdempotent`.
    ///
    /// Every event of the ledger takes part, given or brought by the `when`.
    @discardableResult
    public func thenIdempotent(
        seed: UInt64 = 1, fileID: StaticString = #fileID, line: UInt = #line
    ) async throws -> ScenarioOutcome {
        try await ProjectorCheck(scenario.ownProjectors).expectIdempotent(
            over: ledger.recordedEvents(), seed: seed, fileID: fileID, line: line)
        return self
    }

    /// The projectors' rows are the same in any order of independent streams' events: see
    /// `ProjectorCheck.expectSameRowsInAnyOrder`. What was given together stays in its order.
    ///
    /// - Parameter positions: Columns of your projectors' tables that hold positions.
    @discardableResult
    public func thenSameRowsInAnyOrder(
        rounds: Int = 20, seed: UInt64 = 1, positions: [PositionColumn] = [],
        coupledStreams: @escaping @Sendable (RecordedEvent) -> [StreamName] = { _ in [] },
        fileID: StaticString = #fileID, line: UInt = #line
    ) async throws -> ScenarioOutcome {
        let check = ProjectorCheck(scenario.ownProjectors, positions: positions, coupledStreams: coupledStreams)
        try await check.expectSameRowsInAnyOrder(
            of: ledger.recordedEvents(), together: scenario.togetherAppended, rounds: rounds, seed: seed,
            fileID: fileID, line: line)
        return self
    }
}
