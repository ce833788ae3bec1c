public import MemoryLedger

/// What an agent is in a session: its instructions, and settings that mean something to those who set them.
public struct AgentRole: Hashable, Sendable {
    public var systemPrompt: CountedText
    public var settings: JSONObject

    public init(systemPrompt: CountedText = CountedText(), settings: JSONObject = [:]) {
        (self.systemPrompt, self.settings) = (systemPrompt, settings)
    }
}

/// One who acts in sessions, and holds blocks over all of them.
public struct Agent: Hashable, Sendable {
    public var description: String
    public var settings: JSONObject

    public init(description: String = "", settings: JSONObject = [:]) {
        (self.description, self.settings) = (description, settings)
    }
}
