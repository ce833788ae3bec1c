import ArgumentParser
import LedgerServer
import MemoryLedger

/// The settings of a server that can be given on the command line. Each has the same name in the configuration file,
/// with underscores, and in the environment, in capitals behind MEMLEDGER_.
struct ServerOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The address. (default: 127.0.0.1)", valueName: "address")) var host: String?
    @Option(help: ArgumentHelp("Of the compatible HTTP API; 0: any that is free. (default: 3000)", valueName: "number"))
    var port: String?
    @Option(help: ArgumentHelp("The address of MCP. (default: --host)", valueName: "address")) var mcpHost: String?
    @Option(help: ArgumentHelp("Of MCP; 0: any that is free. (default: 8787)", valueName: "number"))
    var mcpPort: String?
    @Option(help: ArgumentHelp("The path of MCP. (default: /mcp)", valueName: "path")) var mcpEndpoint: String?
    @Option(help: ArgumentHelp("Answer as version 1 or 2 of kv-memory, and offer nothing else.", valueName: "version"))
    var compat: String?
    @Option(help: ArgumentHelp("Sets of MCP tools, with commas.", valueName: "names")) var tools: String?
    @Option(
        help: ArgumentHelp(
            "auto: a token is needed but on a loopback address; required: always. (default: auto)", valueName: "when"))
    var auth: String?
    @Option(help: ArgumentHelp("More names that a request's Host may have, with commas.", valueName: "names"))
    var allowedHosts: String?
    @Option(help: ArgumentHelp("Origins of web pages that may call, with commas.", valueName: "origins"))
    var allowedOrigins: String?
    @Flag(help: "Answer without a token what came through a proxy, too; it may come from anywhere.")
    var allowForwarded = false
    @Option(help: ArgumentHelp("Bytes of a request's body. (default: 20971520)", valueName: "bytes"))
    var maxBodyBytes: String?
    @Option(
        help: ArgumentHelp(
            "Bytes of all bodies that are read or worked on at once. (default: 67108864)", valueName: "bytes"))
    var maxTotalBodyBytes: String?
    @Option(help: ArgumentHelp("Bytes of a path and query. (default: 8192)", valueName: "bytes"))
    var maxUrlBytes: String?
    @Option(help: ArgumentHelp("Bytes of a request's headers. (default: 32768)", valueName: "bytes"))
    var maxHeaderBytes: String?
    @Option(help: ArgumentHelp("Connections at the same time. (default: 10000)", valueName: "number"))
    var maxConnections: String?
    @Option(
        help: ArgumentHelp(
            "For a request to arrive, and for a long one to be answered. (default: 30)", valueName: "seconds"))
    var requestTimeout: String?
    @Option(help: ArgumentHelp("For a connection without a request. (default: 300)", valueName: "seconds"))
    var idleTimeout: String?
    @Option(help: ArgumentHelp("For running requests when it ends. (default: 35)", valueName: "seconds"))
    var shutdownTimeout: String?
    @Option(
        help: ArgumentHelp(
            "Requests a second of one token, or of all without one; 0: any number. (default: 0)", valueName: "number"))
    var rateLimit: String?
    @Option(help: ArgumentHelp("The certificate chain for TLS, a PEM file.", valueName: "file"), completion: .file())
    var tlsCertificate: String?
    @Option(help: ArgumentHelp("Its private key, a PEM file.", valueName: "file"), completion: .file())
    var tlsKey: String?
    @Option(
        help: ArgumentHelp("trace, debug, info, notice, warning, error, critical. (default: info)", valueName: "level"))
    var logLevel: String?
    @Option(help: ArgumentHelp("json or text. (default: text on a terminal)", valueName: "format"))
    var logFormat: String?

    /// What was given, by the settings' names.
    var flags: [String: ConfigurationReader.Flag] {
        let given: [(name: String, value: String?)] = [
            ("host", host), ("port", port), ("mcp_host", mcpHost), ("mcp_port", mcpPort),
            ("mcp_endpoint", mcpEndpoint), ("compat", compat), ("tools", tools), ("auth", auth),
            ("allowed_hosts", allowedHosts), ("allowed_origins", allowedOrigins),
            ("allow_forwarded", allowForwarded ? "true" : nil), ("max_body_bytes", maxBodyBytes),
            ("max_total_body_bytes", maxTotalBodyBytes),
            ("max_url_bytes", maxUrlBytes), ("max_header_bytes", maxHeaderBytes), ("max_connections", maxConnections),
            ("request_timeout", requestTimeout), ("idle_timeout", idleTimeout), ("shutdown_timeout", shutdownTimeout),
            ("rate_limit", rateLimit), ("tls_certificate", tlsCertificate), ("tls_key", tlsKey),
            ("log_level", logLevel), ("log_format", logFormat),
        ]
        var flags: [String: ConfigurationReader.Flag] = [:]
        for (name, value) in given {
            guard let value else { continue }
            flags[name] = ConfigurationReader.Flag("--" + name.replacing("_", with: "-"), value)
        }
        return flags
    }
}
