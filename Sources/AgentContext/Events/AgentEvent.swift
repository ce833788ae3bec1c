public import EventLog
public import MemoryLedger

/// What can happen to an agent.
public enum AgentEvent: JSONEvent, Hashable {
    case set(Agent)
    /// An import of a file of it began: the events that follow are what the file says.
    case imported(ImportedFile)
    case removed

    public enum Name {
        public static let set: EventType = "AgentSet"
        public static let imported: EventType = "AgentImported"
        public static let removed: EventType = "AgentRemoved"
    }

    public var type: EventType {
        switch self {
        case .set: Name.set
        case .imported: Name.imported
        case .removed: Name.removed
        }
    }

    public var json: JSONValue {
        switch self {
        case .set(let agent): .object(agent.fields)
        case .imported(let file): .object(file.json)
        case .removed: [:]
        }
    }

    public static func read(_ type: EventType, _ data: EventData) throws -> AgentEvent? {
        switch type {
        case Name.set: .set(try Agent(fields: data.object))
        case Name.imported: .imported(try ImportedFile(data))
        case Name.removed: .removed
        default: nil
        }
    }

    public var words: String {
        switch self {
        case .set(let agent): agent.description
        case .imported(let file): "\(file.events) events, from a file of \(file.agent)"
        case .removed: ""
        }
    }
}

/// The file that an agent was imported from.
public struct ImportedFile: Hashable, Sendable {
    /// As the file calls it.
    public var agent: String
    /// Of the file's bytes, in hexadecimal digits.
    public var sha256: String
    /// How many events the import makes, this one among them; fewer if the ledger has some of what the file says.
    public var events: Int

    public init(agent: String, sha256: String, events: Int) {
        (self.agent, self.sha256, self.events) = (agent, sha256, events)
    }

    var json: JSONObject {
        ["agent": .string(agent), "sha256": .string(sha256), "events": JSONValue(events)]
    }

    init(_ data: EventData) throws {
        self.init(
            agent: try data.text("agent"), sha256: try data.text("sha256"), events: try data.count("events"))
    }
}

extension Agent: StreamSubject {
    public static func applying(_ event: AgentEvent, to agent: Agent?) -> Agent? {
        switch event {
        case .set(let new): new
        case .imported: agent
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
