import EventLog
public import LedgerOperations
public import MemoryLedger

/// A session as a document.
public struct SessionDocument: Hashable, Sendable, DescribedResult {
    public var state: SessionState
    /// What is said in it is encrypted with data keys of its user; nil: it was not asked, or nothing is protected.
    public var isProtected: Bool?

    init(state: SessionState, isProtected: Bool? = nil) { (self.state, self.isProtected) = (state, isProtected) }

    package static let members: [DocumentMember] = [
        .init("session", .string), .init("namespace", .string), .init("user", .string), .init("role", .string),
        .init("budget", .integer), .init("messages", .integer), .init("tokens", .integer), .init("pressure", .string),
        .init("segments", .object), .init("settings", .object),
    ]

    /// `{"session", "namespace", "user", "role", "agent", "budget", "settings": {"budget", "warn_percent",
    /// "flush_percent", "eviction_percent"}, "messages", "evicted_through", "evictions", "tokens", "segments":
    /// {"system", "working", "summary", "queue"}, "pressure", "opened_at", "updated_at", "expires_at",
    /// "lifetime_seconds", "closed_at", "close_reason"}`: segments in tokens, times in milliseconds since 1970. After
    /// it was opened, if the ledger protects anything, also `"protected"`: an erasure of the user takes what is said in
    /// it.
    public func document() -> JSONValue { .object(state.json.adding(isProtected: isProtected)) }
}

extension SessionState {
    var json: JSONObject {
        [
            "session": .string(id), "namespace": .string(namespace), "user": .string(user), "role": .string(role),
            "agent": agent.map { .string($0) } ?? .null, "budget": JSONValue(settings.budget),
            "settings": .object(settings.json), "messages": JSONValue(messages),
            "evicted_through": JSONValue(evictedThrough), "evictions": JSONValue(evictions),
            "tokens": JSONValue(tokens.total), "segments": .object(tokens.json), "pressure": .string(pressure.rawValue),
            "opened_at": JSONValue(milliseconds: openedAt), "updated_at": JSONValue(milliseconds: updatedAt),
            "expires_at": JSONValue(milliseconds: expiresAt), "lifetime_seconds": JSONValue(lifetimeSeconds),
            "closed_at": JSONValue(milliseconds: closedAt),
            "close_reason": closeReason.map { .string($0) } ?? .null,
        ]
    }
}

extension ContextTokens {
    var json: JSONObject {
        [
            "system": JSONValue(system), "working": JSONValue(working), "summary": JSONValue(summary),
            "queue": JSONValue(queue),
        ]
    }
}

extension RecalledMessage {
    var json: JSONObject {
        var object: JSONObject = [
            "message": .string(id), "session": .string(session), "number": JSONValue(number),
            "role": .string(message.role.rawValue), "content": .string(message.content),
        ]
        for member in message.metadata.members { object.append(member.name, member.value) }
        object.append("at", JSONValue(at))
        object.append("in_context", .bool(isInContext))
        return object
    }
}

/// A list as a document: its entries under a name, and the next page's `after`.
public struct ListDocument<List: ListedEntries>: Hashable, Sendable, DescribedResult {
    public var entries: List

    package static var members: [DocumentMember] { [.init(List.name, .objects)] }

    public func document() -> JSONValue { [List.name: .array(entries.json), "next": entries.nextJSON] }
}

/// What a list has.
public protocol ListedEntries: Hashable, Sendable {
    static var name: String { get }
    var json: [JSONValue] { get }
    var nextJSON: JSONValue { get }
}

extension SessionPage: ListedEntries {
    public static var name: String { "sessions" }
    public var json: [JSONValue] { sessions.map { .object($0.json) } }
    public var nextJSON: JSONValue { next.map { JSONValue($0) } ?? .null }
}

/// Entries of a `NamedPage`.
public protocol NamedEntry: Hashable, Sendable {
    static var listName: String { get }
    var entryJSON: JSONValue { get }
}

extension NamedPage: ListedEntries where Entry: NamedEntry {
    public static var name: String { Entry.listName }
    public var json: [JSONValue] { entries.map(\.entryJSON) }
    public var nextJSON: JSONValue { next.map { .string($0) } ?? .null }
}

extension ListedUser: NamedEntry {
    public static var listName: String { "users" }
    public var entryJSON: JSONValue { ["user": .string(name), "created_at": JSONValue(createdAt.milliseconds)] }
}

extension ListedRole: NamedEntry {
    public static var listName: String { "roles" }
    public var entryJSON: JSONValue {
        [
            "role": .string(name), "system_prompt": .string(role.systemPrompt.text),
            "tokens": JSONValue(role.systemPrompt.tokens), "settings": .object(role.settings),
            "created_at": JSONValue(createdAt.milliseconds), "updated_at": JSONValue(updatedAt.milliseconds),
        ]
    }
}

extension ListedAgent: NamedEntry {
    public static var listName: String { "agents" }
    public var entryJSON: JSONValue {
        [
            "agent": .string(name), "description": .string(agent.description), "settings": .object(agent.settings),
            "created_at": JSONValue(createdAt.milliseconds), "updated_at": JSONValue(updatedAt.milliseconds),
        ]
    }
}

extension ArchiveSummary: NamedEntry {
    public static var listName: String { "archives" }
    public var entryJSON: JSONValue { ["archive": .string(name), "passages": JSONValue(passages)] }
}

/// What was done to something that has a name.
public struct NamedDocument: Hashable, Sendable, DescribedResult {
    public var namespace: String
    /// What kind of thing it is: the member that has its name.
    public var kind: String
    public var name: String
    /// There was none before.
    public var isNew = false
    public var isRemoved = false

    package static let members: [DocumentMember] = [.init("namespace", .string)]

    /// `{"namespace", "user" (or "role", "agent"), "added", "removed"}`.
    public func document() -> JSONValue {
        [
            "namespace": .string(namespace), kind: .string(name), "added": .bool(isNew), "removed": .bool(isRemoved),
        ]
    }
}
