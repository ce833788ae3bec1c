import EventLog
import LedgerService
import MemoryLedger

/// What a server does with a ledger, of which sessions are shared by HTTP and MCP.
struct ServedLedger: Sendable {
    let handlers: ServerResponder.Handlers

    /// - Throws: `MCPOptionError` for a set of tools that there is not.
    init(_ ledger: MemoryLedger, _ configuration: ServerConfiguration) throws {
        let sessions = KVSessions(clock: ledger.options.clock)
        let compatible = CompatibleService(
            ledger, sessions: sessions, version: configuration.compatibility,
            isSearchEnabled: configuration.isSearchEnabled)
        let routes = CompatibleRoutes(compatible)
        let mcp = try MCPService(ledger, sessions: sessions, options: Self.options(configuration))
        handlers = ServerResponder.Handlers(api: { await routes.answer($0) }, mcp: { await mcp.answer($0) })
    }

    private static func options(_ configuration: ServerConfiguration) throws -> MCPOptions {
        var options = MCPOptions()
        options.compatibility = configuration.compatibility
        options.endpoint = configuration.mcpEndpoint
        options.isSearchEnabled = configuration.isSearchEnabled
        if !configuration.tools.isEmpty { options.tools = configuration.tools.map { MCPToolSet($0) } }
        return options
    }
}
