import EventLog
import EventLogTesting
import Testing

/// Goal: every log keeps what `EventLog` promises. Method: the conformance suite, on every backend.
@Suite struct ConformanceTests {
    @Test(.timeLimit(.minutes(10)), arguments: LogKind.allCases, EventLogConformance.checks)
    func conforms(kind: LogKind, check: ConformanceCheck) async throws {
        try await check.run(on: kind.backend)
    }

    @Test(.timeLimit(.minutes(10)), arguments: EventLogConformance.reopeningChecks)
    func aFileConformsWhenItIsOpenedAgain(check: ConformanceCheck) async throws {
        try await check.run(on: SQLiteBackend())
    }

    /// What cannot be opened again is told so, and does not pass.
    @Test(arguments: EventLogConformance.reopeningChecks)
    func aBackendThatCannotReopenIsTold(check: ConformanceCheck) async throws {
        let failure = await #expect(throws: ExpectationFailure.self) { try await check.run(on: InMemoryBackend()) }
        #expect(failure?.message.contains("`EventLogConformance.reopeningChecks`") == true)
    }

    @Test func everyCheckHasANameOfItsOwnAndARequirement() {
        let checks = EventLogConformance.checks + EventLogConformance.reopeningChecks
        #expect(Set(checks.map(\.id)).count == checks.count)
        #expect(checks.allSatisfy { !$0.name.isEmpty && $0.requirement.hasSuffix(".") })
    }
}
