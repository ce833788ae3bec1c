import Foundation
import MemoryLedger
import Testing

/// Goal: the official client finds everything in its place, in both eras. Method: each version of it calls every
/// standard tool, reads a resource and a prompt, and validates what comes by the schemas, over a pipe to the command.
@Suite struct MCPClientTests {
    private static let root = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../..").standardizedFileURL

    private static func python(_ workspace: Workspace, _ version: String) async throws -> String {
        let tool = root.appendingPathComponent("Tools/python_venv").path
        let made = try await RunningCommand(
            workspace, tool, ["mcp-\(version)", "mcp==\(version)"], input: "", environment: [:]
        ).outcome()
        try #require(made.status == 0, "\(made.error)")
        return made.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Kinds of refusals are another thing in the two eras.
    private static let codes: [String: [String: JSONValue]] = [
        "2025-11-25": [
            "unknown_tool": -32601, "wrong_arguments": -32602, "missing_resource": -32002, "unknown_prompt": -32601,
            "prompt_without_argument": -32600,
        ],
        "2026-07-28": [
            "unknown_tool": -32602, "wrong_arguments": -32602, "missing_resource": -32602, "unknown_prompt": -32602,
            "prompt_without_argument": -32602,
        ],
    ]

    @Test(
        .enabled(if: PythonVerifier.isThere),
        arguments: [
            ("1.30.0", "legacy", "2025-11-25"), ("2.3.0", "auto", "2026-07-28"), ("2.3.0", "legacy", "2025-11-25"),
            ("2.3.0", "2026-07-28", "2026-07-28"),
        ])
    func theOfficialClientIsServed(sdk: String, mode: String, version: String) async throws {
        let workspace = try Workspace()
        let python = try await Self.python(workspace, sdk)
        let client = Self.root.appendingPathComponent("Tools/mcp_client.py").path
        let ledger = workspace.path("memory-ledger.sqlite")
        let outcome = try await RunningCommand(
            workspace, python,
            [client, "--mode", mode, "--", try RunningCommand.memledger(), "--ledger", ledger, "mcp"], input: "",
            environment: [:]
        ).outcome()
        try #require(outcome.status == 0, "\(outcome.error)")
        let seen = try outcome.json()
        #expect(seen["version"]?.string == version && seen["sdk"]?.string == sdk)
        // A pinned version is not asked who it is.
        #expect(seen["server"] == "memledger" || mode == "2026-07-28")
        #expect(seen["resources"] == [] && seen["templates"] == ["memory://{namespace}/{key}"])
        #expect(seen["prompts"] == ["capture_memory", "recall_memory"])
        #expect(seen["completion"] == ["mem"])
        for (refusal, code) in Self.codes[version] ?? [:] { #expect(seen[refusal] == code, "\(refusal)") }
        #expect(outcome.error.isEmpty || !outcome.error.contains("memledger:"), "\(outcome.error)")
    }

    /// What the article shows, from the article itself.
    @Test(.enabled(if: PythonVerifier.isThere)) func theExampleRuns() async throws {
        let article = try DocumentRun.text("Sources/LedgerService/LedgerService.docc/ForAgents.md")
        let blocks = article.matches(of: /(?s)```python\n(.*?)```/)
        let example = try #require(blocks.first { $0.1.contains("from mcp import") })
        let workspace = try Workspace()
        try workspace.write("example.py", String(example.1))
        let folder = URL(fileURLWithPath: try RunningCommand.memledger()).deletingLastPathComponent().path
        let path = "\(folder):\(ProcessInfo.processInfo.environment["PATH"] ?? "")"
        let outcome = try await RunningCommand(
            workspace, try await Self.python(workspace, "2.3.0"), ["example.py"], input: "", environment: ["PATH": path]
        ).outcome()
        #expect(outcome.status == 0, "\(outcome.error)")
        #expect(outcome.output.contains("summary: Likes green tea") && outcome.output.contains("'kind': 'added'"))
        #expect(try await workspace.json("get", "user:drinks:tea")["text"] == "Said so on Monday.")
    }
}
