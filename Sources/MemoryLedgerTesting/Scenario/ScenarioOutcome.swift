public import EventLog
import EventLogTesting
public import MemoryLedger

/// What came of a scenario, to be compared with what was expected. Expectations can be chained.
public struct ScenarioOutcome: Sendable {
    let scenario: Scenario
    /// The ledger as it is now.
    public let ledger: MemoryLedger
    /// The events that the `when` brought, in order.
    public let events: [RecordedEvent]
    /// What the `when` threw; nil where it did not.
    public let error: (any Error)?

    // MARK: Events

    /// Exactly these events were appended, in this order, and nothing was thrown. None: nothing happened.
    @discardableResult
    public func thenEvents(
        _ expected: ScenarioEvent..., fileID: StaticString = #fileID, line: UInt = #line
    ) async throws -> ScenarioOutcome {
        let place = SourcePlace(fileID, line)
        try expectNoError(place)
        let difference = try ScenarioEvent.difference(expected: expected, found: events, ledger.events)
        guard difference.isEmpty else {
            throw ExpectationFailure("Other events were appended than expected.", difference, at: place)
        }
        return self
    }

    private func expectNoError(_ place: SourcePlace) throws {
        guard let error else { return }
        throw ExpectationFailure("The command failed: \(error)", at: place)
    }

    // MARK: Failures

    /// The command threw a `MemoryLedgerError` with that code, and appended nothing.
    @discardableResult
    public func thenFails(
        with code: MemoryLedgerError.Code, fileID: StaticString = #fileID, line: UInt = #line
    ) async throws -> ScenarioOutcome {
        try expectFailure("\(code)", SourcePlace(fileID, line)) { ($0 as? MemoryLedgerError)?.code == code }
    }

    /// The command threw a `MemoryLimitError` of that limit, and appended nothing.
    @discardableResult
    public func thenFails(
        beyond limit: MemoryLimitError.Limit, fileID: StaticString = #fileID, line: UInt = #line
    ) async throws -> ScenarioOutcome {
        try expectFailure(limit.rawValue, SourcePlace(fileID, line)) { ($0 as? MemoryLimitError)?.limit == limit }
    }

    /// The command threw an `EventLogError` with that code, and appended nothing.
    @discardableResult
    public func thenLogFails(
        with code: EventLogError.Code, fileID: StaticString = #fileID, line: UInt = #line
    ) async throws -> ScenarioOutcome {
        try expectFailure("\(code)", SourcePlace(fileID, line)) { ($0 as? EventLogError)?.code == code }
    }

    private func expectFailure(
        _ name: String, _ place: SourcePlace, _ matches: (any Error) -> Bool
    ) throws -> ScenarioOutcome {
        guard let error else {
            let found = try ScenarioEvent.difference(expected: [], found: events, ledger.events)
            throw ExpectationFailure("The command was to fail with \(name), and did not.", found, at: place)
        }
        guard matches(error) else {
            throw ExpectationFailure("The command was to fail with \(name), and failed with: \(error)", at: place)
        }
        guard events.isEmpty else {
            let found = try ScenarioEvent.difference(expected: [], found: events, ledger.events)
            throw ExpectationFailure("The command failed with \(name), but appended events.", found, at: place)
        }
        return self
    }

    // MARK: State

    /// The key holds a memory with that content.
    @discardableResult
    public func thenMemory(
        _ memory: MemoryKey, _ expected: MemoryContent, fileID: StaticString = #fileID, line: UInt = #line
    ) async throws -> ScenarioOutcome {
        let place = SourcePlace(fileID, line)
        guard let found = try await ledger.get(memory) else {
            throw ExpectationFailure("There is no memory \(memory).", at: place)
        }
        let difference = LineDifference.lines(expected: Self.lines(expected), found: Self.lines(found.content))
        guard difference.isEmpty else {
            throw ExpectationFailure("Memory \(memory) is not as expected.", difference, at: place)
        }
        return self
    }

    private static func lines(_ content: MemoryContent) -> [String] {
        (content.json.object?.members ?? []).map { "\($0.name): \($0.value)" }
    }

    /// The key holds no memory.
    @discardableResult
    public func thenNoMemory(
        _ memory: MemoryKey, fileID: StaticString = #fileID, line: UInt = #line
    ) async throws -> ScenarioOutcome {
        guard let found = try await ledger.get(memory) else { return self }
        throw ExpectationFailure(
            "There is a memory \(memory).", ["+ \(found.json)"], at: SourcePlace(fileID, line))
    }

    /// Anything else, looked at by the body, which throws or records what does not hold.
    @discardableResult
    public func then(_ check: (MemoryLedger) async throws -> Void) async throws -> ScenarioOutcome {
        try await check(ledger)
        return self
    }

    /// The rows of a projection table, all of them, in the order of the primary key.
    ///
    /// Compared are the columns that the expected rows state; each states the same. Integers, doubles and texts are as
    /// in JSON, NULL is `nil`, a BLOB is `["$base64": …]`.
    ///
    /// - Throws: `ExpectationFailure`; `EventLogError` with `missingTable`, or `invalidArgument` for a column.
    @discardableResult
    public func thenRows(
        of table: String, _ expected: [JSONObject], fileID: StaticString = #fileID, line: UInt = #line
    ) async throws -> ScenarioOutcome {
        let place = SourcePlace(fileID, line)
        try expectNoError(place)
        let rows = TableRows(table: table, columns: TableRows.columns(of: expected))
        let found = try await rows.read(from: ledger)
        let difference = LineDifference.lines(
            expected: expected.map { rows.line($0) }, found: found.map { rows.line($0) })
        guard difference.isEmpty else {
            throw ExpectationFailure("Table \(table) has other rows than expected.", difference, at: place)
        }
        return self
    }
}
