import MemoryLedger

/// A text that a person starts a conversation with.
struct MCPPrompt: Sendable {
    let name: String
    let title: String
    let description: String
    /// Each prompt takes one argument, which must be given.
    let argument: String
    let argumentHelp: String
    let text: @Sendable (_ value: String) -> String

    /// - Parameter isCompatible: without what the old program did not say.
    func json(isCompatible: Bool) -> JSONValue {
        var object: JSONObject = ["name": .string(name)]
        if !isCompatible { object.append("title", .string(title)) }
        object.append("description", .string(description))
        object.append(
            "arguments",
            [["name": .string(argument), "description": .string(argumentHelp), "required": true]])
        return .object(object)
    }

    func messages(_ value: String) -> JSONValue {
        [
            "description": .string(description),
            "messages": [["role": "user", "content": ["type": "text", "text": .string(text(value))]]],
        ]
    }
}

extension MCPPrompt {
    static let capture = MCPPrompt(
        name: "capture_memory", title: "Capture a memory", description: "Write a structured memory under a key.",
        argument: "key", argumentHelp: "The key to write it under."
    ) { key in
        """
        Write what is worth keeping from this conversation into memory.
        1. Open a session with session_new, unless you have one.
        2. Call memory_add with a key and a value. The suggested key is: \(key)
           A key has levels with ':' in between, the general first, such as project:module:topic.
        3. The value has a summary of one or two sentences, and a text with everything that a reader needs who knows \
        nothing of this conversation.
        4. Links say how it hangs together with other memories: each has a type, the other memory's key, a term for the \
        relation, and a weight from 0 to 1. Leave the list empty if you know of none.
        If no key fits, use the entrance, index.
        """
    }

    static let recall = MCPPrompt(
        name: "recall_memory", title: "Recall a memory", description: "Read a memory by its key.",
        argument: "key", argumentHelp: "The key to read."
    ) { key in
        """
        Read what is remembered before you answer.
        1. Open a session with session_new, unless you have one.
        2. Call memory_get with the key: \(key)
        3. If its links bear on the question, read their keys as well.
        Keys have levels with ':' in between, such as project:module:topic. If you do not know a key, begin at the \
        entrance, index.
        """
    }

    static let initialize = MCPPrompt(
        name: "memory_init", title: "Lay out a new store", description: "Lay out a new store of memories.",
        argument: "name", argumentHelp: "The agent's name."
    ) { name in
        """
        Lay out a new store of memories for the agent \(name).
        1. Add the memory \(name):global:index. It is the entrance to all others.
        2. Add the memory \(name):global:domain. Its text lists the domains that your keys use and what each is for, \
        such as profile for who a person is; extend it if you need another one.
        3. Link \(name):global:domain to \(name):global:index with the weight 0.99.
        """
    }

    /// In the order of the list.
    static func all(_ version: CompatibleService.Version?) -> [MCPPrompt] {
        version == .two ? [capture, recall, initialize] : [capture, recall]
    }
}
