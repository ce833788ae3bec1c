import EventLog
import EventLogTesting
import Testing

struct InMemoryBackend: ConformanceBackend {
    func makeLog(_ settings: ConformanceSettings) -> InMemoryEventLog {
        InMemoryEventLog(limits: settings.limits, requireActor: settings.requireActor, clock: settings.clock)
    }

    func close(_ log: InMemoryEventLog) async { await log.close() }
}

@Suite struct BackendTests {
    @Test(arguments: EventLogConformance.checks)
    func conforms(_ check: ConformanceCheck) async throws { try await check.run(on: InMemoryBackend()) }
}
