import FaultLaboratory
import Foundation
import MemoryLedger
import Testing

/// Goal: the official client is served over HTTP as it is over a pipe, and a restart of the server is noticed by no
/// client. Method: the real program, and each version of the client in each of its modes.
@Suite struct MCPOverHTTPTests {
    private static let root = URL(fileURLWithPath: #filePath).appendingPathComponent("../../..").standardizedFileURL

    private static func run(_ executable: String, _ arguments: [String]) async throws -> TestChild.End {
        let end = try await TestChild(executable, arguments).wait()
        try #require(end.status == 0, "\(arguments): \(end.error)")
        return end
    }

    @Test(arguments: [
        ("1.30.0", "legacy", "2025-11-25"), ("2.3.0", "auto", "2026-07-28"), ("2.3.0", "legacy", "2025-11-25"),
        ("2.3.0", "2026-07-28", "2026-07-28"),
    ])
    func theOfficialClientIsServed(sdk: String, mode: String, version: String) async throws {
        let tool = Self.root.appendingPathComponent("Tools/python_venv").path
        let python = try await Self.run(tool, ["mcp-\(sdk)", "mcp==\(sdk)"]).output
            .trimmingCharacters(in: .whitespacesAndNewlines)
        let server = try await RunningServer()
        let client = Self.root.appendingPathComponent("Tools/mcp_client.py").path
        let end = try await Self.run(python, [client, "--mode", mode, "http://127.0.0.1:\(server.mcpPort)/mcp"])
        let seen = try JSONValue(parsing: end.output)
        #expect(seen["version"]?.string == version && seen["sdk"]?.string == sdk)
        try await server.stop()
    }

    @Test func aRestartIsNoticedByNoClient() async throws {
        let first = try await RunningServer()
        let headers = [
            "Content-Type": "application/json", "Accept": "application/json, text/event-stream",
            "MCP-Protocol-Version": "2025-11-25",
        ]
        func call(_ server: RunningServer, _ method: String, _ parameters: JSONValue) async throws -> JSONValue {
            let message: JSONValue = ["jsonrpc": "2.0", "id": 1, "method": .string(method), "params": parameters]
            let answer = try await server.request("POST", "/mcp", message.description, headers: headers, mcp: true)
            #expect(answer.status == 200 && answer.headers["mcp-session-id"] == nil, "\(answer.text)")
            return try JSONValue(parsing: answer.text)
        }
        let greeting: JSONValue = [
            "protocolVersion": "2025-11-25", "capabilities": [:], "clientInfo": ["name": "test", "version": "1"],
        ]
        #expect(try await call(first, "initialize", greeting)["result"]?["protocolVersion"] == "2025-11-25")
        try await first.stop()
        let second = try await RunningServer(folder: first.folder)
        let value: JSONValue = ["summary": "Likes green tea", "text": ""]
        let added = try await call(
            second, "tools/call", ["name": "memory_add", "arguments": ["key": "tea", "value": value]])
        #expect(added["result"]?["content"]?.array?.first?["text"] == "success: true", "\(added)")
        try await second.stop()
        let ledger = try await MemoryLedger.open(at: second.ledger)
        #expect(try await ledger.find(MemoryKey(key: "tea")) != nil)
        await ledger.close()
    }

    @Test func theToolsAreThoseThatAreNamed() async throws {
        let folder = try ScratchFolder()
        let child = try TestChild(
            BuiltExecutable.path("memledger"),
            ["serve", "--port", "0", "--mcp-port", "0", "--tools", "nothing", "--ledger", folder.path("a.sqlite")])
        let end = try await child.wait()
        #expect(end.status == 1 && end.error.contains("nothing"), "\(end)")
    }
}
