public import EventLog
public import MemoryLedger

/// What can happen to a role.
public enum RoleEvent: JSONEvent, Hashable {
    case set(AgentRole)
    case removed

    public enum Name {
        public static let set: EventType = "RoleSet"
        public static let removed: EventType = "RoleRemoved"
    }

    public var type: EventType {
        switch self {
        case .set: Name.set
        case .removed: Name.removed
        }
    }

    public var json: JSONValue {
        switch self {
        case .set(let role): .object(role.fields)
        case .removed: [:]
        }
    }

    public static func read(_ type: EventType, _ data: EventData) throws -> RoleEvent? {
        switch type {
        case Name.set: .set(try AgentRole(fields: data.object))
        case Name.removed: .removed
        default: nil
        }
    }

    public var words: String {
        switch self {
        case .set(let role): role.systemPrompt.text
        case .removed: ""
        }
    }
}

extension AgentRole: StreamSubject {
    public static func applying(_ event: RoleEvent, to role: AgentRole?) -> AgentRole? {
        switch event {
        case .set(let new): new
        case .removed: nil
        }
    }

    public var fields: JSONObject { ["system_prompt": systemPrompt.json, "settings": .object(settings)] }

    public init(fields: JSONObject) throws {
        let data = EventData(fields)
        self.init(systemPrompt: try CountedText(data.data("system_prompt")), settings: try data.data("settings").object)
    }

    public static func events(from old: AgentRole?, to new: AgentRole?) -> [RoleEvent] {
        guard let new else { return old == nil ? [] : [.removed] }
        return [.set(new)]
    }
}
