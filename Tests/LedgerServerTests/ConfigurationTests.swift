import FaultLaboratory
import Foundation
import LedgerServer
import Logging
import MemoryLedger
import Testing

/// Goal: a setting is what the flag says, else the environment, else the file, and it can be seen which. Method: the
/// reader by itself, and the real program.
@Suite struct ConfigurationTests {
    @Test func flagsComeBeforeTheEnvironmentBeforeTheFile() throws {
        let file: JSONObject = ["port": 1, "mcp_port": 2, "host": "::1"]
        let variables = ["MEMLEDGER_PORT": "3", "MCP_PORT": "4", "MEMLEDGER_AUTH": "required"]
        var reader = ConfigurationReader(
            flags: ["port": .init("--port", "5")], environment: { variables[$0] }, file: ("settings.json", file))
        let configuration = try ServerConfiguration(&reader)
        #expect(configuration.port == 5 && configuration.mcpPort == 4 && configuration.host == "::1")
        #expect(configuration.mcpHost == "::1" && configuration.authentication == .required)
        let sources = Dictionary(uniqueKeysWithValues: reader.readings.map { ($0.name, $0.source) })
        #expect(sources["port"] == .flag("--port"))
        #expect(sources["mcp_port"] == .environment("MCP_PORT"))
        #expect(sources["host"] == .file("settings.json: host"))
        #expect(sources["auth"] == .environment("MEMLEDGER_AUTH"))
        #expect(sources["log_level"] == .standard)
        try reader.checkFile()
    }

    @Test(arguments: [
        ("port", "70000"), ("port", "x"), ("port", ""), ("auth", "off"), ("compat", "3"), ("log_level", "loud"),
        ("mcp_endpoint", "mcp"), ("tools", "a,,b"), ("max_body_bytes", "1"), ("request_timeout", "0"),
    ])
    func aWrongValueIsRefusedByItsName(name: String, value: String) {
        var reader = ConfigurationReader(flags: [name: .init("--it", value)], environment: { _ in nil })
        #expect {
            try ServerConfiguration(&reader)
        } throws: { error in
            "\(error)".hasPrefix("--it is no ")
        }
    }

    @Test func aMisspeltSettingOfAFileIsRefused() throws {
        var reader = ConfigurationReader(
            flags: [:], environment: { _ in nil }, file: ("settings.json", ["prot": 3_000]))
        _ = try ServerConfiguration(&reader)
        #expect(throws: ConfigurationError.self) { try reader.checkFile() }
    }

    @Test func theOldNamesThatAreWithoutEffectAreSaid() {
        let variables = ["KVDB_SQLITE_FILE": "kv.db", "KVDB_SQLITE_SYNCHRONOUS": "OFF", "KVDB_BACKUP_DIR": "b"]
        let remarks = FormerEnvironment.remarks { variables[$0] }
        #expect(Set(remarks.map(\.variable)) == Set(variables.keys))
        #expect(FormerEnvironment.remarks { _ in nil }.isEmpty)
    }

    @Test func printConfigSaysWhereEachValueCameFrom() async throws {
        let folder = try ScratchFolder()
        try folder.write("settings.json", "{\"idle_timeout\": 7, \"allowed_hosts\": [\"a\", \"b\"]}")
        let child = try TestChild(
            BuiltExecutable.path("memledger"),
            ["serve", "--config", folder.path("settings.json"), "--port", "4000", "--print-config", "--json"],
            environment: ["MCP_PORT": "9000", "MEMLEDGER_FILE": "/nowhere/ledger.sqlite"])
        let end = try await child.wait()
        #expect(end.status == 0, "\(end)")
        let settings = try JSONValue(parsing: end.output)
        #expect(settings["port"] == ["value": "4000", "source": "--port"])
        #expect(settings["mcp_port"] == ["value": "9000", "source": "MCP_PORT"])
        #expect(settings["ledger"] == ["value": "/nowhere/ledger.sqlite", "source": "MEMLEDGER_FILE"])
        let file = folder.path("settings.json")
        #expect(settings["idle_timeout"] == ["value": "7", "source": .string("\(file): idle_timeout")])
        #expect(settings["allowed_hosts"] == ["value": "a,b", "source": .string("\(file): allowed_hosts")])
        #expect(settings["host"] == ["value": "127.0.0.1", "source": "default"])
    }

    @Test func aPortThatIsTakenIsSaid() async throws {
        let server = try await RunningServer()
        let child = try TestChild(
            BuiltExecutable.path("memledger"),
            ["serve", "--port", "\(server.apiPort)", "--mcp-port", "0", "--ledger", server.folder.path("b.sqlite")])
        let end = try await child.wait()
        #expect(end.status == 1, "\(end)")
        #expect(end.error.split(separator: "\n").last?.contains("Cannot listen at 127.0.0.1") == true, "\(end)")
        try await server.stop()
    }
}
