public import LedgerService
public import Logging

/// How a server runs. What a user can set is here and nowhere else.
public struct ServerConfiguration: Sendable {
    /// Who may call without a token.
    public enum Authentication: String, Hashable, Sendable, CaseIterable {
        /// On a loopback address everyone on the machine; elsewhere a token is needed.
        case automatic = "auto"
        /// A token is always needed.
        case required
    }

    /// The layout of log lines.
    public enum LogFormat: String, Hashable, Sendable, CaseIterable {
        case json
        case text
    }

    public var host = "127.0.0.1"
    /// Of the compatible API; 0: any that is free.
    public var port = 3_000
    public var mcpHost = "127.0.0.1"
    /// Of MCP; the same as `port`: both on one.
    public var mcpPort = 8_787
    /// The path of MCP.
    public var mcpEndpoint = "/mcp"
    /// Exactly what a version of kv-memory has over MCP, and its ways over HTTP.
    public var compatibility: CompatibleService.Version?
    /// Sets of MCP tools; empty: the standard ones.
    public var tools: [String] = []
    public var authentication = Authentication.automatic
    /// Names that a request's Host may have, beside those of the address, without ports; empty, on an address that is
    /// not loopback: any.
    public var allowedHosts: [String] = []
    /// Origins that a browser's request may come from.
    public var allowedOrigins: [String] = []
    /// Of a request's body.
    public var maximumBodyBytes = 20 << 20
    /// Of all bodies together that are read or worked on; at least that of one.
    public var maximumTotalBodyBytes = 64 << 20
    /// Of the path and the query.
    public var maximumURLBytes = 8_192
    public var maximumHeaderBytes = 32_768
    public var maximumConnections = 10_000
    /// How long a request may take to arrive, one over the Model Context Protocol or with a long body to be answered,
    /// and a client to take some of an answer.
    public var requestTimeoutSeconds = 30
    /// How long a connection may be without a request.
    public var idleTimeoutSeconds = 300
    /// How long requests that run may go on after the server was asked to end.
    public var shutdownTimeoutSeconds = 35
    /// Of one token, or of all without one together; 0: any number.
    public var requestsPerSecond = 0
    public var tlsCertificate: String?
    public var tlsKey: String?
    public var logLevel = Logger.Level.info
    public var logFormat = LogFormat.json
    /// Who acts if a request has no token.
    public var actor: String?
    /// Requests that came through a proxy are answered though no token is asked for.
    public var allowsForwarded = false
    /// If not, the old program's searches find nothing.
    public var isSearchEnabled = true

    public init() {}

    /// Everyone who reaches the address may call without a token.
    public var isOpen: Bool { authentication == .automatic && isLocal }

    /// Only programs of this machine reach it.
    var isLocal: Bool { HostName.isLoopback(host) && HostName.isLoopback(mcpHost) }

    /// - Parameter standardFormat: of log lines, if none is set.
    /// - Throws: `ConfigurationError`.
    public init(
        _ reader: inout ConfigurationReader, logFormat standardFormat: LogFormat = .json
    ) throws(ConfigurationError) {
        host = try reader.value("host", .text, default: host)
        port = try reader.value("port", .port, default: port)
        mcpHost = try reader.value("mcp_host", .text, former: ["MCP_HOST"], default: host)
        mcpPort = try reader.value("mcp_port", .port, former: ["MCP_PORT"], default: mcpPort)
        mcpEndpoint = try reader.value("mcp_endpoint", .path, former: ["MCP_ENDPOINT"], default: mcpEndpoint)
        compatibility = try reader.optional("compat", .version)
        tools = try reader.value("tools", .list, default: tools)
        authentication = try reader.value("auth", .choice, default: authentication)
        actor = try reader.optional("actor", .text)
        allowedHosts = try reader.value("allowed_hosts", .hosts, default: allowedHosts)
        allowedOrigins = try reader.value("allowed_origins", .origins, default: allowedOrigins)
        maximumBodyBytes = try reader.value("max_body_bytes", .number(1_024...(1 << 30)), default: maximumBodyBytes)
        maximumTotalBodyBytes = try reader.value(
            "max_total_body_bytes", .number(1_024...(1 << 40)), default: max(maximumTotalBodyBytes, maximumBodyBytes))
        maximumURLBytes = try reader.value("max_url_bytes", .number(256...65_536), default: maximumURLBytes)
        maximumHeaderBytes = try reader.value(
            "max_header_bytes", .number(1_024...(1 << 20)), default: maximumHeaderBytes)
        maximumConnections = try reader.value("max_connections", .number(1...1_000_000), default: maximumConnections)
        requestTimeoutSeconds = try reader.value("request_timeout", .number(1...3_600), default: requestTimeoutSeconds)
        idleTimeoutSeconds = try reader.value("idle_timeout", .number(1...86_400), default: idleTimeoutSeconds)
        shutdownTimeoutSeconds = try reader.value(
            "shutdown_timeout", .number(1...3_600), default: shutdownTimeoutSeconds)
        requestsPerSecond = try reader.value("rate_limit", .number(0...1_000_000), default: requestsPerSecond)
        allowsForwarded = try reader.value("allow_forwarded", .choice, default: Answer(allowsForwarded)).isYes
        tlsCertificate = try reader.optional("tls_certificate", .text)
        tlsKey = try reader.optional("tls_key", .text)
        logLevel = try reader.value("log_level", .choice, default: logLevel)
        logFormat = try reader.value("log_format", .choice, default: standardFormat)
        isSearchEnabled = try reader.value(
            "search_enabled", .flag, former: ["KVDB_SEARCH_ENABLED"], default: isSearchEnabled)
        guard maximumTotalBodyBytes >= maximumBodyBytes else {
            throw ConfigurationError(
                "max_total_body_bytes is \(maximumTotalBodyBytes), and one body may have \(maximumBodyBytes); give it at "
                    + "least as many.")
        }
        guard (tlsCertificate == nil) == (tlsKey == nil) else {
            throw ConfigurationError("TLS needs both tls_certificate and tls_key; give the other one, too.")
        }
    }
}

/// Of a setting that must not be switched on by a slip.
private enum Answer: String, CaseIterable, Sendable {
    case yes = "true"
    case no = "false"

    init(_ isYes: Bool) { self = isYes ? .yes : .no }

    var isYes: Bool { self == .yes }
}

extension SettingType where Value == String {
    /// The path of a URL.
    fileprivate static var path: Self {
        Self(
            "path that begins with a slash and is none of the server's others",
            read: { $0.hasPrefix("/") && !$0.contains("?") && Route.isFree($0) ? $0 : nil })
    }
}

extension SettingType where Value == CompatibleService.Version {
    fileprivate static var version: Self {
        Self("version, 1 or 2", read: { ["1": .one, "2": .two][$0] })
    }
}

extension SettingType where Value == Bool {
    /// As the old program read it: these four words say no.
    fileprivate static var flag: Self {
        Self("true or false", read: { !["0", "false", "off", "no"].contains($0.lowercased()) })
    }
}
