import EventLog
import LedgerService

/// What a path leads to.
enum Route: Hashable, Sendable {
    case compatible(CompatiblePath)
    case mcp
    case own(OwnPath)
    /// Of the old program, beside MCP.
    case mcpHealth
    /// It is answered that there is no such thing.
    case unknown

    /// All that there are, for figures.
    static let all =
        CompatiblePath.allCases.map(Route.compatible) + OwnPath.allCases.map(Route.own) + [.mcp, .mcpHealth, .unknown]

    /// It may have to read as much as the ledger has.
    var mayTakeLong: Bool {
        switch self {
        case .mcp, .compatible(.search), .compatible(.fulltext): true
        default: false
        }
    }

    /// For figures and logs; never a client's text.
    var name: String {
        switch self {
        case .compatible(let path): String(path.rawValue.dropFirst())
        case .mcp: "mcp"
        case .mcpHealth: String(MCPService.healthPath.dropFirst())
        case .own(let path): String(path.rawValue.dropFirst())
        case .unknown: "unknown"
        }
    }

    /// - Parameter mcpEndpoint: nil if the listener does not serve MCP.
    init(_ path: String, servesAPI: Bool, mcpEndpoint: String?) {
        if let own = OwnPath(rawValue: path) {
            self = .own(own)
        } else if mcpEndpoint != nil, path.hasSameBytes(as: MCPService.healthPath) {
            self = .mcpHealth
        } else if let mcpEndpoint, path.hasSameBytes(as: mcpEndpoint) {
            self = .mcp
        } else if servesAPI, let compatible = CompatiblePath(path: path) {
            self = .compatible(compatible)
        } else {
            self = .unknown
        }
    }

    /// Whether MCP may have the path.
    static func isFree(_ path: String) -> Bool {
        path != "/" && OwnPath(rawValue: path) == nil && CompatiblePath(path: path) == nil
            && !path.hasSameBytes(as: MCPService.healthPath)
    }
}

/// The paths that every server has, whatever it serves.
enum OwnPath: String, CaseIterable, Hashable, Sendable {
    case live = "/healthz"
    case ready = "/readyz"
    case metrics = "/metrics"
}
