import EventLog
import Foundation
import LedgerCapabilities
import LedgerStorage
import MemoryLedger
import SQLiteEventLog
import Testing

/// Goal: `verify` tells an auditor what was done to a ledger, by exit status and by name.
/// Method: the command runs as a process on ledgers that were tampered with past the program.
@Suite struct VerifyCommandTests {
    private static let ledger = "memory-ledger.sqlite"

    private func made() async throws -> (Workspace, key: String) {
        let workspace = try Workspace()
        let key = try #require(try await workspace.json("init")["verifier_key"]?.string)
        try await workspace.succeed("add", "tea", "--summary", "green")
        try await workspace.succeed("add", "coffee", "--summary", "black")
        try await workspace.succeed("update", "tea", "--summary", "white", "--as", "me")
        try await workspace.succeed("checkpoint", "--output", "monday.checkpoint")
        return (workspace, key)
    }

    /// Changes the file as somebody could who has no need of the triggers' leave.
    private func tamper(_ workspace: Workspace, _ sql: String) throws {
        let file = try LedgerFile(path: workspace.path(Self.ledger), options: LedgerFileOptions(access: .readWrite))
        try file.withWriterLock { try $0.execute(sql) }
        file.close()
    }

    @Test func aSoundLedgerIsClean() async throws {
        let (workspace, key) = try await made()
        let report = try await workspace.json("verify", "--deep", "--checkpoint", "monday.checkpoint", "--key", key)
        #expect(report["clean"] == true && report["deep"] == true && report["events"] == 3)
        #expect(report["damages"] == [] && report["damage_count"] == 0 && report["signers"]?.array?.count == 1)
        let page = try await workspace.succeed("verify")
        #expect(page.output.contains("3 events verified; tables not compared (--deep)."), "\(page)")
        #expect(page.output.contains("--checkpoint"))
        let deep = try await workspace.succeed("verify", "--deep").output
        #expect(deep.contains("3 events verified; tables compared with the log."), "\(deep)")
    }

    struct Tampering: Sendable, CustomTestStringConvertible {
        var sql: String
        var kind: String
        var position: Int?
        var isDeep = false
        var testDescription: String { sql }
    }

    static let tamperings = [
        Tampering(
            sql: "UPDATE events SET occurred_at = 1 WHERE position = 2", kind: "altered_event", position: 2),
        Tampering(sql: "DELETE FROM events WHERE position = 2", kind: "missing_event", position: 2),
        Tampering(sql: "DELETE FROM events WHERE position = 3", kind: "cut_off", position: 3),
        Tampering(sql: "UPDATE tree_tail SET hashes = zeroblob(length(hashes))", kind: "altered_event", position: 3),
        Tampering(sql: "DROP TABLE checkpoints", kind: "damaged_schema"),
        Tampering(sql: "UPDATE checkpoints SET note = replace(note, '3', '2')", kind: "damaged_checkpoint"),
        Tampering(sql: "UPDATE memories SET summary = 'poison'", kind: "projection_differs", isDeep: true),
        Tampering(sql: "UPDATE memories SET access_count = 99", kind: "projection_differs", isDeep: true),
        Tampering(sql: "UPDATE namespaces SET memories = 99", kind: "projection_differs", isDeep: true),
        Tampering(sql: "DELETE FROM namespace_events", kind: "projection_differs", isDeep: true),
    ]

    @Test(arguments: tamperings)
    func whatWasDoneIsNamed(tampering: Tampering) async throws {
        let (workspace, _) = try await made()
        try tamper(workspace, tampering.sql)
        let outcome = try await workspace.run(["verify", "--json"] + (tampering.isDeep ? ["--deep"] : []))
        #expect(outcome.status == 3, "\(outcome)")
        let found = try outcome.json()["damages"]?.array ?? []
        let named = found.filter { $0["kind"]?.string == tampering.kind }
        #expect(!named.isEmpty, "\(found)")
        if let position = tampering.position {
            #expect(named.contains { $0["last_position"] == JSONValue(position) }, "\(found)")
        }
        if tampering.isDeep { try await workspace.succeed("verify") }
    }

    /// An older copy is sound in itself; where what was acknowledged is gone too, only who holds a later checkpoint can
    /// tell.
    @Test func anOlderCopyIsToldByACheckpointFromOutside() async throws {
        let (workspace, key) = try await made()
        let file = workspace.path(Self.ledger)
        try FileManager.default.copyItem(atPath: file, toPath: workspace.path("older"))
        try await workspace.succeed("add", "milk")
        try await workspace.succeed("checkpoint", "--output", "friday.checkpoint")
        try FileManager.default.removeItem(atPath: file)
        try FileManager.default.moveItem(atPath: workspace.path("older"), toPath: file)
        let noticed = try await workspace.run(["verify", "--json"])
        #expect(try noticed.json()["damages"]?.array?.map { $0["kind"]?.string } == ["lost_head"])
        try FileManager.default.removeItem(atPath: file + "-head")
        try await workspace.succeed("verify", "--checkpoint", "monday.checkpoint", "--key", key)
        let outcome = try await workspace.run(["verify", "--json", "--checkpoint", "friday.checkpoint"])
        #expect(outcome.status == 3)
        #expect(try outcome.json()["damages"]?.array?.map { $0["kind"]?.string } == ["rolled_back"])
    }

    @Test func whatCannotBeLookedAtIsAFailure() async throws {
        let (workspace, _) = try await made()
        #expect(try await workspace.run(["verify", "--ledger", "none"]).isFailure(1, saying: "no ledger"))
        try workspace.write("text", "no checkpoint")
        #expect(try await workspace.run(["verify", "--checkpoint", "text"]).isFailure(1, saying: "signed note"))
        let other = try await workspace.json("init", "--ledger", "other")["verifier_key"]?.string ?? ""
        let stranger = ["verify", "--checkpoint", "monday.checkpoint", "--key", other]
        #expect(try await workspace.run(stranger).isFailure(1, saying: "None of the given keys"))
    }
}
