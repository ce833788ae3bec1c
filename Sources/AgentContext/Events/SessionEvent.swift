public import EventLog
public import MemoryLedger

/// What can happen in a session.
public enum SessionEvent: JSONEvent, Hashable {
    case opened(SessionOpening)
    /// It goes on until then; nil: for ever.
    case touched(expiresAt: Timestamp?, lifetimeSeconds: Int64)
    case configured(SessionSettings)
    case closed(reason: String?)
    /// It goes on after all.
    case reopened
    case appended(SessionMessage)
    case evicted(Eviction)

    /// The types of these events.
    public enum Name {
        public static let opened: EventType = "SessionOpened"
        public static let touched: EventType = "SessionTouched"
        public static let configured: EventType = "SessionConfigured"
        public static let closed: EventType = "SessionClosed"
        public static let reopened: EventType = "SessionReopened"
        public static let appended: EventType = "MessageAppended"
        public static let evicted: EventType = "MessagesEvicted"

        static let all: Set<EventType> = [
            opened, touched, configured, closed, reopened, appended, evicted,
        ]
    }

    public var type: EventType {
        switch self {
        case .opened: Name.opened
        case .touched: Name.touched
        case .configured: Name.configured
        case .closed: Name.closed
        case .reopened: Name.reopened
        case .appended: Name.appended
        case .evicted: Name.evicted
        }
    }

    public var json: JSONValue {
        switch self {
        case .opened(let opening): .object(opening.json)
        case .touched(let time, let seconds):
            ["expires_at": JSONValue(milliseconds: time), "lifetime_seconds": JSONValue(seconds)]
        case .configured(let settings): .object(settings.json)
        case .closed(let reason): ["reason": reason.map { .string($0) } ?? .null]
        case .reopened: [:]
        case .appended(let message): .object(message.json)
        case .evicted(let eviction): .object(eviction.json)
        }
    }

    public static func read(_ type: EventType, _ data: EventData) throws -> SessionEvent? {
        switch type {
        case Name.opened: .opened(try SessionOpening(data))
        case Name.touched:
            .touched(
                expiresAt: try data.optionalTime("expires_at"), lifetimeSeconds: try data.integer("lifetime_seconds"))
        case Name.configured: .configured(try SessionSettings(data))
        case Name.closed: .closed(reason: try data.optionalText("reason"))
        case Name.reopened: .reopened
        case Name.appended: .appended(try SessionMessage(data))
        case Name.evicted: .evicted(try Eviction(data))
        default: nil
        }
    }

    public var words: String {
        switch self {
        case .opened(let opening): "\(opening.user) as \(opening.role)"
        case .touched(let time, _): time.map { "until \($0.rfc3339)" } ?? ""
        case .configured(let settings): "\(settings.budget) tokens"
        case .closed(let reason): reason ?? ""
        case .reopened: ""
        case .appended(let message): "\(message.role.rawValue): \(message.content)"
        case .evicted(let eviction): "\(eviction.first) to \(eviction.last)"
        }
    }
}

/// With what a session begins.
public struct SessionOpening: Hashable, Sendable {
    public var user: String
    public var role: String
    public var agent: String?
    public var settings = SessionSettings()
    /// Nil: it does not end by itself.
    public var expiresAt: Timestamp?
    /// As long as it lives on when it is touched; 0: it does not end by itself.
    public var lifetimeSeconds: Int64 = 0

    public init(user: String, role: String) { (self.user, self.role) = (user, role) }

    var json: JSONObject {
        var object: JSONObject = ["user": .string(user), "role": .string(role)]
        if let agent { object.append("agent", .string(agent)) }
        object.append("settings", .object(settings.json))
        object.append("expires_at", JSONValue(milliseconds: expiresAt))
        object.append("lifetime_seconds", JSONValue(lifetimeSeconds))
        return object
    }

    init(_ data: EventData) throws {
        self.init(user: try data.text("user"), role: try data.text("role"))
        agent = try data.optionalText("agent")
        settings = try SessionSettings(data.data("settings"))
        expiresAt = try data.optionalTime("expires_at")
        lifetimeSeconds = try data.integer("lifetime_seconds")
    }
}

/// Messages leave the queue, and a summary takes their place.
public struct Eviction: Hashable, Sendable {
    /// Numbers of the messages that leave.
    public var first: Int64
    public var last: Int64
    public var messages: Int
    /// Tokens of these messages.
    public var tokens: Int
    public var summary: CountedText
    /// Tokens of the whole context before and after, and what was held to be too many.
    public var tokensBefore: Int
    public var tokensAfter: Int
    public var settings: SessionSettings

    init(
        messages: ClosedRange<Int64>, count: Int, tokens: Int, summary: CountedText, tokensBefore: Int,
        tokensAfter: Int,
        settings: SessionSettings
    ) {
        (first, last, self.messages, self.tokens) = (messages.lowerBound, messages.upperBound, count, tokens)
        (self.summary, self.settings) = (summary, settings)
        (self.tokensBefore, self.tokensAfter) = (tokensBefore, tokensAfter)
    }

    var json: JSONObject {
        [
            "first": JSONValue(first), "last": JSONValue(last), "messages": JSONValue(messages),
            "tokens": JSONValue(tokens), "summary": summary.json, "tokens_before": JSONValue(tokensBefore),
            "tokens_after": JSONValue(tokensAfter), "settings": .object(settings.json),
        ]
    }

    /// What is beside the numbers of messages and the summary, in `session_summaries.metadata`.
    var metadata: JSONObject {
        var object: JSONObject = ["tokens_before": JSONValue(tokensBefore), "tokens_after": JSONValue(tokensAfter)]
        if summary.isEstimated { object.append("estimated", true) }
        object.append("settings", .object(settings.json))
        return object
    }

    init(_ data: EventData) throws {
        first = try data.integer("first")
        last = try data.integer("last")
        messages = try data.count("messages")
        tokens = try data.tokens("tokens")
        summary = try CountedText(data.data("summary"))
        tokensBefore = try data.tokens("tokens_before")
        tokensAfter = try data.tokens("tokens_after")
        settings = try SessionSettings(data.data("settings"))
    }
}
