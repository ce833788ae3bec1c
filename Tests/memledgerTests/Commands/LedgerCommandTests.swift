import Foundation
import MemoryLedger
import Testing

/// Goal: the commands on the ledger as a whole; export and import bring back equal digests.
@Suite struct LedgerCommandTests {
    @Test func initMakesALedgerOnce() async throws {
        let workspace = try Workspace()
        let made = try await workspace.json("init", "--ledger", "x")
        #expect(made["ledger"] == "x" && made["exists"] == false)
        #expect(made["verifier_key"]?.string?.hasPrefix("memory-ledger/") == true)
        try await workspace.succeed("add", "k", "--ledger", "x")
        #expect(try await workspace.json("init", "--ledger", "x")["exists"] == true)
        #expect(try await workspace.json("stats", "--ledger", "x")["memories"] == 1)
    }

    /// What an interrupted init leaves: a ledger without events, and perhaps a key's state, but no key.
    @Test func initEndsWhatAnInterruptedOneBegan() async throws {
        for left in [["-key", "-key-signed", "-key-lock"], ["-key"]] {
            let workspace = try Workspace()
            try await workspace.succeed("init")
            for side in left {
                try? FileManager.default.removeItem(atPath: workspace.path("memory-ledger.sqlite" + side))
            }
            let made = try await workspace.json("init")
            #expect(made["exists"] == true && made["verifier_key"]?.string?.hasPrefix("memory-ledger/") == true)
            #expect(try await workspace.json("init")["verifier_key"] == made["verifier_key"])
            try await workspace.succeed("add", "k")
            #expect(try await workspace.json("checkpoint")["size"] == 1)
        }
        let workspace = try Workspace()
        try await workspace.succeed("add", "k")
        let told = try await workspace.succeed("init").output
        #expect(told.contains("nothing changed") && told.contains("memledger keys new"), "\(told)")
    }

    /// A command whose output is closed does what it was asked, and its ledger is not taken for its output.
    @Test func aClosedOutputHarmsNothing() async throws {
        let workspace = try Workspace()
        for (number, redirection) in [">&-", "<&-", "2>&-", "<&- >&- 2>&-"].enumerated() {
            let key = "k\(number)"
            let outcome = try await RunningCommand(
                workspace, "/bin/sh",
                ["-c", "\"$0\" add \(key) --summary s \(redirection)", RunningCommand.memledger()],
                input: "", environment: [:]
            ).outcome()
            #expect(outcome.status == 0, "\(redirection): \(outcome)")
            try await workspace.succeed("get", key)
        }
        try await workspace.succeed("verify", "--deep")
    }

    @Test func statsDigestAndRebuild() async throws {
        let workspace = try Workspace()
        try await workspace.succeed("add", "a", "--link", "bug:1:t:b", "--link", "bug:1:t:c")
        try await workspace.succeed("add", "b")
        let stats = try await workspace.json("stats")
        #expect(["position", "memories", "links", "links_without_target"].map { stats[$0] } == [2, 2, 2, 1])
        #expect(
            stats["namespaces"]?.description == """
                [{"namespace":"mem","memories":2,"quarantined":0,"links":2,"links_without_target":1,"events":{"MemoryAdded":2}}]
                """)
        let digest = try await workspace.json("digest")
        #expect(digest["position"] == 2 && digest["tables"]?["memories"]?.string?.utf8.count == 64)
        let rebuilt = try await workspace.json("rebuild", "memories")
        #expect(rebuilt["events"] == 2 && rebuilt["digests_equal"] == true)
        #expect(rebuilt["projections"]?.array?.map { $0["generation"] } == [2])
        #expect(try await workspace.json("rebuild", "--no-compare")["digests_equal"] == .null)
        #expect(try await workspace.json("digest") == digest)
        #expect(try await workspace.succeed("rebuild").output.contains("The digests are equal."))
        #expect(try await workspace.succeed("stats").output.contains("MemoryAdded"))
        #expect(try await workspace.succeed("digest").output.contains("memory_links"))
    }

    @Test func exportThenImportGivesEqualDigests() async throws {
        let workspace = try Workspace()
        try await workspace.succeed("add", "a", "--text", "x\ny", "--link", "bug:1:t:b", "--as", "me")
        try await workspace.succeed("get", "a", "--count")
        try await workspace.succeed("rename", "a", "c")
        let report = try await workspace.json("export", "x.jsonl")
        #expect(report.description == #"{"file":"x.jsonl","events":4,"first_position":1,"last_position":4}"#)
        let lines = try await workspace.succeed("export").output
        #expect(try lines == workspace.read("x.jsonl") && lines.count(where: \.isNewline) == 6)
        #expect(try await workspace.succeed("export", "-", "--json", "--after", "3").output.hasSuffix("\n"))
        let taken = try await workspace.run(["export", "x.jsonl"])
        #expect(taken.isFailure(1, saying: "not overwritten"))
        let imported = try await workspace.json("import", "x.jsonl", "--ledger", "copy")
        #expect(
            imported.description
                == #"{"events":4,"imported":4,"duplicates":0,"left_out":0,"incomplete":[],"first_position":1,"#
                + #""last_position":4}"#)
        let again = try await workspace.json("import", "-", "--ledger", "copy", input: lines)
        #expect(
            again.description
                == #"{"events":4,"imported":0,"duplicates":4,"left_out":0,"incomplete":[],"first_position":null,"#
                + #""last_position":null}"#)
        #expect(try await workspace.json("digest", "--ledger", "copy") == workspace.json("digest"))
        let broken = try await workspace.run(["import", "-", "--ledger", "third"], input: lines + "{}\n" + lines)
        #expect(broken.isFailure(1, saying: "Line 7"))
        #expect(try await workspace.json("digest", "--ledger", "third") == workspace.json("digest"))
    }

    @Test func aCutExportIsImportedAndNamed() async throws {
        let workspace = try Workspace()
        for key in ["a", "b", "c"] { try await workspace.succeed("add", key) }
        let lines = try await workspace.succeed("export").output
        let cut = lines.split(separator: "\n").prefix(3).joined(separator: "\n")
        let outcome = try await workspace.run(["import", "-", "--ledger", "copy", "--json"], input: cut)
        #expect(outcome.status == 3 && outcome.error.isEmpty)
        #expect(try outcome.json()["incomplete"] == [["events": 2, "stated": .null, "line": 3]])
        #expect(try await workspace.json("stats", "--ledger", "copy")["memories"] == 2)
        let person = try await workspace.run(["import", "-", "--ledger", "copy"], input: cut)
        #expect(person.status == 3 && person.output.contains("was cut off after 2 events"))
        try await workspace.succeed("import", "-", "--ledger", "copy", input: lines)
    }

    @Test func dictionaries() async throws {
        let workspace = try Workspace()
        try await workspace.succeed("init")
        #expect(try await workspace.json("dictionary", "list") == ["dictionaries": []])
        #expect(try await workspace.run(["dictionary", "train"]).isFailure(1, saying: "too little in common"))
        let lines = (0..<200).map { number in
            let payload = Data("\u{a}\u{22}\u{12}\u{20}an observation about a thing \(100 + number)".utf8)
            return #"{"stream":"mem/k\#(number)","type":"MemoryAdded","event_id":"0199c2a8-1c00-7abc-8def-0123456781"#
                + #"\#(String(number + 16, radix: 16).suffix(2))","payload":"\#(payload.base64EncodedString())"}"#
        }
        try await workspace.succeed("import", "-", input: lines.joined(separator: "\n"))
        let trained = try await workspace.json("dictionary", "train", "--size", "512", "--samples", "100")
        #expect(trained["dictionary"]?["number"] == 1)
        let ratios = ["ratio_before", "ratio_after"].compactMap { trained[$0]?.number?.double }
        #expect(ratios.count == 2 && ratios[0] == 1 && ratios[1] < 1)
        #expect(try await workspace.json("dictionary", "list")["dictionaries"] == [trained["dictionary"] ?? .null])
        #expect(try await workspace.succeed("dictionary", "list").output.contains("NUMBER"))
    }

    /// The shell's exit status of each command of a pipe, where the reader goes early.
    @Test(arguments: ["log --limit 10000", "log --json --limit 10000", "export -", "list"])
    func aClosedPipeIsNoFailure(command: String) async throws {
        let workspace = try Workspace()
        let lines = (0..<500).map { number in
            #"{"stream":"mem/\#(String(repeating: "k", count: 900))\#(number)","type":"MemoryAdded","#
                + #""event_id":"0199c2a8-1c00-7abc-8def-\#(100_000_000_000 + number)","payload":"CgA="}"#
        }
        try await workspace.succeed("import", "-", input: lines.joined(separator: "\n"))
        let outcome = try await workspace.pipe(command, into: "head -c 10 >/dev/null")
        #expect(outcome == "0\n")
    }
}

extension Workspace {
    /// Runs `memledger COMMAND 2>error | READER`; answers the exit status of the first and what it said.
    fileprivate func pipe(_ command: String, into reader: String) async throws -> String {
        let memledger = try RunningCommand.memledger()
        let script = "{ '\(memledger)' \(command) 2>error; echo $? >status; } | \(reader); cat error >>status"
        _ = try await RunningCommand(self, "/bin/sh", ["-c", script], input: "", environment: [:]).outcome()
        return try read("status")
    }
}
