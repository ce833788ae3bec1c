import EventLog
import FaultLaboratory
import LedgerCapabilities
import MemoryLedger
import Testing

/// Goal: a server without the master key answers searches, and tells nothing of a protected namespace by them; one with
/// the key finds all. Method: the real program twice over one ledger, by the old API and by MCP.
@Suite struct LockedServiceTests {
    private static let key: [UInt8] = Array(repeating: 0x5a, count: 32)

    private static func filled() async throws -> ScratchFolder {
        let folder = try ScratchFolder()
        var options = MemoryLedgerOptions()
        options.file.masterKey = try MasterKey(bytes: key)
        let ledger = try await MemoryLedger.open(at: folder.path("ledger.sqlite"), options: options)
        try await ledger.add(MemoryKey(key: "tea"), MemoryContent(summary: "green tea"))
        try await ledger.protect("people")
        try await ledger.add(
            MemoryKey(namespace: "people", key: "ada"), MemoryContent(summary: "green countess", text: "engine"))
        await ledger.close()
        return folder
    }

    private static func search(_ server: RunningServer, _ path: String) async throws -> JSONValue {
        let answer = try await server.request("GET", path)
        #expect(answer.status == 200, "\(path): \(answer)")
        return try JSONValue(parsing: answer.text)["data"] ?? .null
    }

    private static func tool(_ server: RunningServer, _ name: String, _ arguments: JSONObject) async throws -> String {
        let message = MCPMessage.call(name, arguments)
        let answer = try await server.request(
            "POST", "/mcp", message.description, headers: MCPMessage.headers, mcp: true)
        #expect(answer.status == 200, "\(name): \(answer)")
        let result = try JSONValue(parsing: answer.text)["result"]
        return try #require(result?["content"]?.array?.first?["text"]?.string, "\(answer)")
    }

    @Test func searches() async throws {
        let folder = try await Self.filled()
        for isLocked in [true, false] {
            let hexadecimal = String(repeating: "5a", count: Self.key.count)
            let server = try await RunningServer(
                [], folder: folder, environment: isLocked ? [:] : ["MEMLEDGER_MASTER_KEY": hexadecimal])
            let people = try await server.login("people")
            let paths = [
                "/search?q=green": 2, "/search?q=countess": 1, "/fulltext?keywords=green,countess&operator=AND": 1,
                "/search?q=engine&session=\(people)": 1, "/fulltext?keywords=ada&session=\(people)": 1,
            ]
            for (path, count) in paths.sorted(by: { $0.key < $1.key }) {
                let data = try await Self.search(server, path)
                let expected = !isLocked ? count : path == "/search?q=green" ? 1 : 0
                #expect(data["pagination"]?["total"] == JSONValue(expected), "\(path)")
                #expect(data["results"]?.array?.count == expected, "\(path)")
                if isLocked { #expect(!"\(data)".contains("ada") && !"\(data)".contains("countess"), "\(path)") }
            }
            for (name, words) in [("memory_search", "query"), ("memory_fulltext_search", "keywords")] {
                let arguments: JSONObject = [words: "countess", "session": .string(people)]
                let text = try await Self.tool(server, name, arguments)
                #expect(text.contains("total: \(isLocked ? 0 : 1)"), "\(text)")
                #expect(text.contains("ada") == !isLocked, "\(text)")
            }
            let log = try server.logText()
            #expect(!log.contains("countess"), "\(log)")
            try await server.stop()
        }
    }
}
