/// How the protocol is served.
///
///     var options = MCPOptions()
///     options.tools = [.memory, .history]
///     options.namespace = "research"
public struct MCPOptions: Sendable {
    /// Exactly what a version of the system that this one replaces has: tools, prompts, capabilities, name. Nil: what
    /// this one has.
    public var compatibility: CompatibleService.Version?
    /// Not looked at with a compatibility.
    public var tools: [MCPToolSet] = [.memory]
    /// Where a call works that names neither a session nor a namespace; nil: in `mem`. A caller who may do something in
    /// one namespace only works there.
    public var namespace: String?
    /// If not, the old program's searches find nothing.
    public var isSearchEnabled = true
    /// The path over HTTP.
    public var endpoint = "/mcp"

    public init() {}
}
