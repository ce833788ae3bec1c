import Foundation
import MemoryLedger
import Testing

/// Goal: evidence convinces a stranger, in Swift and in Python, and says no more than it proves.
/// Method: the command and the Python program run as processes; files are judged in a folder without a ledger.
@Suite(.enabled(if: PythonVerifier.isThere, "python3 is not installed"))
struct EvidenceCommandTests {
    private static let hostile = "</script><img src=x onerror=alert(1)>\u{202e}gnp&\"'<!--"
    /// An actor cannot have one.
    private static let control = "\u{0007}"

    /// A ledger with a rename, two actors, hostile texts and a rotation.
    private func made() async throws -> (Workspace, key: String) {
        let workspace = try Workspace()
        let key = try #require(try await workspace.json("init")["verifier_key"]?.string)
        try await workspace.succeed("add", "tea", "--summary", "Likes tea", "--keyword", "k", "--as", "ann")
        try await workspace.succeed(
            "add", "other", "--text", Self.hostile + Self.control, "--as", "bob", "--request", "r1")
        try await workspace.succeed("update", "tea", "--summary", "No sugar", "--link", "d:0.8:habit:other")
        try await workspace.succeed("rename", "tea", "green", "--as", Self.hostile)
        try await workspace.succeed("delete", "other", "--as", "bob")
        try await workspace.succeed("checkpoint", "--output", "a.cp")
        return (workspace, key)
    }

    /// A folder with nothing but the files.
    private func far(_ workspace: Workspace, _ names: String...) throws -> Workspace {
        let far = try Workspace()
        for name in names { try FileManager.default.copyItem(atPath: workspace.path(name), toPath: far.path(name)) }
        return far
    }

    /// What the data says, whatever the page around it says.
    @Test func checkShowsWhatIsProved() async throws {
        let (workspace, key) = try await made()
        try await workspace.succeed("evidence", "--key", "green", "--output", "green.html")
        let page = try workspace.read("green.html")
        try workspace.write("lies.html", page.replacing("<body>", with: "<body><p>Likes coffee</p>"))
        for file in ["green.html", "lies.html"] {
            let checked = try await workspace.json("check", file, "--key", key, "--events")
            let events = checked["proofs"]?.array?.first?["proved_events"]?.array
            #expect(
                events?.map { $0["type"] } == ["MemoryAdded", "MemoryUpdated", "MemoryRenamed", "MemoryNameTaken"])
            #expect(events?.first?["data"]?["summary"] == "Likes tea", "\(checked)")
            let shown = try await workspace.succeed("check", file, "--key", key, "--events").output
            #expect(shown.contains("page around it proves nothing") && shown.contains("Likes tea"), "\(shown)")
            #expect(!shown.contains("coffee"))
        }
        let plain = try await workspace.json("check", "green.html", "--key", key)
        #expect(plain["proofs"]?.array?.first?["proved_events"] == nil)
    }

    @Test func eventsBeginAndEndASpan() async throws {
        let (workspace, key) = try await made()
        let ids = try await workspace.json("log")["events"]?.array?.compactMap { $0["event_id"]?.string } ?? []
        for (since, until) in [("2", "4"), (ids[1], ids[3]), ("2", ids[3])] {
            let made = try await workspace.json(
                "evidence", "--since", since, "--until", until, "--output", "span.html", "--force")
            #expect(made["first"] == 2 && made["last"] == 4 && made["completeness"] == "positions", "\(made)")
            try await workspace.succeed("check", "span.html", "--key", key)
        }
        let bob = try await workspace.json("evidence", "--actor", "bob", "--since", "3", "--output", "bob.html")
        #expect(bob["events"] == 1 && bob["completeness"] == "not_provable", "\(bob)")
        let none = try await workspace.run(["evidence", "--since", "5", "--until", "4", "--output", "none.html"])
        #expect(none.isFailure(64, saying: "leave no event"), "\(none)")
    }

    @Test func strangersAreConvinced() async throws {
        let (workspace, key) = try await made()
        let written = try await workspace.json("evidence", "--key", "green", "--output", "green.html", "--as", "me")
        #expect(written["completeness"] == "versions" && written["events"] == 4, "\(written)")
        #expect(
            written["ranges"]?.array?.map { $0["stream"]?.string } == ["mem/tea", "mem/green"]
                || written["ranges"]?.array?.count == 2)
        let bob = try await workspace.json("evidence", "--actor", "bob", "--output", "bob.html")
        #expect(bob["completeness"] == "not_provable" && bob["events"] == 2)
        let all = try await workspace.json("evidence", "--positions", "1-6", "--output", "all.html")
        #expect(all["completeness"] == "positions" && all["events"] == 6)
        try await workspace.succeed(
            "evidence", "--correlation", "r1", "--since", "2020-01-01", "--output", "r1.html")
        let files = ["green.html", "bob.html", "all.html", "r1.html"]
        let far = try far(workspace, "green.html", "bob.html", "all.html", "r1.html")
        let checked = try await far.run(["check"] + files + ["--key", key, "--json"])
        #expect(checked.status == 0, "\(checked.output)")
        let judged = try await far.python(files + ["--key", key])
        #expect(judged.status == 0 && judged.error.isEmpty, "\(judged)")
        #expect(judged.output.contains("NOT PROVED; there may be more"))
        #expect(judged.output.contains("mem/green has every version from 1 to"))
        let events = try await far.python(["green.html", "--key", key, "--events"])
        #expect(events.output.contains("No sugar") && !events.output.contains("\u{202e}"))
        for outcome in [try await far.python(["bob.html"]), try await far.run(["check", "bob.html"])] {
            #expect(outcome.status == 3 && outcome.output.contains("anyone may have made this up"))
        }
        let stranger = try await workspace.json("init", "--ledger", "o")["verifier_key"]?.string ?? ""
        #expect(try await far.python(["bob.html", "--key", stranger]).status == 3)
    }

    @Test func textsFromAnybodyStayTexts() async throws {
        let (workspace, key) = try await made()
        try await workspace.succeed("evidence", "--positions", "1-6", "--as", Self.hostile, "--output", "a.html")
        let page = try workspace.read("a.html")
        #expect(page.components(separatedBy: "</script>").count == 2)
        #expect(page.components(separatedBy: "<script").count == 2)
        #expect(!page.contains("<img") && !page.contains("<!--") && !page.contains("http:"))
        let start = try #require(page.range(of: "<script type"))
        let shown = page[..<start.lowerBound]
        #expect(!shown.contains("\u{202e}") && shown.contains("[U+202E]") && shown.contains("[U+0007]"))
        #expect(try await workspace.run(["check", "a.html", "--key", key]).status == 0)
        #expect(try await workspace.python(["a.html", "--key", key]).status == 0)
    }

    @Test func trustPassesOnByRotations() async throws {
        let (workspace, key) = try await made()
        let new = try await workspace.json("keys", "rotate")["new_verifier_key"]?.string ?? ""
        try await workspace.succeed("checkpoint")
        try await workspace.succeed("add", "late")
        try await workspace.succeed("checkpoint")
        try await workspace.succeed("evidence", "--key", "late", "--output", "late.html")
        try await workspace.succeed("prove", "7", "--output", "rotation.proof")
        try await workspace.succeed("prove", "late", "--output", "late.proof")
        for trusted in [key, new] {
            #expect(try await workspace.run(["check", "late.html", "--key", trusted]).status == 0)
            #expect(try await workspace.python(["late.html", "--key", trusted]).status == 0)
        }
        #expect(try await workspace.python(["late.proof", "--key", key]).status == 3)
        #expect(try await workspace.python(["rotation.proof", "late.proof", "--key", key]).status == 0)
    }

    @Test func proofsAndCheckpointsAreReadToo() async throws {
        let (workspace, key) = try await made()
        try await workspace.succeed("add", "x")
        try await workspace.succeed("checkpoint", "--output", "b.cp")
        try await workspace.succeed("prove", "green", "--all", "--output", "p.proof")
        try await workspace.succeed("prove", "--from", "a.cp", "--to", "b.cp", "--output", "c.proof")
        let judged = try await workspace.python(["p.proof", "c.proof", "a.cp", "--key", key])
        #expect(judged.status == 0 && judged.error.isEmpty, "\(judged)")
        try workspace.write("bad.cp", try workspace.read("a.cp").replacing("\n6\n", with: "\n5\n"))
        #expect(try await workspace.python(["bad.cp", "--key", key]).status == 1)
        for usage in [[], ["a.cp", "--key", "nonsense"], ["no.cp"], ["--nonsense"]] {
            let outcome = try await workspace.python(usage)
            #expect(outcome.status == 64 && !outcome.error.contains("Traceback"), "\(usage): \(outcome)")
        }
    }

    @Test func encryptedEventsAreProvedUnread() async throws {
        let (workspace, key) = try await made()
        try await workspace.succeed("protect", "people", "--new-master-key", "master")
        let environment = ["MEMLEDGER_MASTER_KEY_FILE": workspace.path("master")]
        for arguments in [
            ["add", "ada", "--namespace", "people", "--summary", "Lives in London"],
            ["add", "eve", "--namespace", "people", "--summary", "Lives in Rome"],
            ["erase", "--key", "eve", "--namespace", "people", "--reason", "asked", "--yes"], ["checkpoint"],
            ["evidence", "--key", "ada", "--namespace", "people", "--output", "open.html"],
            ["evidence", "--key", "eve", "--namespace", "people", "--output", "erased.html"],
        ] {
            let outcome = try await workspace.run(arguments, environment: environment)
            #expect(outcome.status == 0, "\(arguments): \(outcome.error)")
        }
        try await workspace.succeed("evidence", "--key", "ada", "--namespace", "people", "--output", "locked.html")
        #expect(!(try workspace.read("locked.html").contains("London")))
        #expect(try workspace.read("open.html").contains("London"))
        let files = ["open.html", "locked.html", "erased.html"]
        let checked = try await workspace.json("check", "open.html", "locked.html", "erased.html", "--key", key)
        let counts = checked["proofs"]?.array?.map { [$0["decrypted"], $0["locked"], $0["erased"]] }
        #expect(counts == [[1, 0, 0], [0, 1, 0], [0, 0, 1]], "\(checked)")
        let judged = try await workspace.python(files + ["--key", key])
        #expect(judged.status == 0 && judged.output.contains("the word of who made the file"), "\(judged)")
    }

    @Test func whatCannotBeGivenIsRefused() async throws {
        let (workspace, _) = try await made()
        try await workspace.succeed("evidence", "--key", "green", "--checkpoint", "a.cp", "--output", "a.html")
        #expect(
            try await workspace.run(["evidence", "--key", "green", "--output", "a.html"]).isFailure(
                1, saying: "not overwritten"))
        try await workspace.succeed("evidence", "--key", "green", "--output", "a.html", "--force")
        #expect(
            try await workspace.run(["evidence", "--key", "none", "--output", "b"]).isFailure(1, saying: "No event"))
        #expect(
            try await workspace.run(["evidence", "--positions", "3-99", "--output", "b"]).isFailure(
                1, saying: "positions 1 to"))
        #expect(try await workspace.run(["evidence", "--output", "b"]).isFailure(64, saying: "Say which events"))
        #expect(
            try await workspace.run(["evidence", "--namespace", "n", "--actor", "a", "--output", "b"]).isFailure(
                64, saying: "goes with --key"))
        try await workspace.succeed("add", "later")
        let cut = try await workspace.json(
            "evidence", "--since", "2020-01-01", "--checkpoint", "a.cp", "--output", "cut.html")
        #expect(cut["after_checkpoint"] == 1 && cut["size"] == 6)
        // The newest checkpoint does not cover it: one is signed.
        let late = try await workspace.json("evidence", "--key", "later", "--output", "later.html")
        #expect(late["size"] == 7)
    }
}
