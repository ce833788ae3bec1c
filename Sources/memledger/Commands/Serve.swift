import ArgumentParser
import EventLog
import LedgerCapabilities
import LedgerServer
import Logging
import MemoryLedger

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve the ledger over HTTP and the Model Context Protocol.",
        discussion: """
            The HTTP API is that of kv-memory, so that its clients change only the address. It listens on --port; MCP \
            listens on --mcp-port, at /mcp. On a loopback address everyone on the machine may call; elsewhere a \
            request needs a token (`memledger token create`), as Authorization: Bearer TOKEN.

            /healthz says that it runs, /readyz that its tables have every event, /metrics what it does, for \
            Prometheus. Log lines go to standard error. It ends after Ctrl-C or SIGTERM: requests that run are \
            finished, and nothing that was acknowledged is lost.

            Each setting can also be in the environment (MEMLEDGER_PORT) or in the file that --config names, a JSON \
            object ({"port": 3000}). Options come before the environment, the environment before the file; \
            --print-config says where each value came from, and ends.

              memledger serve
              memledger serve --host 0.0.0.0 --tls-certificate cert.pem --tls-key key.pem
              memledger serve --config /etc/memledger.json --print-config
            """)

    @OptionGroup(title: "Settings") var server: ServerOptions
    @Option(
        help: ArgumentHelp("A file with settings, JSON. (default: MEMLEDGER_CONFIG)", valueName: "file"),
        completion: .file())
    var config: String?
    @Flag(help: "Print the settings and where each came from, and end.") var printConfig = false
    @OptionGroup var actor: ActorOption
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let clock = ContinuousClock()
        let begun = clock.now
        var reader = try await reader()
        let path = System.expandingHome(
            try reader.value("ledger", .text, variable: "MEMLEDGER_FILE", default: GlobalOptions.defaultFile))
        let format: ServerConfiguration.LogFormat = System.isTerminal(2) ? .text : .json
        let configuration = try ServerConfiguration(&reader, logFormat: format)
        try reader.checkFile()
        let former = FormerEnvironment.remarks(System.environment)
        if printConfig { return try show(reader, former) }
        let logger = StandardErrorLog.logger(configuration.logFormat, configuration.logLevel)
        for remark in former {
            logger.warning("\(remark.sentence)", metadata: ["variable": "\(remark.variable)"])
        }
        try await serve(path, configuration, logger) { begun.duration(to: clock.now) }
    }

    private func serve(
        _ path: String, _ configuration: ServerConfiguration, _ logger: Logger,
        sinceStart: @escaping @Sendable () -> Duration
    ) async throws {
        var global = global
        global.ledger = path
        let bar = ProgressBar("Opening", unit: "events")
        try await global.withLedger(.create, progress: bar.update) { options in
            options.file.logger = logger
            options.checkpoints = CheckpointOptions()
            options.readCounting = LedgerServer.readCounting
            options.file.maximumReaders = max(options.file.maximumReaders, LedgerServer.maximumReaders)
        } _: { ledger in
            bar.finish()
            if let lost = ledger.lostHead { logger.error("\(lost.warning)") }
            let server = try LedgerServer(
                ledger, configuration, logger: logger,
                onListening: { address in
                    logger.info("Listening", metadata: ["url": "\(address.url)", "serves": "\(address.serves)"])
                }, sinceStart: sinceStart)
            try await server.run()
            logger.info("Ending")
        }
    }

    private func reader() async throws -> ConfigurationReader {
        var flags = server.flags
        if let ledger = global.ledger { flags["ledger"] = .init("--ledger", ledger) }
        if let name = actor.acting.actingAs { flags["actor"] = .init("--as", name) }
        guard let path = config ?? System.environment("MEMLEDGER_CONFIG") else {
            return ConfigurationReader(flags: flags, environment: System.environment)
        }
        let bytes = try await FileChunks.readAll(
            InputFile(path), name: path, maximumBytes: ConfigurationReader.maximumFileBytes)
        guard let json = try? JSONValue(parsing: String(decoding: bytes, as: UTF8.self)), let settings = json.object
        else {
            throw CommandError("\(path) is no JSON object of settings, such as {\"port\": 3000}.")
        }
        return ConfigurationReader(flags: flags, environment: System.environment, file: (path, settings))
    }

    private func show(_ reader: ConfigurationReader, _ former: [FormerEnvironment.Remark]) throws {
        try global.show(reader.document(former)) { page in
            var table = Table([.init("setting"), .init("value"), .init("from")])
            for reading in reader.readings { table.add([reading.name, reading.value ?? "", "\(reading.source)"]) }
            page.table(table)
            for remark in former { page.line("\(remark.variable) (\(remark.value)): \(remark.sentence)", .dim) }
        }
    }
}
