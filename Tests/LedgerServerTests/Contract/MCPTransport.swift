import EventLog
import FaultLaboratory
import Foundation
import LedgerOperations
import LedgerService
import MemoryLedger
import Testing

/// How a client reaches the protocol.
protocol MCPTransport: Sendable {
    /// Sends a request, and gets its answer.
    func send(_ message: JSONValue) async throws -> JSONValue
}

/// The service alone, without a process.
struct MCPInProcess: MCPTransport {
    private let service: MCPService
    private static let owner = Caller(Attribution(actor: "owner"), .everything)

    init(_ version: CompatibleService.Version?) async throws {
        let ledger = try await MemoryLedger.inMemory()
        var options = MCPOptions()
        options.compatibility = version
        service = try MCPService(ledger, sessions: KVSessions(clock: ledger.options.clock), options: options)
    }

    func send(_ message: JSONValue) async throws -> JSONValue {
        let line = await service.answer(line: Array(message.description.utf8), by: Self.owner)
        return try JSONParser.parse(try #require(line))
    }
}

/// The real server, over HTTP.
struct MCPOverSocket: MCPTransport {
    let connection: TestConnection

    func send(_ message: JSONValue) async throws -> JSONValue {
        let answer = try await connection.request(
            "POST", "/mcp", message.description, headers: MCPMessage.headers)
        #expect(answer.status == 200 && answer.headers["content-type"] == "application/json", "\(answer)")
        #expect(answer.headers["mcp-session-id"] == nil)
        #expect(answer.headers.keys.allSatisfy { !$0.hasPrefix("access-control") })
        return try JSONValue(parsing: answer.text)
    }
}

/// `memledger mcp`, whose standard input the test holds.
final class MCPOverPipe: MCPTransport {
    let folder: ScratchFolder
    private let child: TestChild
    private let pipe: Int32

    var ledger: String { folder.path("ledger.sqlite") }

    init(_ options: [String]) async throws {
        folder = try ScratchFolder()
        let path = folder.path("pipe")
        try #require(mkfifo(path, 0o600) == 0)
        pipe = open(path, O_RDWR | O_CLOEXEC)
        try #require(pipe >= 0)
        let arguments = ["mcp", "--as", "owner", "--ledger", folder.path("ledger.sqlite")] + options
        child = try TestChild(
            "/bin/sh",
            ["-c", "exec \"$@\" <\"$0\"", path, BuiltExecutable.path("memledger")] + arguments)
    }

    /// One message at a time, so the next line is its answer.
    func send(_ message: JSONValue) async throws -> JSONValue {
        let known = try child.output().utf8.count
        let bytes = Array("\(message)\n".utf8)
        try #require(write(pipe, bytes, bytes.count) == bytes.count)
        let deadline = ContinuousClock().now + TestChild.limit
        while true {
            let lines = try child.output().utf8.dropFirst(known)
            if lines.last == UInt8(ascii: "\n") {
                return try JSONValue(parsing: String(decoding: lines, as: UTF8.self))
            }
            let error = try child.error()
            try #require(!child.hasEnded && ContinuousClock().now < deadline, "no answer to \(message): \(error)")
            try await Task.sleep(for: .milliseconds(1))
        }
    }

    /// Ends its input, and waits for its end.
    func stop() async throws {
        close(pipe)
        let end = try await child.wait()
        #expect(end.status == 0 && !end.hung && end.error.isEmpty, "\(end)")
    }
}
