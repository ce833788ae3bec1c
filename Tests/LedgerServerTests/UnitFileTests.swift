import FaultLaboratory
import Foundation
import MemoryLedger
import Testing

/// Goal: the systemd unit starts the server as it is, and confines it. Method: its command is run with its settings,
/// and systemd's own check reads it, on a machine that has systemd.
@Suite struct UnitFileTests {
    private static let unit = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../Tools/memledger.service").standardizedFileURL
    private static let check = "/usr/bin/systemd-analyze"

    private static func text() throws -> String { try String(contentsOf: unit, encoding: .utf8) }

    @Test func itsCommandIsOne() async throws {
        let folder = try ScratchFolder()
        try folder.write("memledger.json", "{\"host\": \"0.0.0.0\"}")
        let text = try Self.text()
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("ExecStart=") })
        let words = line.split(separator: " ").dropFirst().map(String.init)
        #expect(words.contains("/etc/memledger.json"))
        let arguments = words.map { $0 == "/etc/memledger.json" ? folder.path("memledger.json") : $0 }
        let end = try await TestChild(
            BuiltExecutable.path("memledger"), arguments + ["--print-config", "--json"]
        ).wait()
        #expect(end.status == 0, "\(end)")
        let settings = try JSONValue(parsing: end.output)
        #expect(settings["host"]?["value"] == "0.0.0.0")
        // It may write to its own folder, and this is in it.
        #expect(settings["ledger"]?["value"]?.string?.hasPrefix("/var/lib/memledger/") == true)
        #expect(text.contains("\nStateDirectory=memledger\n"))
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: check))) func systemdReadsIt() async throws {
        let folder = try ScratchFolder()
        let text = try Self.text().replacingOccurrences(
            of: "/usr/local/bin/memledger", with: BuiltExecutable.path("memledger"))
        try folder.write("memledger.service", text)
        let end = try await TestChild(Self.check, ["verify", folder.path("memledger.service")]).wait()
        #expect(end.status == 0 && !end.error.contains("memledger.service"), "\(end)")
    }

    @Test(arguments: [
        "DynamicUser=yes", "NoNewPrivileges=yes", "CapabilityBoundingSet=", "ProtectSystem=strict", "PrivateTmp=yes",
        "PrivateDevices=yes", "MemoryDenyWriteExecute=yes", "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX",
        "SystemCallFilter=@system-service",
    ])
    func itIsConfined(line: String) throws {
        let lines = try Self.text().split(separator: "\n")
        #expect(lines.contains(Substring(line)))
    }
}
