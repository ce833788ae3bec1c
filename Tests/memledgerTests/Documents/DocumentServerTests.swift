import EventLog
import Foundation
import MemoryLedger
import Testing

/// Goal: a person who pastes what starts a server is answered as the article shows. Method: its blocks, read from the
/// article itself, each as a whole.
@Suite struct DocumentServerTests {
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
        let article = try DocumentRun.text("Sources/LedgerServer/LedgerServer.docc/Serving.md")
        let blocks = article.matches(of: /(?s)```sh\n(.*?)```/).map { String($0.1) }
            .filter { $0.contains("memledger serve ") && $0.contains("curl") }
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
