/// What `EventLog` requires of every backend, check by check.
///
///     @Test(arguments: EventLogConformance.checks)
///     func conforms(_ check: ConformanceCheck) async throws { try await check.run(on: InMemoryBackend()) }
public enum EventLogConformance {
    /// The checks that every log passes.
    public static let checks: [ConformanceCheck] =
        AppendChecks.all + RepetitionChecks.all + LimitsChecks.all + ActorChecks.all + DemandChecks.all + ReadChecks.all
        + FilterChecks.all + FeedChecks.all + HistoryChecks.all + MomentChecks.all + ClockChecks.all
        + SubscribeChecks.all + ConcurrencyChecks.all

    /// The checks that every log passes that can be opened again, for a `ReopeningBackend`.
    public static let reopeningChecks: [ConformanceCheck] = ReopeningChecks.all
}
