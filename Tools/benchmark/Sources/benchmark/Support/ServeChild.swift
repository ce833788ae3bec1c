import Foundation
import Hummingbird
import LedgerCapabilities
import LedgerServer
import Logging
import MemoryLedger

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// A server in a process of its own: ours on a ledger, or one of Hummingbird alone that says hello.
final class ServeChild {
    private let process = Process()
    let url: String

    /// What the child does.
    static func serve(path: String) async throws {
        var options = MemoryLedgerOptions(readCounting: LedgerServer.readCounting)
        options.file.maximumReaders = max(options.file.maximumReaders, LedgerServer.maximumReaders)
        let ledger = try await MemoryLedger.open(at: path, options: options)
        var configuration = ServerConfiguration()
        (configuration.port, configuration.mcpPort) = (0, 0)
        var logger = Logger(label: "server")
        logger.logLevel = .error
        let server = try LedgerServer(ledger, configuration, logger: logger) { address in
            if address.serves == "api" { say(address.url) }
        }
        try await server.run()
    }

    /// The floor.
    static func hello() async throws {
        var logger = Logger(label: "server")
        logger.logLevel = .error
        let router = Router()
        router.get("/") { _, _ in "hello" }
        let application = Application(
            router: router, configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { say("http://127.0.0.1:\($0.localAddress?.port ?? 0)") }, logger: logger)
        try await application.run()
    }

    private static func say(_ line: String) { FileHandle.standardOutput.write(Data("\(line)\n".utf8)) }

    /// - Parameter path: of the ledger; nil for hello.
    init(path: String?) throws {
        let pipe = Pipe()
        process.executableURL = URL(filePath: CommandLine.arguments[0])
        process.arguments = path.map { ["--serve-child", $0] } ?? ["--hello-child"]
        process.standardOutput = pipe
        try process.run()
        var line = Data()
        while line.last != UInt8(ascii: "\n") {
            let next = pipe.fileHandleForReading.availableData
            guard !next.isEmpty else { throw BenchmarkError("The server in a process of its own does not start.") }
            line += next
        }
        url = String(decoding: line.dropLast(), as: UTF8.self)
    }

    deinit {
        process.terminate()
        process.waitUntilExit()
    }

    var residentMegabytes: Double {
        get throws {
            let status = try String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
            let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
            let kibibytes = line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Double($0) }
            guard let kibibytes else { throw BenchmarkError("/proc does not tell the memory of the server.") }
            return kibibytes * 1_024 / 1e6
        }
    }

    /// A session of the compatible API.
    func login() async throws -> String {
        guard let address = URL(string: url + "/login") else { throw BenchmarkError("\(url) is no URL.") }
        var request = URLRequest(url: address)
        request.httpMethod = "POST"
        request.httpBody = Data("{\"namespace\":\"mem\"}".utf8)
        let (data, _) = try await URLSession.shared.data(for: request)
        let answer = try JSONValue(parsing: String(decoding: data, as: UTF8.self))
        guard let session = answer["data"]?.string else { throw BenchmarkError("No session: \(answer)") }
        return session
    }
}
