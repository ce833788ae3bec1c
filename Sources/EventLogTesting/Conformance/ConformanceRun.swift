import EventLog
import Synchronization

/// One run of a check: makes logs of the backend, and closes them at the end.
final class ConformanceRun: Sendable {
    let largeLogEvents: Int
    private let make: @Sendable (ConformanceSettings, FixedClock) async throws -> LogUnderTest
    private let made = Mutex<[LogUnderTest]>([])

    init(_ backend: some ConformanceBackend) {
        largeLogEvents = max(1, backend.largeLogEvents)
        make = { settings, clock in
            LogUnderTest(
                try await backend.makeLog(settings), of: backend, settings, clock: clock, ids: .seeded(1))
        }
    }

    /// A log without events, whose clock stands at `FixedClock.start`.
    func makeLog(
        limits: EventLogLimits = EventLogLimits(), requireActor: Bool = false
    ) async throws -> LogUnderTest {
        let clock = FixedClock()
        let settings = ConformanceSettings(limits: limits, requireActor: requireActor, clock: clock)
        return keep(try await make(settings, clock))
    }

    /// Closes a log and opens it again, with the same clock and further ids.
    func reopen(_ test: LogUnderTest) async throws -> LogUnderTest {
        await test.close()
        return keep(try await test.reopened())
    }

    private func keep(_ test: LogUnderTest) -> LogUnderTest {
        made.withLock { $0.append(test) }
        return test
    }

    func closeAll() async {
        for test in made.withLock({ $0 }) { await test.close() }
    }
}
