/// The bounds of a log. Going beyond one is a `limitExceeded` error that names it.
///
///     var limits = EventLogLimits()
///     limits.payloadBytes = 1 << 20
///     let log = InMemoryEventLog(limits: limits, clock: clock)
public struct EventLogLimits: Hashable, Sendable {
    /// The largest payload, in bytes before compression.
    public var payloadBytes = 80 << 20
    /// The most events of one append.
    public var appendEvents = 100_000
    /// The most events of one page.
    public var pageEvents = 10_000
    /// A page ends early when its payloads exceed this many bytes; it always holds one event.
    public var pageBytes = 64 << 20
    /// The longest stream name, in bytes of UTF-8.
    public var streamNameBytes = 4_096
    /// The longest type, actor, correlation or causation, in bytes of UTF-8.
    public var labelBytes = 1_024
    /// The most users that one event is protected for.
    public var protectedUsers = 256

    public init() {}
}
