import EventLog
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import LedgerService
public import Logging
public import MemoryLedger
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import ServiceLifecycle

/// Serves a ledger over HTTP: the compatible API on one port, the Model Context Protocol on another.
///
///     let server = try LedgerServer(ledger, configuration, logger: logger) { print($0.url, $0.serves) }
///     try await server.run()
///
/// `run` returns when its task is cancelled: no new requests are taken, those that run are finished, and then the
/// connections are closed. The ledger stays open, with reads that wait to be counted; closing it appends them.
public struct LedgerServer: Sendable {
    /// Where a listener listens, once it does.
    public struct Address: Hashable, Sendable {
        public var url: String
        /// `api`, `mcp`, or both with a comma.
        public var serves: String
    }

    private struct Listener {
        var host: String
        var port: Int
        var services: ServerResponder.Services
    }

    private let ledger: MemoryLedger
    private let configuration: ServerConfiguration
    private let logger: Logger
    private let tls: TLSConfiguration?
    private let handlers: ServerResponder.Handlers
    private let gate: CallerGate
    private let readiness: Readiness
    private let bodies: BodyReader
    private let sinceStart: (@Sendable () -> Duration)?
    private let onListening: @Sendable (Address) -> Void

    /// How many may read a ledger at the same time that is served. Requests run on event loops and on the threads that
    /// all tasks share, one of each for each core, and none should wait for another's read.
    public static var maximumReaders: Int { 2 * System.coreCount + 2 }

    /// How the counted reads of a ledger that is served are appended: fewer appends than of one that a single program
    /// has, since each takes the pages that it changes from all readers' caches, and keeps few requests waiting.
    public static let readCounting = MemoryLedgerOptions.ReadCounting.batched(reads: 2_048, milliseconds: 1_000)

    /// - Parameters:
    ///   - logger: lines that are logged while a request is answered bear its id, if they are a `LineLogHandler`'s.
    ///   - onListening: is told of each address, from when on it answers.
    ///   - sinceStart: how long the program runs; if it is given, a line says after how long the server was ready.
    /// - Throws: `ConfigurationError` for a certificate or a key that cannot be read; `MCPOptionError` for a set of
    ///   tools that there is not.
    public init(
        _ ledger: MemoryLedger, _ configuration: ServerConfiguration, logger: Logger,
        onListening: @escaping @Sendable (Address) -> Void = { _ in }, sinceStart: (@Sendable () -> Duration)? = nil
    ) throws {
        self.ledger = ledger
        self.configuration = configuration
        self.logger = logger
        self.sinceStart = sinceStart
        self.onListening = onListening
        tls = try Self.tls(configuration)
        handlers = try ServedLedger(ledger, configuration).handlers
        gate = CallerGate(configuration, logger, TokenLookup(ledger).answer)
        readiness = Readiness(logger, LedgerFigures(ledger).problems)
        bodies = BodyReader(
            maximumBytes: configuration.maximumBodyBytes, maximumTotalBytes: configuration.maximumTotalBodyBytes)
    }

    /// Serves until the task is cancelled.
    ///
    /// - Throws: `ConfigurationError` if it cannot listen at an address.
    public func run() async throws {
        warn()
        let parts = ServerResponder.Parts(
            configuration: configuration, handlers: handlers, gate: gate, metrics: RequestMetrics(),
            figures: LedgerFigures(ledger), readiness: readiness, bodies: bodies, logger: logger,
            numbers: RequestNumbers(start: ledger.options.clock.now()), date: DateHeader(ledger.options.clock))
        let listeners = listeners()
        let countdown = Countdown(listeners.count)
        let servers = try listeners.map { listener in
            NamedListener(listener: listener, server: try server(listener, parts, countdown))
        }
        var group = ServiceGroupConfiguration(services: servers, logger: quiet)
        group.maximumGracefulShutdownDuration = .seconds(configuration.shutdownTimeoutSeconds)
        let services = ServiceGroup(configuration: group)
        // The task that is cancelled must not take the running requests with it.
        defer { gate.logRest() }
        let running = Task { try await services.run() }
        try await withTaskCancellationHandler {
            try await running.value
        } onCancel: {
            Task { await services.triggerGracefulShutdown() }
        }
    }

    /// A listener, which says by its own setting what is wrong with its address.
    private struct NamedListener: Service {
        let listener: Listener
        let server: any Service

        func run() async throws {
            do { try await server.run() } catch  where error is IOError || error is SocketAddressError {
                let setting = listener.services.contains(.api) ? "--port" : "--mcp-port"
                throw ConfigurationError(
                    "Cannot listen at \(listener.host), port \(listener.port) (\(error)); is another server there? Take "
                        + "another \(setting).")
            }
        }
    }

    /// Hummingbird logs what it does; only what it cannot do is of interest here.
    private var quiet: Logger {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        return quiet
    }

    private func listeners() -> [Listener] {
        let api = Listener(host: configuration.host, port: configuration.port, services: .api)
        let mcp = Listener(host: configuration.mcpHost, port: configuration.mcpPort, services: .mcp)
        guard api.host == mcp.host, api.port == mcp.port, api.port != 0 else { return [api, mcp] }
        return [Listener(host: api.host, port: api.port, services: [.api, .mcp])]
    }

    private func server(
        _ listener: Listener, _ parts: ServerResponder.Parts, _ countdown: Countdown
    ) throws -> any Service {
        let responder = ServerResponder(listener.services, RequestSource(host: listener.host, configuration), parts)
        var builder = HTTPServerBuilder { [configuration, logger] responder in
            ServerChannel(configuration: configuration, responder: responder) { status in
                parts.metrics.refused(status)
                logger.debug("No request", metadata: ["status": "\(status)"])
            }
        }
        if let tls { builder = try .tls(builder, tlsConfiguration: tls) }
        let isSecure = tls != nil
        return try builder.buildServer(
            configuration: HummingbirdCore.ServerConfiguration(
                address: .hostname(listener.host, port: listener.port),
                availableConnectionsDelegate: MaximumAvailableConnections(configuration.maximumConnections)),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: quiet,
            responder: { request, writer, channel in
                let response = await responder.respond(to: request, from: channel)
                do { try await writer.write(response: response.head, body: response.body) } catch is HTTPParserError {
                    // As it is, it would be answered a second time.
                    throw BrokenConnection()
                }
            },
            onServerRunning: { [onListening, logger, sinceStart] channel in
                let port = channel.localAddress?.port ?? listener.port
                let host = listener.host.contains(":") ? "[\(listener.host)]" : listener.host
                onListening(
                    Address(
                        url: "\(isSecure ? "https" : "http")://\(host):\(port)", serves: listener.services.description))
                if countdown.isLast(), let sinceStart {
                    let milliseconds = sinceStart() / .milliseconds(1)
                    logger.info("Ready", metadata: ["milliseconds": "\(Int(milliseconds.rounded()))"])
                }
            })
    }

    /// What came behind a request is no HTTP, which was found while the answer was written.
    private struct BrokenConnection: Error {}

    private func warn() {
        if configuration.isOpen {
            logger.warning(
                "Everyone on this machine may read and change the ledger; --auth required asks for a token")
        } else if tls == nil, !configuration.isLocal {
            logger.warning("Tokens and memories go over the network unencrypted; give --tls-certificate and --tls-key")
        }
    }

    private static func tls(_ configuration: ServerConfiguration) throws(ConfigurationError) -> TLSConfiguration? {
        guard let certificate = configuration.tlsCertificate, let key = configuration.tlsKey else { return nil }
        do {
            var tls = TLSConfiguration.makeServerConfiguration(
                certificateChain: try NIOSSLCertificate.fromPEMFile(certificate).map { .certificate($0) },
                privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem)))
            tls.minimumTLSVersion = .tlsv12
            return tls
        } catch {
            throw ConfigurationError(
                "No certificate and key for TLS in \(certificate) and \(key) (\(error)); both are PEM files.")
        }
    }
}

extension ServerResponder.Services: CustomStringConvertible {
    var description: String {
        [(Self.api, "api"), (.mcp, "mcp")].filter { contains($0.0) }.map(\.1).joined(separator: ",")
    }
}
