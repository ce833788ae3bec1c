import FaultLaboratory
import Foundation
import MemoryLedger
import Synchronization
import Testing

/// Goal: a server that is asked to end finishes what runs, takes nothing new, and loses nothing that it acknowledged.
/// Method: the real program under load, and its ledger afterwards.
@Suite struct ShutdownTests {
    private final class Keys: Sendable {
        private let keys = Mutex<[String]>([])

        var all: [String] { keys.withLock { $0 } }
        var count: Int { keys.withLock { $0.count } }
        func add(_ key: String) { keys.withLock { $0.append(key) } }
    }

    /// Adds until it is not answered any more.
    private static func load(_ server: RunningServer, _ client: Int, _ acknowledged: Keys) async {
        guard let connection = try? await server.connect(), let session = try? await server.login() else { return }
        for number in 0..<100_000 {
            let key = "k\(client)-\(number)"
            let value: JSONValue = ["summary": "s", "text": ""]
            let body: JSONValue = ["session": .string(session), "key": .string(key), "value": value]
            guard let answer = try? await connection.request("POST", "/add_memory", body.description),
                answer.status == 200
            else { return }
            acknowledged.add(key)
        }
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func nothingThatWasAcknowledgedIsLost(signal: Int32) async throws {
        let server = try await RunningServer()
        let acknowledged = Keys()
        await withTaskGroup { group in
            for client in 0..<8 { group.addTask { await Self.load(server, client, acknowledged) } }
            while acknowledged.count < 200, !server.hasEnded {
                try? await Task.sleep(for: .milliseconds(5))
            }
            server.send(signal)
        }
        let end = try await server.wait()
        #expect(end.status == 0 && !end.hung, "\(end)")
        let keys = acknowledged.all
        #expect(keys.count >= 200)
        let ledger = try await MemoryLedger.open(at: server.ledger)
        for key in keys { #expect(try await ledger.find(MemoryKey(key: key)) != nil, "\(key)") }
        await ledger.close()
    }

    /// Reads that were counted wait to be appended together.
    @Test func countsOfReadsAreAppendedAtTheEnd() async throws {
        let server = try await RunningServer()
        let session = try await server.login()
        _ = try await server.post(
            "/add_memory",
            ["session": .string(session), "key": "tea", "value": ["summary": "Likes green tea", "text": ""]])
        for _ in 0..<3 { _ = try await server.post("/get_memory", ["session": .string(session), "key": "tea"]) }
        try await server.stop()
        let ledger = try await MemoryLedger.open(at: server.ledger)
        #expect(try await ledger.get(MemoryKey(key: "tea"))?.meta.accessCount == 3)
        await ledger.close()
    }

    @Test func aConnectionThatWaitsDoesNotKeepItFromEnding() async throws {
        let server = try await RunningServer()
        let idle = try await server.connect()
        let used = try await server.connect()
        _ = try await used.request("GET", "/healthz")
        try await server.stop()
        #expect(try await idle.isClosed())
        #expect(try await used.isClosed())
    }

    /// The answer is larger than what the buffers between the two take.
    @Test func anAnswerThatIsBeingSentIsSentWhole() async throws {
        let server = try await RunningServer()
        let session = try await server.login()
        let text = String(repeating: "x", count: 12 << 20)
        _ = try await server.post(
            "/add_memory",
            ["session": .string(session), "key": "long", "value": ["summary": "", "text": .string(text)]])
        let connection = try await server.connect()
        let get: JSONValue = ["session": .string(session), "key": "long"]
        try await connection.send(connection.text("POST", "/get_memory", get.description))
        // Its head has come, so the answer is on its way.
        try await connection.waitForInput()
        server.send(SIGTERM)
        try await Task.sleep(for: .milliseconds(300))
        let answer = try await connection.answer()
        #expect(answer.status == 200 && answer.body.count > text.utf8.count)
        #expect(try await server.wait().status == 0)
    }
}
