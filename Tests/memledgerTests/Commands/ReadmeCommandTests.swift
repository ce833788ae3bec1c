import EventLog
import Foundation
import MemoryLedger
import Testing

/// Goal: a person who pastes the README's commands one after another sees what it promises. Method: all of them, read
/// from the README itself, in a new folder with a legacy database; what would ask is told `--yes`.
@Suite struct ReadmeCommandTests {
    private static let root = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../..").standardizedFileURL

    /// Lines of the README's console blocks, without their comments; those that build the program are left out.
    private static func commands() throws -> [(line: String, isAsking: Bool)] {
        let readme = try String(contentsOf: root.appendingPathComponent("README.md"), encoding: .utf8)
        return readme.matches(of: /(?s)```console\n(.*?)```/).flatMap { block in
            block.1.split(separator: "\n").filter { $0.hasPrefix("$ ") }.map { line in
                let parts = line.dropFirst(2).split(separator: /\ +#\ /, maxSplits: 1)
                return (String(parts[0]), parts.count > 1 && parts[1].contains("asks"))
            }
        }.filter { !$0.line.hasPrefix("Tools/") && !$0.line.contains("swift build") }
    }

    /// What the README leaves to the reader.
    private static func adapted(_ line: String, _ workspace: Workspace) async throws -> String {
        let line = line.replacing("/mnt/elsewhere", with: "elsewhere").replacing(/\ && sqlite3 .*/, with: "")
        if line.contains("TOKEN_ID") {
            let tokens = try await workspace.json("token", "list")["tokens"]?.array
            return line.replacing("TOKEN_ID", with: try #require(tokens?.last?["id"]?.string))
        }
        if line.contains("SESSION") {
            let sessions = try await workspace.json("session", "list")["sessions"]?.array
            return line.replacing("SESSION", with: try #require(sessions?.last?["session"]?.string))
        }
        guard line.contains("EVENT_ID") else { return line }
        let last = try await workspace.json("log", "--stream", "mem/tea", "--reverse", "--limit", "1")
        return line.replacing("EVENT_ID", with: try #require(last["events"]?.array?.first?["event_id"]?.string))
    }

    @Test func theyWorkOneAfterAnother() async throws {
        let workspace = try Workspace()
        try workspace.makeKeyv("kv.db")
        for folder in ["elsewhere", "Tools"] {
            try FileManager.default.createDirectory(atPath: workspace.path(folder), withIntermediateDirectories: true)
        }
        let script = "Tools/verify_evidence.py"
        try FileManager.default.copyItem(atPath: PythonVerifier.script, toPath: workspace.path(script))
        let folder = URL(fileURLWithPath: try RunningCommand.memledger()).deletingLastPathComponent().path
        var environment = ["HOME": workspace.folder.path]
        environment["PATH"] = "\(folder):\(ProcessInfo.processInfo.environment["PATH"] ?? "")"
        var count = 0
        // A shell for each, since a failure must name its line; what is exported is kept for those after it.
        var exported = ""
        for (line, isAsking) in try Self.commands() {
            if line.hasPrefix("export ") {
                exported += line + "; "
                continue
            }
            if line.hasPrefix("python3 "), !PythonVerifier.isThere { continue }
            let command = try await Self.adapted(line, workspace) + (isAsking ? " --yes" : "")
            let outcome = try await RunningCommand(
                workspace, "/bin/sh", ["-c", exported + command], input: "", environment: environment
            ).outcome()
            #expect([0, 3].contains(outcome.status), "\(command): \(outcome.status) \(outcome.error)")
            count += 1
        }
        #expect(count > 50)
    }

    private static let hasCurl = ["/usr/bin/curl", "/bin/curl"].contains {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    /// A port that no program listens at.
    private static func freePort() throws -> UInt16 {
        #if canImport(Darwin)
            let descriptor = socket(AF_INET, SOCK_STREAM, 0)
        #else
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #endif
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
            }
        }
        try #require(isBound)
        return UInt16(bigEndian: address.sin_port)
    }

    /// The blocks that start a server, each pasted as a whole. Only the ports differ, which may be taken here.
    @Test(.enabled(if: hasCurl)) func aServersFirstMinute() async throws {
        let readme = try String(contentsOf: Self.root.appendingPathComponent("README.md"), encoding: .utf8)
        let blocks = readme.matches(of: /(?s)```sh\n(.*?)```/).map { String($0.1) }
            .filter { $0.contains("memledger serve") }
        #expect(blocks.count == 2)
        let folder = URL(fileURLWithPath: try RunningCommand.memledger()).deletingLastPathComponent().path
        let (port, mcpPort) = (try Self.freePort(), try Self.freePort())
        let environment = [
            "PATH": "\(folder):\(ProcessInfo.processInfo.environment["PATH"] ?? "")", "MEMLEDGER_PORT": "\(port)",
            "MEMLEDGER_MCP_PORT": "\(mcpPort)",
        ]
        let workspace = try Workspace()
        var output = ""
        for block in blocks {
            let script = block.replacing(":3000", with: ":\(port)")
            let outcome = try await RunningCommand(
                workspace, "/bin/sh", ["-c", script], input: "", environment: environment
            ).outcome()
            #expect(outcome.status == 0, "\(outcome)")
            output += outcome.output
        }
        #expect(output.hasPrefix("{\"success\":true}{\"success\":true,\"data\":{\"domain\":\"\""), "\(output)")
        #expect(output.contains("Likes espresso"))
        // The second server answers a token alike, and the memory is in another namespace.
        let second = try #require(output.split(separator: "{\"success\":true}{").last)
        #expect(second.contains("Reads three papers") && !second.contains("Likes espresso"), "\(output)")
        let ledger = try await MemoryLedger.open(at: workspace.path("memory-ledger.sqlite"))
        let plan = try await ledger.get(MemoryKey(namespace: "research", key: "plan"))
        let actors = try await ledger.log.read(EventQuery()).events.map(\.attribution.actor)
        #expect(plan?.content.text == "By Friday" && actors.contains("research-bot"), "\(actors)")
        await ledger.close()
    }
}
