import LedgerOperations

/// A named set of tools, so that an agent carries no more of them than it needs.
///
///     let sets = try MCPToolSet.sets("memory,history")
public struct MCPToolSet: Hashable, Sendable, CustomStringConvertible {
    public let name: String

    public init(_ name: String) { self.name = name }

    public var description: String { name }

    /// What an agent of today needs: the tools of the system that this one replaces, delete, list, history, as-of read
    /// and undo. The one that there is unless others are named.
    public static let memory = MCPToolSet("memory")
    /// The operations on memories with all that they take: provenance, versions, links.
    public static let extended = MCPToolSet("extended")
    /// Who set what, how moments differ, and taking events back.
    public static let history = MCPToolSet("history")
    /// Words in texts, and what links join: neighbours, ways, walks, the links of a namespace as a whole; and what the
    /// old program's second version had for both.
    public static let search = MCPToolSet("search")
    /// Sessions and what goes to a model: messages, blocks, archives, users, roles, agents, proposals and time series.
    public static let context = MCPToolSet("context")
    /// The events, quarantine, and the policy.
    public static let audit = MCPToolSet("audit")
    /// All else that concerns the ledger as a whole.
    public static let admin = MCPToolSet("admin")
    /// Every tool there is.
    public static let all = MCPToolSet("all")

    /// Reads a list of names with commas in between.
    ///
    /// - Throws: `MCPOptionError` for an empty name.
    public static func sets(_ text: String) throws -> [MCPToolSet] {
        try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
            let name = part.filter { $0 != " " }
            guard !name.isEmpty else {
                throw MCPOptionError("A set of tools has no name; give names such as memory,history.")
            }
            return MCPToolSet(name)
        }
    }

    /// The set of an operation's tool. An operation of a module is in a set of its own: that of its name's first word.
    static func of(_ operation: any LedgerOperation.Type) -> MCPToolSet {
        let name = operation.name
        if let set = exceptions[name] { return set }
        let word = String(name.prefix { $0 != "." })
        return words[word] ?? (administrative.contains(word) ? .admin : MCPToolSet(word))
    }

    private static let exceptions: [String: MCPToolSet] = [
        "memory.history": .history, "memory.blame": .history, "memory.diff": .history, "event.undo": .history,
        "event.plan_undo": .history,
    ]
    private static let words: [String: MCPToolSet] = [
        "memory": .extended, "graph": .search, "search": .search, "event": .audit, "quarantine": .audit,
        "policy": .audit, "session": .context, "message": .context, "context": .context, "block": .context,
        "archive": .context, "user": .context, "role": .context, "agent": .context,
        "proposal": .context, "timeline": .context,
    ]
    private static let administrative: Set<String> = [
        "checkpoint", "configuration", "dead_letter", "dictionary", "erasure", "evidence", "key", "ledger",
        "projection", "proof",
        "protection", "snapshot", "token",
    ]
}

/// What the protocol is to be served with cannot be.
public struct MCPOptionError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
