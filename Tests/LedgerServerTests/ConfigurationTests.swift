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
        ("allowed_hosts", "https://a.example"), ("allowed_hosts", "a/b"), ("allowed_hosts", "*"),
        ("allowed_hosts", "a,b c"), ("allowed_origins", "a.example"), ("allowed_origins", "*"),
        ("allowed_origins", "null"), ("allow_forwarded", "yes"), ("mcp_endpoint", "/login"),
        ("mcp_endpoint", "/readyz"),
    ])
    func aWrongValueIsRefusedByItsName(name: String, value: String) {
        var reader = ConfigurationReader(flags: [name: .init("--it", value)], environment: { _ in nil })
        #expect {
            try ServerConfiguration(&reader)
        } throws: { error in
            "\(error)".hasPrefix("--it is no ")
        }
    }

    @Test func hostsAndOriginsAreReadAsTheyAreCompared() throws {
        let flags: [String: ConfigurationReader.Flag] = [
            "allowed_hosts": .init("--allowed-hosts", "Ledger.Example.:8443, ::1,[0::2]:80 , 10.0.0.1"),
            "allowed_origins": .init("--allowed-origins", "HTTPS://Ledger.example:443/"),
        ]
        var reader = ConfigurationReader(flags: flags, environment: { _ in nil })
        let configuration = try ServerConfiguration(&reader)
        #expect(configuration.allowedHosts == ["ledger.example", "[::1]", "[::2]", "10.0.0.1"])
        #expect(configuration.allowedOrigins == ["https://ledger.example"])
    }

    @Test func allBodiesTogetherMayHaveWhatOneMayHave() throws {
        var large = ConfigurationReader(
            flags: ["max_body_bytes": .init("--max-body-bytes", "200000000")], environment: { _ in nil })
        #expect(try ServerConfiguration(&large).maximumTotalBodyBytes == 200_000_000)
        var less = ConfigurationReader(
            flags: ["max_total_body_bytes": .init("--max-total-body-bytes", "2000")], environment: { _ in nil })
        #expect(throws: ConfigurationError.self) { try ServerConfiguration(&less) }
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
            environment: [
                "MCP_PORT": "9000", "MEMLEDGER_FILE": "/nowhere/ledger.sqlite", "KVDB_SEARCH_ENABLED": "off",
                "KVDB_SQLITE_FILE": "kv.db",
            ])
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
        let search = settings["search_enabled"]
        #expect(search?["value"] == "off" && search?["source"] == "KVDB_SEARCH_ENABLED")
        #expect(search?["remark"] == nil)
        let source = settings["KVDB_SQLITE_FILE"]
        #expect(source?["value"] == "kv.db" && source?["remark"]?.string?.contains("memledger migrate") == true)
        #expect(settings["KVDB_BACKUP_DIR"] == nil)
    }

    @Test func whatIsWithoutEffectIsLogged() async throws {
        let folder = try ScratchFolder()
        try folder.write("settings.json", "{\"search_enabled\": true}")
        let server = try await RunningServer(
            "--config", folder.path("settings.json"), environment: ["KVDB_BACKUP_DIR": "b"])
        try await server.stop()
        let said = try server.log().compactMap { line in line["variable"]?.string.map { ($0, line["message"]?.string) }
        }
        #expect(said.count == 1, "\(said)")
        #expect(said.contains { $0.0 == "KVDB_BACKUP_DIR" && $0.1?.contains("without effect") == true })
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
