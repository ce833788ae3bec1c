public import EventLog

/// A backend whose logs the conformance suite checks.
///
///     struct InMemoryBackend: ConformanceBackend {
///         func makeLog(_ settings: ConformanceSettings) -> InMemoryEventLog {
///             InMemoryEventLog(limits: settings.limits, requireActor: settings.requireActor, clock: settings.clock)
///         }
///
///         func close(_ log: InMemoryEventLog) async { await log.close() }
///     }
///
///     @Test(arguments: EventLogConformance.checks)
///     func conforms(_ check: ConformanceCheck) async throws { try await check.run(on: InMemoryBackend()) }
public protocol ConformanceBackend: Sendable {
    associatedtype Log: EventLog

    /// How many events fill more than one of whatever the log keeps its events in: files, segments, levels of an index.
    /// 3,000 by default.
    var largeLogEvents: Int { get }

    /// Makes a log without events that shares nothing with any other.
    func makeLog(_ settings: ConformanceSettings) async throws -> Log

    /// Ends a log: calls that wait get the error `closed`, and so does every later one. Called more than once.
    func close(_ log: Log) async

    /// Does at once what the log does by itself when it has grown, such as to index. Nothing by default.
    func settle(_ log: Log, _ settings: ConformanceSettings) async throws

    /// How many calls of the log's `waitForEvent` wait now, to see that none is left behind. Nil, the default, if the
    /// log cannot tell; then that is not checked.
    func waitingCalls(of log: Log) -> Int?
}

extension ConformanceBackend {
    public var largeLogEvents: Int { 3_000 }
    public func settle(_ log: Log, _ settings: ConformanceSettings) async throws {}
    public func waitingCalls(of log: Log) -> Int? { nil }
}

/// A backend that stores its logs, so that they can be opened again. Let it run `EventLogConformance.reopeningChecks`,
/// too.
///
///     struct FileBackend: ReopeningBackend {
///         …
///         func reopen(_ log: SQLiteEventLog, _ settings: ConformanceSettings) throws -> SQLiteEventLog {
///             try Self.open(log.path, settings)
///         }
///         …
///     }
public protocol ReopeningBackend: ConformanceBackend {
    /// Opens what a log has stored. The log has been closed.
    func reopen(_ log: Log, _ settings: ConformanceSettings) async throws -> Log
}

/// What a check asks of a log that it lets a backend make.
public struct ConformanceSettings: Sendable {
    /// The bounds that the log must hold appends and pages to.
    public var limits: EventLogLimits
    /// The log takes no event without an actor.
    public var requireActor: Bool
    /// Says when an event is recorded. The check sets it, also backwards.
    public var clock: any TimeSource
}
