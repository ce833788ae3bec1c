import Foundation
import MemoryLedger
import Testing

/// Goal: the way back as a user sees it. Method: the command as a process, there and back.
@Suite struct LegacyCheckoutCommandTests {
    @Test func thereAndBack() async throws {
        let workspace = try Workspace()
        try await workspace.succeed("add", "tea", "--text", "green", "--domain", "food")
        try await workspace.succeed("add", "chai", "--text", "black")
        let whole = try await workspace.json("checkout", "--format", "keyv", "--output", "kv.db")
        #expect(whole["memories"] == 2 && whole["changed"] == 0 && whole["reported"] == .array([]))
        try await workspace.succeed("--ledger", "again.sqlite", "migrate", "kv.db")
        let again = try await workspace.json("--ledger", "again.sqlite", "get", "tea")
        #expect(again["domain"] == "food" && again["text"] == "green")

        let arguments = ["checkout", "--format", "kv-memory-2", "--output", "kv2.db", "--report", "lost.json"]
        let outcome = try await workspace.run(arguments)
        #expect(outcome.status == 3 && outcome.error.isEmpty, "\(outcome)")
        #expect(outcome.output.contains("tea") && outcome.output.contains("domain"))
        let report = try JSONValue(parsing: try workspace.read("lost.json"))
        #expect(report["reported"]?.array?.compactMap { $0["key"]?.string } == ["tea"])
        #expect(report["memories"] == 2 && report["changed"] == 1)
        #expect(try await workspace.run(arguments).isFailure(1, saying: "exists"))
        #expect(try await workspace.run(arguments + ["--force"]).status == 3)

        // Into the ledger that wrote them they bring nothing that it has not.
        for file in ["kv.db", "kv2.db"] {
            let back = try await workspace.run(["migrate", file])
            #expect(back.status == 0 && back.output.contains("It is a checkout of this ledger"), "\(back)")
        }
        let tea = try await workspace.json("get", "tea")
        #expect(tea["domain"] == "food")
    }

    @Test(arguments: [
        ["--format", "xml", "--output", "a.db"], ["--report", "r.json", "--output", "a.db"],
        ["--format", "keyv", "--output", "a.db", "--report", "a.db"],
    ])
    func aWrongUseIsToldApart(arguments: [String]) async throws {
        let workspace = try Workspace()
        try await workspace.succeed("add", "tea", "--text", "green")
        #expect(try await workspace.run(["checkout"] + arguments).status == 64)
        #expect(!workspace.exists("a.db") && !workspace.exists("r.json"))
    }
}
