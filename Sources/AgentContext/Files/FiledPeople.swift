import EventLog
import MemoryLedger

/// The agent of a file.
struct FiledAgent {
    var name: String
    var agent: Agent
    /// When something was said of it first and last; nil: nothing is.
    var times: FiledTimes?

    var json: JSONObject {
        [
            "name": .string(name), "description": .string(agent.description), "settings": .object(agent.settings),
            "created_at": times?.createdAt.filed ?? .null, "updated_at": times?.updatedAt.filed ?? .null,
        ]
    }

    init(name: String, _ agent: Agent, _ times: FiledTimes?) {
        (self.name, self.agent, self.times) = (name, agent, times)
    }

    init(_ value: JSONValue, _ place: FilePlace) throws {
        let object = try FileObject(
            value, at: place, members: ["name", "description", "settings", "created_at", "updated_at"])
        name = try object.name("name")
        agent = Agent(description: try object.text("description"), settings: try object.anyObject("settings"))
        times = try object.optionalTime("created_at") == nil ? nil : FiledTimes(object)
        guard times == nil else { return }
        guard try object.optionalTime("updated_at") == nil, agent == Agent() else {
            throw object.at("created_at").fault("is null, though something is said of the agent")
        }
    }
}

/// When something was said first and last.
struct FiledTimes {
    var createdAt: Timestamp
    var updatedAt: Timestamp

    init(_ createdAt: Timestamp, _ updatedAt: Timestamp) { (self.createdAt, self.updatedAt) = (createdAt, updatedAt) }

    init(_ object: FileObject) throws {
        self.init(try object.time("created_at"), try object.time("updated_at"))
    }

    /// What stands is said at both, since what was said in between is in no table.
    var all: [Timestamp] { createdAt == updatedAt ? [createdAt] : [createdAt, updatedAt] }
}

/// A user of a session.
struct FiledUser {
    var name: String
    var createdAt: Timestamp

    var json: JSONValue { ["name": .string(name), "created_at": createdAt.filed] }

    init(name: String, createdAt: Timestamp) { (self.name, self.createdAt) = (name, createdAt) }

    init(_ value: JSONValue, _ place: FilePlace) throws {
        let object = try FileObject(value, at: place, members: ["name", "created_at"])
        self.init(name: try object.name("name"), createdAt: try object.time("created_at"))
    }
}

/// A role of a session.
struct FiledRole {
    var name: String
    var role: AgentRole
    var times: FiledTimes

    var json: JSONValue {
        var object: JSONObject = [
            "name": .string(name), "system_prompt": .string(role.systemPrompt.text),
            "tokens": JSONValue(role.systemPrompt.tokens),
        ]
        if role.systemPrompt.isEstimated { object.append("estimated", true) }
        object.append("settings", .object(role.settings))
        object.append("created_at", times.createdAt.filed)
        object.append("updated_at", times.updatedAt.filed)
        return .object(object)
    }

    init(_ listed: ListedRole) {
        (name, role, times) = (listed.name, listed.role, FiledTimes(listed.createdAt, listed.updatedAt))
    }

    init(_ value: JSONValue, _ place: FilePlace) throws {
        let object = try FileObject(
            value, at: place,
            members: ["name", "system_prompt", "tokens", "estimated", "settings", "created_at", "updated_at"])
        name = try object.name("name")
        role = AgentRole(
            systemPrompt: try object.counted("system_prompt"), settings: try object.anyObject("settings"))
        times = try FiledTimes(object)
    }
}

extension FileObject {
    /// A text with its tokens.
    func counted(_ name: String) throws -> CountedText {
        CountedText(try text(name), tokens: try tokens(), isEstimated: try has("estimated") && flag("estimated"))
    }
}
