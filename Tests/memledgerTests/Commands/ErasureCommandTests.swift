import Foundation
import MemoryLedger
import Testing

/// Goal: `protect` and `erase` do what their help says, with and without the master key. Method: the commands as
/// processes; keys in files, in variables, wrong and missing.
@Suite struct ErasureCommandTests {
    private static let otherKey = String(repeating: "0f", count: 32)

    /// A ledger with a protected namespace `people` and a memory in each of two namespaces.
    private func protected() async throws -> Workspace {
        let workspace = try Workspace()
        try await workspace.succeed("add", "tea", "--summary", "Likes tea")
        let outcome = try await workspace.succeed("protect", "people", "--new-master-key", "ledger.key")
        #expect(outcome.output.contains("Namespace people is encrypted from now on."))
        try await workspace.succeed(
            "add", "ada", "--namespace", "people", "--summary", "secret-of-ada", "--master-key-file", "ledger.key")
        return workspace
    }

    private let keyed = ["MEMLEDGER_MASTER_KEY_FILE": "ledger.key"]

    @Test func protectingAndReading() async throws {
        let workspace = try await protected()
        let mode = try FileManager.default.attributesOfItem(atPath: workspace.path("ledger.key"))[.posixPermissions]
        #expect(mode as? Int == 0o600)
        let shown = try await workspace.json("protect")
        #expect(shown["namespaces"]?.array?.compactMap { $0["namespace"]?.string } == ["people"])
        let key = try workspace.read("ledger.key")
        for environment in [keyed, ["MEMLEDGER_MASTER_KEY": key]] {
            let got = try await workspace.run(["get", "ada", "--namespace", "people"], environment: environment)
            #expect(got.status == 0 && got.output.contains("secret-of-ada"))
        }
        let list = try await workspace.run(["list"], environment: keyed)
        #expect(list.output.contains("secret-of-ada") && !list.output.contains("Left out"))
    }

    @Test func withoutTheKey() async throws {
        let workspace = try await protected()
        for arguments in [
            ["get", "ada", "--namespace", "people"], ["list", "--namespace", "people"],
            ["history", "ada", "--namespace", "people"], ["rebuild"], ["rebuild", "--verify"], ["export"],
            ["add", "bob", "--namespace", "people", "--summary", "b"], ["delete", "ada", "--namespace", "people"],
            ["erase", "--namespace", "people", "--reason", "r", "--yes"],
        ] {
            let missing = try await workspace.run(arguments)
            #expect(missing.status == 1 && missing.error.contains("there is no master key"), "\(arguments): \(missing)")
            let wrong = try await workspace.run(arguments, environment: ["MEMLEDGER_MASTER_KEY": Self.otherKey])
            #expect(wrong.status == 1 && wrong.error.contains("is not this ledger's"), "\(arguments): \(wrong)")
        }
        let list = try await workspace.succeed("list")
        #expect(list.output.contains("tea") && !list.output.contains("ada"))
        #expect(list.output.contains("Left out, because they are encrypted"))
        #expect(try await workspace.json("list")["locked"] == ["people"])
        let log = try await workspace.succeed("log")
        #expect(log.output.contains("people/ada") && log.output.contains("locked"))
        #expect(!log.output.contains("secret-of-ada"))
        #expect(try await workspace.json("log")["events"]?.array?.last?["locked"] == true)
        let bad = try await workspace.run(["list"], environment: ["MEMLEDGER_MASTER_KEY": "guess"])
        #expect(bad.isFailure(64, saying: "MEMLEDGER_MASTER_KEY is not 32 bytes"))
    }

    @Test func erasing() async throws {
        let workspace = try await protected()
        let arguments = ["erase", "--key", "ada", "--namespace", "people", "--reason", "request 4711"]
        let asked = try await workspace.run(arguments, environment: keyed)
        #expect(asked.isFailure(64, saying: "Cannot ask: there is no terminal"))
        let dry = try await workspace.run(arguments + ["--dry-run", "--json"], environment: keyed).json()
        #expect(dry["events"] == 1 && dry["keys"] == [1])
        let outcome = try await workspace.run(arguments + ["--yes", "--json"], environment: keyed)
        #expect(outcome.status == 0 && outcome.error.isEmpty)
        let receipt = try outcome.json()
        #expect(receipt["reason"]?.string == "request 4711" && receipt["events"] == 1)
        #expect(receipt["subjects"]?.array?.first?["stream"]?.string == "people/ada")
        #expect(receipt["tree"]?["size_before"] == 3 && receipt["tree"]?["size_after"] == 4)
        #expect(receipt["purged"]?["erasure"] == 4 && receipt["purge_problem"] == .null)
        #expect(receipt["out_of_reach"]?.array?.isEmpty == false)
        for file in try FileManager.default.contentsOfDirectory(atPath: workspace.folder.path) {
            let data = try Data(contentsOf: URL(fileURLWithPath: workspace.path(file)))
            #expect(data.range(of: Data("secret-of-ada".utf8)) == nil, "\(file)")
        }
        let gone = try await workspace.run(["get", "ada", "--namespace", "people"], environment: keyed)
        #expect(gone.isFailure(1, saying: "was erased at position 4 (request 4711)"))
        let past = try await workspace.run(["get", "ada", "--namespace", "people", "--at", "3"], environment: keyed)
        #expect(past.status == 0 && past.output.contains("[erased]"))
        let log = try await workspace.succeed("log")
        #expect(log.output.contains("erased") && log.output.contains("request 4711"))
        let exported = try await workspace.run(["export"], environment: keyed)
        #expect(exported.status == 0 && exported.output.contains("\"erased\":true"))
        // The log is what it was, for those who have no key too.
        for (arguments, environment) in [(["verify"], [:]), (["verify", "--deep"], keyed)] {
            let verified = try await workspace.run(arguments + ["--json"], environment: environment)
            #expect(try verified.status == 0 && verified.json()["clean"] == true, "\(arguments): \(verified)")
        }
        let resumed = try await workspace.run(["erase", "--resume", "--json"], environment: keyed)
        #expect(try resumed.json() == ["purged": .null])
    }

    @Test func aReceiptForPeople() async throws {
        let workspace = try await protected()
        let outcome = try await workspace.run(
            ["erase", "--namespace", "people", "--reason", "contract ended", "--yes"], environment: keyed)
        for text in [
            "Erased 1 event of namespace people.", "people/ada", "Purged.", "Out of reach:", "backups",
            "legacy databases that were migrated",
        ] {
            #expect(outcome.output.contains(text), "\(text)")
        }
        let again = try await workspace.run(
            ["erase", "--namespace", "people", "--reason", "r", "--yes"], environment: keyed)
        #expect(again.isFailure(1, saying: "nothing left to erase"))
    }

    @Test func everythingOfAUser() async throws {
        let workspace = try await protected()
        let added = try await workspace.run(
            ["add", "note", "--namespace", "people", "--summary", "said so", "--source", "user:ada"],
            environment: keyed)
        #expect(added.status == 0)
        let outcome = try await workspace.run(
            ["erase", "--user", "ada", "--derived", "--reason", "asked", "--yes", "--json"], environment: keyed)
        let receipt = try outcome.json()
        #expect(receipt["subjects"]?.array?.compactMap { $0["stream"]?.string } == ["people/note"])
        let kept = try await workspace.run(["get", "ada", "--namespace", "people"], environment: keyed)
        #expect(kept.status == 0)
    }

    @Test func whatIsInPlainIsRefused() async throws {
        let workspace = try await protected()
        try await workspace.succeed("protect", "mem", "--master-key-file", "ledger.key")
        let outcome = try await workspace.run(
            ["erase", "--key", "tea", "--reason", "r", "--yes"], environment: keyed)
        #expect(outcome.isFailure(1, saying: "1 event of key tea in namespace mem, the first at position 1"))
    }

    @Test func whatCanBeErased() async throws {
        let workspace = try await protected()
        try await workspace.succeed("add", "open", "--summary", "said so", "--source", "user:eve")
        let added = try await workspace.run(
            ["add", "eve", "--namespace", "people", "--summary", "hidden", "--source", "user:eve"], environment: keyed)
        #expect(added.status == 0)
        let arguments = ["erase", "--user", "eve", "--reason", "r", "--yes"]
        let refused = try await workspace.run(arguments, environment: keyed)
        #expect(refused.isFailure(1, saying: "--partial"))
        let outcome = try await workspace.run(arguments + ["--partial", "--json"], environment: keyed)
        let receipt = try outcome.json()
        #expect(outcome.status == 3 && receipt["subjects"]?.array?.count == 1)
        #expect(receipt["left"]?.array?.compactMap { $0["stream"]?.string } == ["mem/open"])
        try await workspace.succeed("get", "open")
        let none = try await workspace.run(
            ["erase", "--namespace", "nosuch", "--reason", "r", "--yes"], environment: keyed)
        #expect(none.isFailure(1, saying: "nothing to erase of namespace nosuch"))
    }

    /// It is read when something encrypted is, and not before.
    @Test func theMasterKeyIsReadWhenItIsNeeded() async throws {
        let workspace = try Workspace()
        let coming = ["MEMLEDGER_MASTER_KEY_FILE": "coming.key"]
        for arguments in [
            ["add", "tea", "--summary", "t"], ["list"],
            ["protect", "people", "--new-master-key", "coming.key"],
            ["add", "ada", "--namespace", "people", "--summary", "a"],
        ] {
            let outcome = try await workspace.run(arguments, environment: coming)
            #expect(outcome.status == 0 && outcome.error.isEmpty, "\(arguments): \(outcome.error)")
        }
        let again = try await workspace.run(["protect", "people", "--json"], environment: coming)
        #expect(try again.status == 0 && again.json()["protected"] == .null)
        let told = try await workspace.run(["protect", "people"], environment: coming)
        #expect(told.status == 0 && told.output.contains("already protected"))
        #expect(try await workspace.json("stats")["unknown_types"] == [])
        #expect(chmod(workspace.path("coming.key"), 0o644) == 0)
        let unsafe = try await workspace.run(["get", "ada", "--namespace", "people"], environment: coming)
        #expect(unsafe.isFailure(1, saying: "may be read by others"))
        try await workspace.succeed("get", "tea")
    }

    @Test func rotating() async throws {
        let workspace = try await protected()
        let rotated = try await workspace.run(
            ["protect", "--rotate-master-key", "next.key", "--json"], environment: keyed)
        #expect(try rotated.json()["data_keys_rewrapped"] == 1)
        let old = try await workspace.run(["get", "ada", "--namespace", "people"], environment: keyed)
        #expect(old.isFailure(1, saying: "is not this ledger's"))
        let new = try await workspace.run(["get", "ada", "--namespace", "people", "--master-key-file", "next.key"])
        #expect(new.status == 0 && new.output.contains("secret-of-ada"))
        let second = try await workspace.run(["protect", "friends", "--new-master-key", "third.key"])
        #expect(second.isFailure(1, saying: "has a master key already"))
        #expect(!workspace.exists("third.key"))
    }

    @Test(arguments: [
        ["erase"], ["erase", "--key", "a"], ["erase", "--key", "a", "--reason", "r"],
        ["erase", "--resume", "--key", "a"], ["erase", "--user", "a", "--key", "b", "--reason", "r", "--yes"],
        ["erase", "--namespace", "n", "--derived", "--reason", "r", "--yes"], ["protect", "--new-master-key", "k"],
        ["protect", "n", "--rotate-master-key", "k"],
    ])
    func wrongUsage(arguments: [String]) async throws {
        let workspace = try Workspace()
        let outcome = try await workspace.run(arguments)
        #expect(outcome.status == 64 && outcome.error.hasPrefix("memledger: "))
        #expect(!workspace.exists("memory-ledger.sqlite") && !workspace.exists("k"))
    }
}

/// Goal: `protect --sessions`, edits of users, and `erase --user` by script. Method: the commands as processes.
@Suite struct UserErasureCommandTests {
    private let keyed = ["MEMLEDGER_MASTER_KEY_FILE": "ledger.key"]

    private func json(_ workspace: Workspace, _ arguments: String...) async throws -> JSONValue {
        let outcome = try await workspace.run(arguments + ["--json"], environment: keyed)
        #expect(outcome.status == 0, "\(arguments): \(outcome.error)")
        return try outcome.json()
    }

    @Test func aUserIsProtectedAndErased() async throws {
        let workspace = try Workspace()
        try await workspace.succeed("add", "tea", "--namespace", "open", "--summary", "Likes tea")
        let outcome = try await workspace.succeed("protect", "--sessions", "--new-master-key", "ledger.key")
        #expect(outcome.output.contains("Namespace mem is encrypted from now on."))
        let again = try await json(workspace, "protect", "--sessions")
        #expect(again["protected_now"] == [] && again["namespaces"]?.array?.count == 1)
        var sessions: [String: String] = [:]
        for user in ["ann", "bob"] {
            let opened = try await json(
                workspace, "session", "open", "--user", user, "--role", "helper", "--agent", "tea")
            #expect(opened["protected"] == true)
            sessions[user] = opened["session"]?.string
        }
        let (ann, bob) = (try #require(sessions["ann"]), try #require(sessions["bob"]))
        _ = try await json(workspace, "message", "append", ann, "--role", "user", "--content", "quince-said")
        _ = try await json(workspace, "block", "set", bob, "notes", "pomelo-noted")
        let appended = try await json(workspace, "block", "append", ann, "notes", "quince-noted")
        #expect(appended["protected_for"] == ["ann", "bob"] && appended["protected"] == true)
        let unnamed = try await json(workspace, "block", "set", "--agent", "tea", "mood", "calm")
        #expect(unnamed["protected"] == false)
        let named = try await json(workspace, "block", "set", "--agent", "tea", "mood", "quince-mood", "--user", "ann")
        #expect(named["protected"] == true)
        let page = try await workspace.run(["block", "set", "--agent", "tea", "other", "calm"], environment: keyed)
        #expect(page.status == 0 && page.error.contains("It is not protected"))
        let other = try await workspace.run(
            ["session", "open", "--namespace", "open", "--user", "ann", "--role", "helper"], environment: keyed)
        // Its first user protects a namespace, unless that is said otherwise.
        #expect(other.status == 0 && other.error.isEmpty)
        let names = try await json(workspace, "protect")["namespaces"]?.array?.map { $0["namespace"] }
        #expect(names == ["mem", "open"])
        _ = try await json(workspace, "config", "set", "session.protected", "0")
        let plain = try await workspace.run(
            ["session", "open", "--namespace", "plain", "--user", "ann", "--role", "helper"], environment: keyed)
        #expect(plain.status == 0 && plain.error.contains("protect --sessions"))
        let inserted = try await json(workspace, "archive", "insert", "a", "quince-kept", "--session", ann)
        #expect(inserted["protected"] == true)
        let log = try await json(workspace, "log", "--type", "BlockEdited")
        #expect(log["events"]?.array?.contains { $0["protected_for"] == ["ann", "bob"] } == true)
        let locked = try await workspace.run(["session", "list"])
        #expect(locked.status == 1 && locked.error.contains("there is no master key"))

        let plan = try await json(
            workspace, "erase", "--user", "ann", "--namespace", "mem", "--reason", "asked", "--dry-run")
        #expect(plan["left"] == [] && plan["selection"] == "user ann in namespace mem")
        let receipt = try await json(
            workspace, "erase", "--user", "ann", "--namespace", "mem", "--reason", "asked", "--yes")
        #expect(receipt["subjects"]?.array?.filter { $0["user"] == "ann" }.count == 2)
        #expect(try await json(workspace, "block", "show", bob, "notes")["value"] == "pomelo-noted")
        #expect(try await json(workspace, "block", "show", "--agent", "tea", "mood")["value"] == "calm")
        let kinds = try await json(workspace, "block", "history", bob, "notes")["versions"]?.array?.map { $0["kind"] }
        #expect(kinds == ["erased", "set"])
        _ = try await json(workspace, "verify", "--deep")
        let both = try await workspace.run(["erase", "--user", "a", "--key", "k", "--reason", "r", "--yes"])
        #expect(both.isFailure(64, saying: "--user excludes --key"))
        for file in try FileManager.default.subpathsOfDirectory(atPath: workspace.path("")) {
            let bytes = (try? Data(contentsOf: URL(fileURLWithPath: workspace.path(file)))) ?? Data()
            for text in ["quince-said", "quince-noted", "quince-mood", "quince-kept"] {
                #expect(bytes.range(of: Data(text.utf8)) == nil, "\(text) is in \(file)")
            }
        }
    }
}
