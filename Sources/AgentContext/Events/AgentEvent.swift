public import EventLog
public import MemoryLedger

/// What can happen to an agent.
public enum AgentEvent: JSONEvent, Hashable {
    case set(Agent)
    case removed

    public enum Name {
        public static let set: EventType = "AgentSet"
        public static let removed: EventType = "AgentRemoved"
    }

    public var type: EventType {
        switch self {
        case .set: Name.set
        case .removed: Name.removed
        }
    }

    public var json: JSONValue {
        switch self {
        case .set(let agent): .object(agent.fields)
        case .removed: [:]
        }
    }

    public static func read(_ type: EventType, _ data: EventData) throws -> AgentEvent? {
        switch type {
        case Name.set: .set(try Agent(fields: data.object))
        case Name.removed: .removed
        default: nil
        }
    }

    public var words: String {
        switch self {
        case .set(let agent): agent.description
        case .removed: ""
        }
    }
}

extension Agent: StreamSubject {
    public static func applying(_ event: AgentEvent, to agent: Agent?) -> Agent? {
        switch event {
        case .set(let new): new
        case .removed: nil
        }
    }

    public var fields: JSONObject { ["description": .string(description), "settings": .object(settings)] }

    public init(fields: JSONObject) throws {
        let data = EventData(fields)
        self.init(description: try data.text("description"), settings: try data.data("settings").object)
    }

    public static func events(from old: Agent?, to new: Agent?) -> [AgentEvent] {
        guard let new else { return old == nil ? [] : [.removed] }
        return [.set(new)]
    }
}
