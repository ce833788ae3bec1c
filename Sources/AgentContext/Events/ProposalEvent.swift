public import EventLog
public import MemoryLedger

/// What can happen to a proposal.
public enum ProposalEvent: JSONEvent, Hashable {
    /// It was made, or has more in it.
    case drafted(ProposalDraft)
    /// So many events follow it in the same append.
    case accepted(events: Int)
    case rejected(reason: String)

    public enum Name {
        public static let drafted: EventType = "ProposalDrafted"
        public static let accepted: EventType = "ProposalAccepted"
        public static let rejected: EventType = "ProposalRejected"
    }

    public var type: EventType {
        switch self {
        case .drafted: Name.drafted
        case .accepted: Name.accepted
        case .rejected: Name.rejected
        }
    }

    public var json: JSONValue {
        switch self {
        case .drafted(let draft): .object(draft.json)
        case .accepted(let events): ["events": JSONValue(events)]
        case .rejected(let reason): ["reason": .string(reason)]
        }
    }

    public static func read(_ type: EventType, _ data: EventData) throws -> ProposalEvent? {
        switch type {
        case Name.drafted: .drafted(try ProposalDraft(data))
        case Name.accepted: .accepted(events: try data.count("events"))
        case Name.rejected: .rejected(reason: try data.text("reason"))
        default: nil
        }
    }

    public var words: String {
        switch self {
        case .drafted(let draft): draft.changes.map(\.words).joined(separator: "; ")
        case .accepted(let events): "\(events) events"
        case .rejected(let reason): reason
        }
    }
}

/// What can happen to what is demanded of an actor.
public enum ProposalDemandEvent: JSONEvent, Hashable {
    /// The actor's changes of memories, blocks and passages must be proposals.
    case demanded
    case waived

    public enum Name {
        public static let demanded: EventType = "ProposalsDemanded"
        public static let waived: EventType = "ProposalsWaived"
    }

    public var type: EventType {
        switch self {
        case .demanded: Name.demanded
        case .waived: Name.waived
        }
    }

    public var json: JSONValue { [:] }
    public var words: String { "" }

    public static func read(_ type: EventType, _ data: EventData) throws -> ProposalDemandEvent? {
        switch type {
        case Name.demanded: .demanded
        case Name.waived: .waived
        default: nil
        }
    }
}

extension ProposalChange {
    /// `memory.update memory tea`.
    var words: String { ([operation] + appends.map(\.subject.words)).joined(separator: " ") }
}

extension ProposalDraft {
    var json: JSONObject {
        var object: JSONObject = ["base": JSONValue(base), "description": .string(description)]
        if let user { object.append("user", .string(user)) }
        if let session { object.append("session", .string(session)) }
        if !users.isEmpty { object.append("users", .array(users.map { .string($0) })) }
        object.append("reads", .array(reads.map { .object($0.json) }))
        object.append("changes", .array(changes.map { .object($0.json) }))
        if !madeFrom.isEmpty { object.append("made_from", .array(madeFrom.map(\.json))) }
        return object
    }

    init(_ data: EventData) throws {
        self.init(base: try data.integer("base"), description: try data.text("description"))
        user = try data.optionalText("user")
        session = try data.optionalText("session")
        if data.optional("users") != nil { users = try data.texts("users") }
        reads = try data.list("reads").map { try ProposalSubject($0) }
        changes = try data.list("changes").map { try ProposalChange($0) }
        guard data.optional("made_from") != nil else { return }
        madeFrom = try data.list("made_from").map {
            MemoryKey(namespace: try $0.text("namespace"), key: try $0.text("key"))
        }
    }
}

extension ProposalSubject {
    var json: JSONObject {
        ["kind": .string(kind.rawValue), "id": .string(id), "version": JSONValue(version)]
    }

    init(_ data: EventData) throws {
        let word = try data.text("kind")
        guard let kind = Kind(rawValue: word) else { throw EventDataError("\(word) is nothing that can be proposed") }
        self.init(kind, try data.text("id"), version: try data.integer("version"))
    }
}

extension ProposalChange {
    var json: JSONObject {
        [
            "operation": .string(operation), "arguments": .object(arguments),
            "appends": .array(
                appends.map { append in
                    var object = append.subject.json
                    object.append("events", .array(append.events.map { .object($0.json) }))
                    if !append.users.isEmpty {
                        object.append("users", .array(append.users.map { .string($0) }))
                    }
                    return .object(object)
                }),
        ]
    }

    init(_ data: EventData) throws {
        operation = try data.text("operation")
        arguments = try data.data("arguments").object
        appends = try data.list("appends").map { append in
            ProposedAppend(
                subject: try ProposalSubject(append),
                events: try append.list("events").map { try ProposedEvent($0) },
                users: append.optional("users") == nil ? [] : try append.texts("users"))
        }
    }
}

extension ProposedEvent {
    var json: JSONObject {
        [
            "type": .string(type.rawValue), "schema_version": JSONValue(schemaVersion),
            "payload": JSONValue(base64: payload),
        ]
    }

    init(_ data: EventData) throws {
        type = EventType(try data.text("type"))
        schemaVersion = try data.count("schema_version")
        payload = try data.base64("payload")
    }
}
