import EventLog
import MemoryLedger

/// A session of a file.
struct FiledSession {
    var id: String
    var opening: SessionOpening
    var openedAt: Timestamp
    var updatedAt: Timestamp
    var closedAt: Timestamp?
    var closeReason: String?
    var evictions: [FiledEviction] = []
    var messages: [FiledMessage] = []

    /// What stands before evictions and messages.
    var head: JSONObject {
        var object: JSONObject = [
            "id": .string(id), "user": .string(opening.user), "role": .string(opening.role),
            "settings": .object(opening.settings.json), "opened_at": openedAt.filed, "updated_at": updatedAt.filed,
            "expires_at": opening.expiresAt?.filed ?? .null, "lifetime_seconds": JSONValue(opening.lifetimeSeconds),
            "closed_at": closedAt?.filed ?? .null,
        ]
        if let closeReason { object.append("close_reason", .string(closeReason)) }
        return object
    }

    init(_ state: SessionState) {
        id = state.id
        opening = SessionOpening(user: state.user, role: state.role)
        (opening.settings, opening.agent) = (state.settings, state.agent)
        (opening.expiresAt, opening.lifetimeSeconds) = (state.expiresAt, state.lifetimeSeconds)
        (openedAt, updatedAt) = (state.openedAt, state.updatedAt)
        (closedAt, closeReason) = (state.closedAt, state.closeReason)
    }

    init(_ value: JSONValue, _ place: FilePlace) throws {
        let object = try FileObject(
            value, at: place,
            members: [
                "id", "user", "role", "settings", "opened_at", "updated_at", "expires_at", "lifetime_seconds",
                "closed_at", "close_reason", "evictions", "messages",
            ])
        id = try object.name("id")
        opening = SessionOpening(user: try object.name("user"), role: try object.name("role"))
        opening.settings = try SessionSettings(filed: object.member("settings"), object.at("settings"))
        opening.expiresAt = try object.optionalTime("expires_at")
        opening.lifetimeSeconds = try object.integer("lifetime_seconds", ConfigurationKey.lifetimeSeconds.range)
        (openedAt, updatedAt) = (try object.time("opened_at"), try object.time("updated_at"))
        closedAt = try object.optionalTime("closed_at")
        if object.has("close_reason") {
            closeReason = try object.text("close_reason")
            guard closedAt != nil else { throw object.at("close_reason").fault("is of a session that is open") }
        }
        evictions = try object.list("evictions", FiledEviction.init)
        messages = try object.list("messages", FiledMessage.init)
        try check(object)
    }

    private func check(_ object: FileObject) throws {
        var reached: Int64 = 0
        for (index, eviction) in evictions.enumerated() {
            let place = FilePlace.entry(object.at("evictions"), index)
            guard (reached...Int64(messages.count)).contains(eviction.after) else {
                throw FilePlace.member(place, "after").fault(
                    "is the number of messages by then, \(reached) to \(messages.count), not \(eviction.after)")
            }
            reached = eviction.after
        }
        let evicted = evictions.map(\.eviction.last).max() ?? 0
        for (index, message) in messages.enumerated() {
            let place = FilePlace.entry(object.at("messages"), index)
            guard message.number == Int64(index + 1) else {
                throw FilePlace.member(place, "number").fault(
                    "is \(index + 1), since messages are numbered without gaps, not \(message.number)")
            }
            guard message.isInContext == (message.number > evicted) else {
                throw FilePlace.member(place, "in_context").fault(
                    "is \(message.number > evicted): the evictions go to message \(evicted)")
            }
        }
        let queued = Int64(messages.count) - evicted
        guard queued <= Int64(ContextLimits.queueMessages) else {
            throw object.at("messages").fault("has \(queued) in context, more than \(ContextLimits.queueMessages)")
        }
    }
}

extension SessionSettings {
    init(filed value: JSONValue, _ place: FilePlace) throws {
        let object = try FileObject(
            value, at: place, members: ["budget", "warn_percent", "flush_percent", "eviction_percent"])
        budget = try object.count("budget", 1...Self.maximumBudget)
        warnPercent = try object.count("warn_percent", 1...100)
        flushPercent = try object.count("flush_percent", 1...100)
        evictionPercent = try object.count("eviction_percent", 1...100)
    }
}

/// A message of a session of a file.
struct FiledMessage {
    var number: Int64
    var message: SessionMessage
    var at: Timestamp
    var isInContext: Bool

    var json: JSONValue {
        var object: JSONObject = [
            "number": JSONValue(number), "role": .string(message.role.rawValue), "content": .string(message.content),
            "tokens": JSONValue(message.tokens ?? 0),
        ]
        if message.isEstimated { object.append("estimated", true) }
        if !message.toolCalls.isEmpty { object.append("tool_calls", .array(message.toolCalls)) }
        if let call = message.toolCallID { object.append("tool_call_id", .string(call)) }
        if var seen = message.context {
            seen.isOfAnotherLedger = false
            object.append("seen", .object(seen.json))
        }
        object.append("at", at.filed)
        object.append("in_context", .bool(isInContext))
        return .object(object)
    }

    init(number: Int64, _ message: SessionMessage, at: Timestamp, isInContext: Bool) {
        (self.number, self.message, self.at, self.isInContext) = (number, message, at, isInContext)
    }

    init(_ value: JSONValue, _ place: FilePlace) throws {
        let object = try FileObject(value, at: place, members: Self.members)
        number = try object.integer("number", 1...Int64.max)
        let name = try object.text("role")
        guard let role = SessionMessage.Role(rawValue: name) else {
            let roles = SessionMessage.Role.allCases.map(\.rawValue)
            throw object.at("role").fault("is one of \(roles.joined(separator: ", ")), not \(name)")
        }
        message = SessionMessage(role, try object.text("content"), tokens: try object.tokens())
        message.isEstimated = try object.has("estimated") && object.flag("estimated")
        if object.has("tool_calls") {
            message.toolCalls = try object.array("tool_calls")
            try object.check(.array(message.toolCalls), "tool_calls")
        }
        if object.has("tool_call_id") {
            message.toolCallID = try object.text("tool_call_id", bytes: ContextLimits.metadataBytes)
        }
        if object.has("seen") { message.context = try SeenContext(filed: object.member("seen"), object.at("seen")) }
        at = try object.time("at")
        isInContext = try object.flag("in_context")
    }

    private static let members = [
        "number", "role", "content", "tokens", "estimated", "tool_calls", "tool_call_id", "seen", "at", "in_context",
    ]
}

extension SeenContext {
    init(filed value: JSONValue, _ place: FilePlace) throws {
        let object = try FileObject(value, at: place, members: ["position", "budget", "memories"])
        self.init(
            position: try object.integer("position", 0...Int64.max),
            budget: try object.count("budget", 1...SessionSettings.maximumBudget))
        isOfAnotherLedger = true
        guard object.has("memories") else { return }
        memories = try object.list("memories") { value, place in
            let memory = try FileObject(
                value, at: place, members: ["namespace", "key", "version", "tokens", "estimated"])
            var seen = SeenMemory(
                MemoryKey(namespace: try memory.text("namespace"), key: try memory.text("key")),
                version: StreamVersion(try memory.integer("version", 0...Int64.max)))
            if memory.has("tokens") { seen.tokens = try memory.tokens() }
            seen.isEstimated = try memory.has("estimated") && memory.flag("estimated")
            return seen
        }
        guard !memories.isEmpty else { throw object.at("memories").fault("is empty; leave it out") }
    }
}

/// An eviction of a session of a file.
struct FiledEviction {
    var eviction: Eviction
    /// How many messages the session had by then.
    var after: Int64
    var at: Timestamp

    var json: JSONValue {
        var object: JSONObject = [
            "after": JSONValue(after), "first": JSONValue(eviction.first), "last": JSONValue(eviction.last),
            "evicted_tokens": JSONValue(eviction.tokens), "summary": .string(eviction.summary.text),
            "tokens": JSONValue(eviction.summary.tokens),
        ]
        if eviction.summary.isEstimated { object.append("estimated", true) }
        object.append("tokens_before", JSONValue(eviction.tokensBefore))
        object.append("tokens_after", JSONValue(eviction.tokensAfter))
        object.append("settings", .object(eviction.settings.json))
        object.append("at", at.filed)
        return .object(object)
    }

    init(_ eviction: Eviction, after: Int64, at: Timestamp) {
        (self.eviction, self.after, self.at) = (eviction, after, at)
    }

    init(_ value: JSONValue, _ place: FilePlace) throws {
        let object = try FileObject(value, at: place, members: Self.members)
        after = try object.integer("after", 1...Int64.max)
        let last = try object.integer("last", 1...after)
        let first = try object.integer("first", 1...last)
        eviction = Eviction(
            messages: first...last, count: Int(last - first + 1), tokens: try object.tokens("evicted_tokens"),
            summary: try object.counted("summary"), tokensBefore: try object.tokens("tokens_before"),
            tokensAfter: try object.tokens("tokens_after"),
            settings: try SessionSettings(filed: object.member("settings"), object.at("settings")))
        at = try object.time("at")
    }

    private static let members = [
        "after", "first", "last", "evicted_tokens", "summary", "tokens", "estimated", "tokens_before", "tokens_after",
        "settings", "at",
    ]
}
