import FaultLaboratory
import Foundation
import MemoryLedger
import Testing

/// `memledger serve` as a process, with a ledger in a folder of its own.
final class RunningServer: Sendable {
    let folder: ScratchFolder
    let apiPort: UInt16
    let mcpPort: UInt16
    private let child: TestChild

    var ledger: String { folder.path("ledger.sqlite") }
    var id: pid_t { child.id }

    /// Starts it, and waits until it listens at both ports, any that are free.
    convenience init(
        _ arguments: String..., folder: ScratchFolder? = nil, environment: [String: String] = [:]
    ) async throws {
        try await self.init(arguments, folder: folder, environment: environment)
    }

    init(_ arguments: [String], folder: ScratchFolder? = nil, environment: [String: String] = [:]) async throws {
        let folder = try folder ?? ScratchFolder()
        self.folder = folder
        let all = ["serve", "--port", "0", "--mcp-port", "0", "--ledger", folder.path("ledger.sqlite")] + arguments
        let child = try TestChild(BuiltExecutable.path("memledger"), all, environment: environment)
        self.child = child
        let deadline = ContinuousClock().now + TestChild.limit
        var ports: [String: UInt16] = [:]
        while ports.count < 2 {
            for line in try Self.lines(child.error()) where line["message"]?.string == "Listening" {
                guard let serves = line["serves"]?.string, let url = line["url"]?.string else { continue }
                ports[serves] = url.split(separator: ":").last.flatMap { UInt16($0) }
            }
            let said = try child.error()
            try #require(!child.hasEnded && ContinuousClock().now < deadline, "it does not listen: \(said)")
            try await Task.sleep(for: .milliseconds(5))
        }
        apiPort = try #require(ports["api"])
        mcpPort = try #require(ports["mcp"])
    }

    /// What it has logged.
    func log() throws -> [JSONObject] { try Self.lines(child.error()) }

    func logText() throws -> String { try child.error() }

    func send(_ signal: Int32) { child.send(signal) }

    var hasEnded: Bool { child.hasEnded }

    /// Waits for its end, and kills it if it hangs.
    func wait() async throws -> TestChild.End { try await child.wait() }

    /// Asks it to end, and waits for that.
    @discardableResult
    func stop() async throws -> TestChild.End {
        send(SIGTERM)
        let end = try await wait()
        #expect(end.status == 0 && !end.hung, "\(end)")
        return end
    }

    private static func lines(_ text: String) -> [JSONObject] {
        text.split(separator: "\n").compactMap { try? JSONValue(parsing: String($0)).object }
    }

    // MARK: Requests

    func connect(mcp: Bool = false) async throws -> TestConnection {
        try await TestConnection(port: mcp ? mcpPort : apiPort)
    }

    /// One request by a connection of its own.
    func request(
        _ method: String, _ path: String, _ body: String = "", headers: [String: String] = [:], mcp: Bool = false
    ) async throws -> TestConnection.Answer {
        let connection = try await connect(mcp: mcp)
        return try await connection.request(method, path, body, headers: headers)
    }

    func post(_ path: String, _ body: JSONValue, headers: [String: String] = [:]) async throws -> JSONValue {
        let answer = try await request("POST", path, body.description, headers: headers)
        return try JSONValue(parsing: answer.text)
    }

    /// A session of the old API.
    func login(_ namespace: String = "mem", headers: [String: String] = [:]) async throws -> String {
        let answer = try await post("/login", ["namespace": .string(namespace)], headers: headers)
        return try #require(answer["data"]?.string, "\(answer)")
    }
}
