import EventLog
import LedgerCapabilities
import LedgerServer
import Logging
import MemoryLedger
import Testing

/// Goal: what the documentation shows of the server holds. Method: it is compiled, and run.
@Suite struct DocumentedServerTests {
    @Test func aServerRunsUntilItIsCancelled() async throws {
        let ledger = try await MemoryLedger.inMemory()
        let configuration = try ServerExamples.settings()
        let logger = Logger(label: "server") { _ in SwiftLogNoOpLogHandler() }
        let running = Task { try await ServerExamples.serve(ledger, configuration, logger) }
        running.cancel()
        _ = await running.result
        ServerExamples.figures(ledger)
        await ledger.close()
    }
}

private enum ServerExamples {
    static func settings() throws -> ServerConfiguration {
        let flags = ["port": ConfigurationReader.Flag("--port", "0")]
        var reader = ConfigurationReader(flags: flags, environment: { _ in nil })
        let port = try reader.value("port", .port, default: 3_000)
        var configuration = ServerConfiguration()
        (configuration.port, configuration.mcpPort) = (port, port)
        return configuration
    }

    static func serve(_ ledger: MemoryLedger, _ configuration: ServerConfiguration, _ logger: Logger) async throws {
        let server = try LedgerServer(ledger, configuration, logger: logger) { print($0.url, $0.serves) }
        try await server.run()
    }

    static func figures(_ ledger: MemoryLedger) {
        if let figures = (ledger.log as? any MeasuredLog)?.figures {
            print(Double(figures.events) / Double(figures.transactions), "events a transaction")
        }
    }
}
