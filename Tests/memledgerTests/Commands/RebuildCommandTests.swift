import EventLog
import Foundation
import LedgerCapabilities
import LedgerStorage
import MemoryLedger
import SQLiteEventLog
import Testing

/// Goal: `rebuild` in all its ways, `projections` and `dead-letters`. Method: tables changed by hand, an event that the
/// projector cannot read.
@Suite struct RebuildCommandTests {
    /// Runs SQL on the workspace's ledger, past everything that looks after it.
    private func sql(_ workspace: Workspace, _ statement: String) throws {
        let options = LedgerFileOptions(access: .readWrite)
        let file = try LedgerFile(path: workspace.path("memory-ledger.sqlite"), options: options)
        defer { file.close() }
        try file.withWriterLock { try $0.execute(statement) }
    }

    private func made() async throws -> Workspace {
        let workspace = try Workspace()
        try await workspace.succeed("add", "a", "--text", "true", "--link", "bug:1:t:b")
        try await workspace.succeed("add", "b")
        return workspace
    }

    @Test func aDifferenceIsShownAndChangesNothing() async throws {
        let workspace = try await made()
        let good = try await workspace.json("digest")
        try sql(workspace, "UPDATE memories SET text = 'false' WHERE key = 'a'; DELETE FROM memory_links")
        let tampered = try await workspace.json("digest")
        for arguments in [["rebuild", "--json"], ["rebuild", "--verify", "--json"]] {
            let outcome = try await workspace.run(arguments)
            #expect(outcome.status == 3 && outcome.error.isEmpty)
            let document = try outcome.json()
            #expect(document["digests_equal"] == false && document["difference"]?["position"] == 2)
            let tables = document["difference"]?["tables"]?.array ?? []
            #expect(tables.map { $0["table"] } == ["memories", "memory_links"])
            #expect(tables.map { $0["changed"] } == [1, 0] && tables.map { $0["missing"] } == [0, 1])
            let rows = tables.first?["rows"]?.description
            #expect(
                rows == """
                    [{"kind":"changed","key":{"id":"1"},"columns":[{"column":"text","serving":"'false'","rebuilt":"'true'"}]}]
                    """)
        }
        let shown = try await workspace.run(["rebuild"])
        #expect(shown.status == 3 && shown.output.contains("'false'") && shown.output.contains("--replace"))
        #expect(workspace.exists("memory-ledger.sqlite-rebuild-differs"))
        #expect(try await workspace.json("digest") == tampered)
        let replaced = try await workspace.json("rebuild", "--replace")
        #expect(
            replaced["digests_equal"] == false
                && replaced["projections"]?.array?.map { $0["generation"] } == Self.allNames.map { _ in 2 })
        #expect(try await workspace.json("digest") == good)
        #expect(!workspace.exists("memory-ledger.sqlite-rebuild-differs"))
        let verified = try await workspace.json("rebuild", "--verify")
        #expect(verified["digests_equal"] == true && verified["position"] == 2)
        #expect(try await workspace.succeed("rebuild", "--verify").output.contains("nothing was changed"))
    }

    @Test func aMissingTableIsRebuiltAndNotCompared() async throws {
        let workspace = try await made()
        let good = try await workspace.json("digest")
        try sql(workspace, "DROP TABLE memory_links")
        let unverified = try await workspace.run(["rebuild", "--verify", "--json"])
        #expect(try unverified.status == 3 && unverified.json()["digests_equal"] == .null)
        let found = try await workspace.run(["projections", "--json"])
        let health = try found.json()["projections"]?.array?.map { $0["health"] }
        #expect(found.status == 3 && health == Self.allNames.map { $0 == "memory_links" ? "missing_tables" : "ok" })
        let rebuilt = try await workspace.json("rebuild")
        let reasons = rebuilt["projections"]?.array?.map { $0["not_compared_because"] }
        #expect(reasons == Self.allNames.map { $0 == "memory_links" ? "its tables were missing" : .null })
        #expect(try await workspace.json("digest") == good)
    }

    /// What the projections depend on each other for is built beside; only what is named is replaced.
    @Test func oneProjectionIsRebuiltAndGoneBackToByItself() async throws {
        let workspace = try await made()
        let good = try await workspace.json("digest")
        try sql(workspace, "UPDATE memories SET text = 'false' WHERE key = 'a'; DELETE FROM memory_links")
        let rebuilt = try await workspace.json("rebuild", "memory_links", "--replace")
        #expect(rebuilt["projections"]?.array?.map { $0["name"] } == ["memory_links"])
        #expect(rebuilt["difference"]?["tables"]?.array?.map { $0["table"] } == ["memory_links"])
        let generations = try await workspace.json("projections")["projections"]?.array?.map { $0["generation"] }
        #expect(generations == Self.allNames.map { $0 == "memory_links" ? 2 : 1 })
        #expect(try await workspace.json("digest") != good)
        try await workspace.succeed("rebuild", "memories", "--replace")
        #expect(try await workspace.json("digest") == good)
        try await workspace.succeed("add", "c")
        let back = try await workspace.json("rebuild", "--rollback", "memories")
        #expect(
            back.description == #"{"projections":[{"name":"memories","version":4,"generation":1,"position":3}]}"#)
        #expect(try await workspace.json("get", "a")["text"] == "false")
        #expect(try await workspace.json("get", "c")["key"] == "c")
    }

    @Test func goingBackAndForgetting() async throws {
        let workspace = try await made()
        let none = try await workspace.run(["rebuild", "--rollback"])
        #expect(none.isFailure(1, saying: "no former generation"))
        try await workspace.succeed("rebuild")
        try await workspace.succeed("add", "c")
        let digest = try await workspace.json("digest")
        let back = try await workspace.json("rebuild", "--rollback")
        let former = Self.allNames.map { name -> String in
            let isNew = ["access_tokens", "memory_texts"].contains(name) || name.hasPrefix("context_")
            let isSecond = name.hasPrefix("context_") && !["context_people", "context_sessions"].contains(name)
            let version = isSecond ? 2 : isNew ? 1 : 4
            return #"{"name":"\#(name)","version":\#(version),"generation":1,"position":3}"#
        }
        #expect(back.description == #"{"projections":[\#(former.joined(separator: ","))]}"#)
        #expect(try await workspace.json("digest") == digest)
        #expect(try await workspace.succeed("rebuild", "--rollback", "memories").output.contains("generation 2"))
        #expect(try await workspace.json("rebuild", "--forget")["projections"]?.array?.count == Self.allNames.count)
        #expect(try await workspace.succeed("rebuild", "--forget").output.contains("no former generation"))
        let both = try await workspace.run(["rebuild", "--verify", "--rollback"])
        #expect(both.isFailure(64, saying: "--rollback"))
    }

    @Test func projectionsSayHowTheyDo() async throws {
        let workspace = try await made()
        try await workspace.succeed("rebuild")
        let found = try await workspace.json("projections")["projections"]?.array?.first
        #expect(
            ["name", "health", "generation", "position", "head", "lag_events", "lag_seconds", "digests"].map {
                found?[$0]
            }
                == ["memories", "ok", 2, 2, 2, 0, 0, .null])
        #expect(found?["former"]?["generation"] == 1)
        let hashed = try await workspace.json("projections", "--digests")["projections"]?.array ?? []
        #expect(hashed.map { $0["name"] } == Self.allNames.map { .string($0) })
        // The digest of a ledger leaves out what has no past.
        let digests = hashed.filter { $0["name"] != "access_tokens" }.flatMap { $0["digests"]?.object?.members ?? [] }
            .sorted { $0.name < $1.name }
        #expect(try await digests == workspace.json("digest")["tables"]?.object?.members)
        #expect(try await workspace.succeed("projections").output.contains("HEALTH"))
    }

    @Test func deadLettersAreListedRetriedAndSkipped() async throws {
        let workspace = try await made()
        let names = Self.names.map { JSONValue.string($0) }
        #expect(try await workspace.json("dead-letters", "list") == ["dead_letters": []])
        // An event of the log becomes one that cannot be read, and the tables forget that they had it.
        try sql(
            workspace,
            """
            UPDATE events SET type_id = (SELECT id FROM event_types WHERE name = 'MemoryAdded'), codec = 0, size = 2,
                payload = x'ffff', checksum = \(Self.checksumOfPoison) WHERE position = 2;
            DELETE FROM memories WHERE key = 'b'; UPDATE projection_positions SET position = 1;
            """)
        try await workspace.succeed("add", "c")
        let list = try await workspace.run(["dead-letters", "list", "--json"])
        let letter = try list.json()["dead_letters"]?.array?.first
        #expect(
            list.status == 3 && letter?["position"] == 2 && letter?["state"] == "waiting" && letter?["attempts"] == 1)
        let retried = try await workspace.run(["dead-letters", "retry", "--json"])
        #expect(
            try retried.status == 3
                && retried.json()["refused"]?.array?.map { $0["attempts"] } == Self.names.map { _ in 2 })
        #expect(try await workspace.run(["rebuild"]).isFailure(1, saying: "position 2"))
        #expect(try await workspace.run(["projections"]).output.contains("1 dead letter"))
        #expect(try await workspace.run(["dead-letters", "skip"]).isFailure(64, saying: "--all"))
        #expect(try await workspace.run(["dead-letters", "skip", "99"]).isFailure(64, saying: "1 to 3"))
        #expect(
            try await workspace.json("dead-letters", "skip", "2")["skipped"]?.array?.map { $0["projection"] } == names)
        #expect(try await workspace.succeed("dead-letters", "list").output.contains("skipped"))
        #expect(try await workspace.json("rebuild", "--replace")["skipped"] == [2])
        #expect(try await workspace.succeed("projections").output.contains("1 skipped event"))
    }

    private static let names = [
        "memories", "memory_links", "memory_past", "memory_texts", "memory_provenance", "memory_quarantine",
        "memory_statistics",
        "memory_imports", "ledger_policy",
    ]
    /// Of all projectors.
    private static let allNames =
        names + [
            "access_tokens", "context_people", "context_sessions", "context_blocks", "context_archives",
            "context_timeline", "context_proposals",
        ]
    /// CRC-32C of the bytes ff ff.
    private static let checksumOfPoison = 0xffff_0000 as UInt32
}
