import Foundation
import MemoryLedger
import Testing

/// Goal: tokens by the command: the secret alone on standard output, once; then nowhere. Method: the command as a
/// process, all that it shows, and what its ledger exports.
@Suite struct TokenCommandTests {
    private static var form: Regex<Substring> { /mlt_[0-9a-f]{16}_[0-9a-f]{64}\n/ }

    @Test func aTokenIsMadeListedAndRevoked() async throws {
        let workspace = try Workspace()
        // There is no ledger yet, as with `add`.
        let made = try await workspace.run([
            "token", "create", "--namespace", "research", "--namespace", "notes", "--scope", "write", "--expires",
            "30d", "--name", "writer", "--as", "admin", "--request", "r1",
        ])
        #expect(made.status == 0 && made.output.wholeMatch(of: Self.form) != nil)
        #expect(made.error.hasPrefix("memledger: made the token ") && made.error.count(where: \.isNewline) == 1)
        #expect(made.error.contains("for writer: write in 2 namespaces; it expires at"))
        let secret = String(made.output.dropLast().suffix(64))
        let id = String(made.output.dropFirst(4).prefix(16))
        #expect(!made.error.contains(secret) && made.error.contains(id))

        let listed = try await workspace.json("token", "list")["tokens"]?.array
        let token = try #require(listed?.first)
        #expect(listed?.count == 1 && token["id"]?.string == id && token["actor"] == "writer")
        #expect(token["scope"] == "write" && token["namespaces"] == ["research", "notes"])
        #expect(token["state"] == "in_force" && token["created_by"] == "admin" && token["position"] == 1)
        #expect(token["expires_at"]?.string?.isEmpty == false && token["revoked_at"] == .null)
        let page = try await workspace.succeed("token", "list").output
        #expect(page.contains(id) && page.contains("holds") && page.contains("research, notes"))

        let wrong = try await workspace.run(["token", "revoke", String(made.output.dropLast())])
        #expect(wrong.isFailure(1, saying: "no id of a token") && !wrong.error.contains(secret))
        #expect(try await workspace.run(["token", "revoke", "0123456789abcdef"]).isFailure(1, saying: "no token"))
        let revoked = try await workspace.json("token", "revoke", id, "--reason", "stolen", "--as", "keeper")
        #expect(revoked["state"] == "revoked" && revoked["revoked_by"] == "keeper" && revoked["reason"] == "stolen")
        #expect(try await workspace.run(["token", "revoke", id]).isFailure(1, saying: "revoked already"))
        #expect(try await workspace.json("token", "list") == ["tokens": [], "next": nil])
        #expect(try await workspace.succeed("token", "list").output == "No tokens that hold.\n")
        #expect(try await workspace.json("token", "list", "--all")["tokens"]?.array?.count == 1)

        let log = try await workspace.json("log")["events"]?.array
        #expect(log?.map { $0["type"] } == ["AccessTokenCreated", "AccessTokenRevoked"])
        #expect(log?.first?["actor"] == "admin" && log?.first?["correlation_id"] == "r1")
        #expect(log?.first?["data"]?.object?.members.map(\.name).contains("secret_sha256") == false)
        for command in [["log"], ["log", "--json"], ["stats"], ["stats", "--json"], ["export"], ["explain", "1"]] {
            let shown = try await workspace.run(command)
            #expect(shown.status == 0 && !shown.output.contains(secret), "\(command)")
        }
        #expect(try await !workspace.succeed("export").output.contains("tokens"))
        #expect(try await workspace.run(["undo", "1", "--yes"]).status != 0)
    }

    /// As the documentation has it: without a name and without an end.
    @Test func whatIsLeftOutIsSaid() async throws {
        let workspace = try Workspace()
        let made = try await workspace.run(["token", "create", "--all-namespaces"])
        let id = String(made.output.dropFirst(4).prefix(16))
        #expect(made.output.wholeMatch(of: Self.form) != nil)
        #expect(made.error.contains("for token-\(id): read in all namespaces; it does not expire. It is not shown"))
        let document = try await workspace.json(
            "token", "create", "--namespace", "n", "--scope", "admin", "--expires", "2031-01-01")
        #expect(document["token"]?.string?.wholeMatch(of: /mlt_[0-9a-f]{16}_[0-9a-f]{64}/) != nil)
        #expect(document["scope"] == "admin" && document["expires_at"] == "2031-01-01T00:00:00.000Z")
        #expect(document["namespaces"] == ["n"])
        let all = try await workspace.json("token", "list", "--limit", "1")
        let next = try #require(all["next"]?.number?.int64)
        #expect(all["tokens"]?.array?.first?["namespaces"] == .null)
        let rest = try await workspace.json("token", "list", "--after", String(next))
        #expect(rest["tokens"]?.array?.count == 1 && rest["next"] == .null)
        #expect(try await workspace.succeed("token", "list", "--limit", "1").output.contains("--after \(next)"))
    }

    @Test(arguments: [
        ([], "--all-namespaces"), (["--namespace", "n", "--all-namespaces"], "excludes"),
        (["--namespace", ""], "namespace"), (["--namespace", "n", "--scope", "root"], "--scope"),
        (["--namespace", "n", "--expires", "soon"], "--expires"), (["--namespace", "n", "--expires", "0d"], "expired"),
        (["--namespace", "n", "--expires", "2020-01-01"], "expired"),
        (["--namespace", "n", "--expires", "9999d"], "3650"),
        (["--namespace", "n", "--name", ""], "--name"), (["--namespace", "n", "--actor", "a"], "--as NAME"),
    ])
    func whatIsAskedWronglyIsRefused(words: [String], reason: String) async throws {
        let workspace = try Workspace()
        let outcome = try await workspace.run(["token", "create"] + words)
        #expect(outcome.status != 0 && outcome.isFailure(outcome.status, saying: reason), "\(outcome.error)")
        // And no ledger is made for it.
        #expect(!workspace.exists("memory-ledger.sqlite"))
    }

    @Test func whereActorsAreDemandedATokenNeedsOne() async throws {
        let workspace = try Workspace()
        try await workspace.succeed("policy", "--require-actor", "on", "--as", "admin")
        let words = ["token", "create", "--all-namespaces"]
        #expect(try await workspace.run(words).isFailure(1, saying: "actor"))
        #expect(try await workspace.run(words + ["--as", "admin"]).status == 0)
    }

    @Test func aRestoreSaysWhatItHasCarriedOver() async throws {
        let workspace = try Workspace()
        let made = try await workspace.run(["token", "create", "--all-namespaces"])
        let id = String(made.output.dropFirst(4).prefix(16))
        try await workspace.succeed("backup", "backup.sqlite")
        try await workspace.succeed("token", "revoke", id)
        let page = try await workspace.succeed("restore", "backup.sqlite", "--yes").output
        #expect(page.contains("Revoked 1 access token again"))
        #expect(try await workspace.json("token", "list")["tokens"] == [])
        let document = try await workspace.json("restore", "backup.sqlite", "--yes")
        #expect(document["revocations_carried"] == 1 && document["may_lack_revocations"] == false)
        let elsewhere = try await workspace.json("restore", "backup.sqlite", "--to", "other.sqlite")
        #expect(elsewhere["revocations_carried"] == 0)
        let other = try await workspace.json("token", "list", "--ledger", "other.sqlite")
        #expect(other["tokens"]?.array?.count == 1)
    }
}
