import EventLog
import EventLogTesting
import LedgerServer
import Logging
import MemoryLedger
import Synchronization
import Testing

/// Goal: a session ends over the wire when it should, and not before. Method: a server in this process, whose ledger
/// has a clock that is moved.
@Suite struct SessionExpiryTests {
    private final class Address: Sendable {
        private let found = Mutex<UInt16?>(nil)

        var port: UInt16? { found.withLock { $0 } }
        func note(_ address: LedgerServer.Address) {
            guard address.serves == "api" else { return }
            found.withLock { $0 = address.url.split(separator: ":").last.flatMap { UInt16($0) } }
        }
    }

    private static func post(_ port: UInt16, _ path: String, _ body: JSONValue) async throws -> (Int, JSONValue) {
        let answer = try await TestConnection(port: port).request("POST", path, body.description)
        return (answer.status, try JSONValue(parsing: answer.text))
    }

    @Test(.timeLimit(.minutes(10))) func aSessionEndsFiveMinutesAfterItsLastRead() async throws {
        let clock = FixedClock()
        let ledger = try await MemoryLedger.inMemory(options: MemoryLedgerOptions(clock: clock))
        try await ledger.add(MemoryKey(key: "tea"), MemoryContent(summary: "Likes green tea"))
        var configuration = ServerConfiguration()
        (configuration.port, configuration.mcpPort) = (0, 0)
        let address = Address()
        let logger = Logger(label: "server") { _ in SwiftLogNoOpLogHandler() }
        let server = try LedgerServer(ledger, configuration, logger: logger) { address.note($0) }
        let running = Task { try await server.run() }
        while address.port == nil { try await Task.sleep(for: .milliseconds(2)) }
        let port = try #require(address.port)
        let session = try #require(try await Self.post(port, "/login", ["namespace": "mem"]).1["data"])
        let get: JSONValue = ["session": session, "key": "tea"]
        // Each read renews it, until the last moment.
        for _ in 0..<2 {
            clock.advance(by: .milliseconds(KVSessions.lifetimeMilliseconds - 1))
            let (status, answer) = try await Self.post(port, "/get_memory", get)
            #expect(status == 200 && answer["success"] == true, "\(answer)")
        }
        clock.advance(by: .milliseconds(KVSessions.lifetimeMilliseconds))
        let (status, answer) = try await Self.post(port, "/get_memory", get)
        #expect(status == 200 && answer == ["success": false, "message": "invalid session"], "\(status) \(answer)")
        running.cancel()
        _ = await running.result
        await ledger.close()
    }
}
