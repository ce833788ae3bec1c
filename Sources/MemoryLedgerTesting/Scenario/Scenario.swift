import EventLog
public import EventLogTesting
public import MemoryLedger
public import Projections
import SQLiteEventLog

/// Given, when, then: what has happened, what somebody does, and what comes of it.
///
///     try await Scenario()
///         .given(.memoryAdded(tea, MemoryContent(summary: "Likes tea")))
///         .when { ledger in try await ledger.rename(tea, to: "green-tea") }
///         .thenEvents(.memoryRenamed(tea, to: "green-tea"), .memoryNameTaken(greenTea, from: "tea"))
///
/// For a projector there is no `when`: given events, then rows.
///
///     try await Scenario(projectors: [ActorTally()])
///         .given(.memoryAdded(tea, MemoryContent(domain: "drinks")).by("ann"))
///         .thenRows(of: "actor_tally", [["actor": "ann", "changes": 1]])
///
/// Each run has a ledger in memory of its own, with a fixed clock and fixed ids. A scenario is a value: keep what is
/// given, and go on from it in several ways. What does not hold is thrown, as `ExpectationFailure`.
public struct Scenario: Sendable {
    /// The ledger's clock; advance it in a `given` or in the `when`. Runs of one scenario share it.
    public let clock: FixedClock
    let projectors: [any Projector]
    let modules: [any LedgerModule]
    private var steps: [Step] = []

    private enum Step: Sendable {
        case append([ScenarioEvent])
        case command(@Sendable (MemoryLedger) async throws -> Void)
    }

    /// A ledger in which nothing has happened yet.
    ///
    /// - Parameters:
    ///   - projectors: Projectors of your own, to run beside the ledger's.
    ///   - modules: Modules of your own, with their projectors.
    public init(
        clock: FixedClock = FixedClock(), projectors: [any Projector] = [], modules: [any LedgerModule] = []
    ) {
        self.clock = clock
        self.modules = modules
        self.projectors = projectors
    }

    /// Those of its modules, too.
    var ownProjectors: [any Projector] { modules.flatMap(\.projectors) + projectors }

    // MARK: Given

    /// Events that have happened, each appended by itself, whatever a command would have said to it.
    public func given(_ events: ScenarioEvent...) -> Scenario {
        adding(events.map { .append([$0]) })
    }

    /// Events that happened together, in one append, as a rename's two do.
    public func given(together events: ScenarioEvent...) -> Scenario {
        adding([.append(events)])
    }

    /// What somebody has done. What it throws is thrown by the `when` or `then` that follows.
    public func given(_ command: @escaping @Sendable (MemoryLedger) async throws -> Void) -> Scenario {
        adding([.command(command)])
    }

    private func adding(_ more: [Step]) -> Scenario {
        var scenario = self
        scenario.steps += more
        return scenario
    }

    // MARK: When

    /// Does something, on a new ledger in which what was given has happened. Errors of the body are for `thenFails`.
    ///
    /// - Throws: what stands in the way of what was given.
    public func when(_ command: (MemoryLedger) async throws -> Void) async throws -> ScenarioOutcome {
        let ledger = try await MemoryLedger.forTesting(clock: clock, projectors: projectors, modules: modules)
        for step in steps { try await run(step, ledger) }
        try await ledger.flushReads()
        let before = try await ledger.log.head()
        var failure: (any Error)?
        do {
            try await command(ledger)
        } catch {
            failure = error
        }
        let events = try await ledger.recordedEvents(after: before)
        return ScenarioOutcome(scenario: self, ledger: ledger, events: events, error: failure)
    }

    private func run(_ step: Step, _ ledger: MemoryLedger) async throws {
        switch step {
        case .command(let command): try await command(ledger)
        case .append(let events):
            guard !events.isEmpty else { return }
            try await ledger.flushReads()
            let appends = try events.map { StreamAppend($0.stream, events: [try $0.newEvent(ledger.options)]) }
            _ = try await ledger.log.append(appends)
        }
    }

    /// Streams that were given events in one append.
    var togetherAppended: [[StreamName]] {
        steps.compactMap { step in
            guard case .append(let events) = step, events.count > 1 else { return nil }
            return events.map(\.stream)
        }
    }

    // MARK: Then

    /// What was given, as it stands in the ledger: for a scenario without a `when`.
    public func then(_ check: (MemoryLedger) async throws -> Void) async throws {
        try await when { _ in }.then(check)
    }

    /// The rows of a table after what was given, as `ScenarioOutcome.thenRows`.
    @discardableResult
    public func thenRows(
        of table: String, _ rows: [JSONObject], fileID: StaticString = #fileID, line: UInt = #line
    ) async throws -> ScenarioOutcome {
        try await when { _ in }.thenRows(of: table, rows, fileID: fileID, line: line)
    }
}
