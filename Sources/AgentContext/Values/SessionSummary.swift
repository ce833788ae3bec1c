public import EventLog
import MemoryLedger

/// A session as it stands.
public struct SessionState: Hashable, Sendable {
    public var id: String
    public var namespace: String
    public var user: String
    public var role: String
    public var agent: String?
    public var settings: SessionSettings
    public var openedAt: Timestamp
    public var updatedAt: Timestamp
    /// Nil: it does not end by itself.
    public var expiresAt: Timestamp?
    public var closedAt: Timestamp?
    /// Why it was closed, as who closed it said.
    public var closeReason: String?
    /// As long as it lives on when it is touched; 0: it does not end by itself.
    public var lifetimeSeconds: Int64 = 0
    /// How many messages there are; the last one's number.
    public var messages: Int64
    /// The last message that is no more in the queue; 0 if all are.
    public var evictedThrough: Int64
    public var evictions: Int
    public var tokens: ContextTokens

    /// It was not closed, and has not expired.
    public func isOpen(at now: Timestamp) -> Bool { closedAt == nil && (expiresAt.map { $0 > now } ?? true) }

    /// Messages in the queue.
    var queued: Int64 { messages - evictedThrough }
    /// For one message more.
    var hasRoom: Bool { queued < ContextLimits.queueMessages }

    public var pressure: Pressure { settings.pressure(tokens: tokens.total) }
}

/// The tokens of a session's context, by segments.
public struct ContextTokens: Hashable, Sendable {
    public var system = 0
    public var working = 0
    public var summary = 0
    public var queue = 0

    public init() {}

    public var total: Int { system + working + summary + queue }
}
