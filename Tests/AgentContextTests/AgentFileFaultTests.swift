import AgentContext
import EventLog
import EventLogTesting
import Foundation
import MemoryLedger
import Testing

/// Goal: what is no agent's file is refused with the place of what is wrong, and nothing is written.
@Suite struct AgentFileFaultTests {
    private static func file(_ change: (String) -> String) throws -> [UInt8] {
        Array(change(try AgentFileExample.golden()).utf8)
    }

    @Test(arguments: [
        ("{\"format\":\"memledger-agent\"", "[1", "$", "not JSON"),
        ("\"format\":\"memledger-agent\"", "\"format\":\"letta\"", "$.format", "is not \"memledger-agent\""),
        ("\"version\":1,", "\"version\":2,", "$.version", "use a newer program"),
        ("\"version\":1,", "\"version\":0,", "$.version", "1 or more"),
        ("\"version\":1,", "\"version\":1,\"extra\":0,", "$.extra", "is not known"),
        ("\"version\":1,", "\"version\":1,\"version\":1,", "$.version", "stands there twice"),
        (
            "\"number\":2,\"role\":\"assistant\"", "\"number\":3,\"role\":\"assistant\"", "messages[1].number",
            "without gaps"
        ),
        ("\"in_context\":true", "\"in_context\":false", ".in_context", "the evictions go to message"),
        ("\"budget\":60", "\"budget\":0", "$.sessions[0].settings.budget", "1 to 100000000, not 0"),
        ("\"parent\":1", "\"parent\":2", "$.blocks[0].versions[1].parent", "which the version before says"),
        (
            "\"kind\":\"undo\",\"content\":1", "\"kind\":\"undo\",\"content\":3", "$.blocks[0].versions[2].content",
            "former"
        ),
        ("\"current\":1", "\"current\":2", "$.blocks[0].current", "which the last version says"),
        ("\"session\":null", "\"session\":\"none\"", "$.shares[0].session", "no session of the file"),
        ("\"name\":\"eve\"", "\"name\":\"ann\"", "$.users[1]", "each stands there once"),
        ("Oolong is half oxidised.", "Sencha is steamed.", "passages[1].content", "another passage"),
        ("\"embedding\":\"AH//\"", "\"embedding\":\"AH/\"", ".embedding", "is not base64"),
        ("2026-01-01T00:00:01.000Z", "2026-02-30T00:00:01.000Z", "created_at", "is a time in UTC"),
        ("2026-01-01T00:00:01.000Z", "2026-01-01T01:00:01+01:00", "created_at", "is a time in UTC"),
    ])
    func aFaultIsNamed(_ piece: String, _ other: String, _ place: String, _ problem: String) async throws {
        let golden = try AgentFileExample.golden()
        let range = try #require(golden.range(of: piece), "the example has no \(piece)")
        let folder = try AgentFileLedger()
        let ledger = try await folder.empty()
        let bytes = Array(golden.replacingCharacters(in: range, with: other).utf8)
        let error = await failure { try await folder.context(ledger).importAgent(bytes) }
        #expect(error?.code == (problem.contains("newer") ? .newerAgentFile : .invalidAgentFile))
        #expect(error?.details["path"]?.string?.contains(place) == true, "\(String(describing: error))")
        #expect(error?.message.contains(problem) == true, "\(String(describing: error))")
        #expect(try await ledger.head() == 0)
        await ledger.close()
    }

    @Test func aFileThatIsTooLongIsRefused() async throws {
        let folder = try AgentFileLedger()
        let ledger = try await folder.empty()
        var limits = AgentFileLimits()
        limits.fileBytes = 100
        let bounded = limits
        let error = await failure {
            try await folder.context(ledger).importAgent(try Self.file { $0 }, limits: bounded)
        }
        #expect(error?.message.contains("AgentFileLimits.fileBytes") == true)
        #expect(try await ledger.head() == 0)
        await ledger.close()
    }

    /// A ledger that demands actors takes no edit whose editor the file does not name.
    @Test func aDemandedActorIsNotMadeUp() async throws {
        let folder = try AgentFileLedger()
        let ledger = try await folder.empty()
        let bytes = try Self.file { $0.replacing("\"actor\":\"tea\"", with: "\"actor\":null") }
        try await ledger.setPolicy(LedgerPolicyChange(requiresActor: true), by: Attribution(actor: "ann"))
        let head = try await ledger.head()
        await #expect(throws: MemoryLedgerError.self) { try await folder.context(ledger).importAgent(bytes) }
        #expect(try await ledger.head() == head)
        await ledger.close()
    }

    /// Method: each value of a valid file is left out, repeated, and put in the place of others; then it is refused
    /// with a place, and the ledger stays empty, or it is taken, and an export says the same. What the schema refuses,
    /// the import does, too.
    @Test func eachValueIsChangedInTurn() async throws {
        let seed =
            ProcessInfo.processInfo.environment["MEMLEDGER_SEED"].flatMap { UInt64($0) } ?? .random(in: 100 ... .max)
        print("MEMLEDGER_SEED=\(seed)")
        var random = SeededRandom(seed)
        let schema = try JSONSchema("agent-file-1.schema.json")
        let valid = try JSONParser.parse(Array(AgentFileExample.golden().utf8))
        let folder = try AgentFileLedger()
        let changes = JSONFault.all(of: valid).shuffled(using: &random).prefix(700)
        var taken = 0
        var ledger = try await folder.empty()
        for change in changes {
            let document = change.applied(to: valid)
            let isOfSchema = schema.problems(document).isEmpty
            let error = await failure { try await folder.context(ledger).importAgent(document.compactBytes) }
            if let error {
                #expect([.invalidAgentFile, .newerAgentFile].contains(error.code), "seed \(seed), \(change): \(error)")
                #expect(error.details["path"]?.string?.hasPrefix("$") == true, "seed \(seed), \(change): \(error)")
                #expect(try await ledger.head() == 0, "seed \(seed), \(change)")
                continue
            }
            #expect(isOfSchema, "seed \(seed), \(change)")
            taken += 1
            let agent = document["agent"]?["name"]?.string ?? ""
            let again = try await JSONParser.parse(ledger.file(agent, archives: JSONFault.archives(of: document)))
            #expect(again == JSONFault.exported(document), "seed \(seed), \(change)")
            await ledger.close()
            ledger = try await folder.empty()
        }
        #expect(taken > 20 && taken < changes.count / 2)
        await ledger.close()
    }
}
