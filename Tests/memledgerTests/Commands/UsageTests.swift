import MemoryLedger
import Testing

/// Goal: whatever is wrong is one line on standard error that says what to do, with the right exit status, and nothing
/// on standard output.
/// Method: tables of wrong command lines, without a ledger and with one, each with and without --json.
@Suite struct UsageTests {
    private static let wrong: [(arguments: [String], says: String)] = [
        (["nonsense"], "nonsense"), (["--nonsense"], "--nonsense"), (["--ledger"], "--ledger"),
        (["--ledger", "", "list"], "--ledger"), (["add"], "<key>"), (["add", "a", "b"], "b"),
        (["add", "k", "--value", "-", "--summary", "s"], "--value excludes"),
        (["add", "k", "--link", "bug"], "--link"),
        (["add", "k", "--link", "bug:2:t:k"], "--link"), (["add", "k", "--link", ":1:t:k"], "--link"),
        (["add", "k", "--link", "bug:nan:t:k"], "--link"), (["get"], "<key>"), (["get", "k", "--what"], "--what"),
        (["update"], "<key>"), (["update", "k"], "Nothing to change"), (["rename", "a"], "<new-key>"),
        (["delete"], "<key>"), (["link", "a"], "<to>"), (["link", "a", "b"], "--type"),
        (["link", "a", "b", "--type", "t", "--weight", "2"], "--weight"), (["unlink", "a"], "<to>"),
        (["list", "--limit", "x"], "--limit"), (["list", "--limit", "0"], "1 to 1000"),
        (["list", "--limit", "1001"], "1 to 1000"), (["list", "--after", "?"], "not a cursor"),
        (["list", "--status", "odd"], "--status"), (["log", "--limit", "0"], "--limit"),
        (["log", "--limit", "10001"], "--limit"), (["log", "--since", "yesterday"], "--since"),
        (["log", "--until", "2026-13-01"], "--until"), (["log", "--after", "-1"], "--after"),
        (["log", "--follow", "--reverse"], "--reverse"), (["log", "--follow", "--until", "2026-01-01"], "--until"),
        (["log", "--follow", "--after", "1", "--limit", "1"], "--limit"), (["stats", "x"], "x"),
        (["rebuild", "nothing"], "nothing"), (["digest", "x"], "x"), (["dictionary", "x"], "x"),
        (["dictionary", "train", "--size", "1"], "64"), (["dictionary", "train", "--samples", "0"], "--samples"),
        (["list", "--at", "yesterday"], "--at"), (["list", "--at", ""], "--at"), (["get", "k", "--at", "-1"], "--at"),
        (["list", "--occurred"], "--occurred"), (["list", "--at", "1", "--occurred"], "--occurred"),
        (["get", "k", "--at", "1", "--count"], "--count"), (["log", "--follow", "--at", "1"], "--at"),
        (["checkout"], "--output"), (["checkout", "--output", ""], "--output"), (["snapshots", "x"], "x"),
        (["dictionary", "list", "x"], "x"), (["backup"], "<file>"), (["backup", ""], "Name the file"),
        (["restore"], "<file>"), (["restore", "b", "--to", ""], "--to"), (["restore", "b"], "--yes"),
        (["restore", "b", "--yes", "--expect-checkpoint", ""], "--expect-checkpoint"),
        (["rebuild", "--verify", "--replace"], "--replace"), (["rebuild", "--rollback", "nothing"], "nothing"),
        (["dead-letters", "skip"], "--all"), (["dead-letters", "retry", "7"], "7"),
        (["dead-letters", "list", "--projection", "x"], "x"), (["projections", "x"], "x"), (["import"], "<file>"),
        (["export", "-", "--after", "-1"], "--after"),
        (["links"], "Give a key"), (["links", "k", "--hubs"], "Give a key"),
        (["links", "--hubs", "--orphans"], "--orphans"),
        (["links", "--hubs", "--isolated"], "--orphans"), (["links", "--hubs", "--least-size", "1"], "--components"),
        (["links", "--components", "--least-size", "0"], "--least-size"),
        (["links", "--orphans", "--direction", "in"], "--direction"),
        (["links", "--dangling", "--type", "t"], "--type"),
        (["links", "k", "--limit", "0"], "1 to 1000"), (["links", "k", "--after", "?"], "not a cursor"),
        (["links", "k", "--direction", "up"], "--direction"),
        (["links", "k", "--least-weight", "2"], "--least-weight"), (["path", "a"], "<to>"),
        (["path", "a", "b", "--limit", "33"], "--limit is 1 to 32"),
        (["path", "a", "b", "--limit", "0"], "--limit is 1 to 32 links, not 0."),
        (["path", "a", "b", "--order", "x"], "--order"),
        (["graph", "k", "--output", ""], "--output"), (["graph", "k", "--force"], "--output"),
        (
            ["graph", "k", "--output", "c.png"],
            "c.png does not end in .dot, .svg or .json; name it so, or say by --format"
        ),
        (["graph", "k", "--output", "dot", "--force"], "does not end in"),
        (["graph", "k", "--format", "png"], "--format"), (["graph", "k", "--depth", "0"], "1 to 32"),
        (["bulk", "k", "--depth", "7"], "1 to 6"), (["bulk", "k", "--limit", "51"], "1 to 50"),
        (["history", "k", "--limit", "0"], "1 to 1000"), (["history", "k", "--after", "-1"], "--after"),
        (["history", "k", "--at", "soon"], "--at"), (["blame"], "<key>"), (["diff"], "--from"),
        (["diff", "--from", "x"], "--from"), (["undo"], "Nothing is selected"), (["undo", "7"], "not an event's id"),
        (["undo", "--namespace", "n", "--yes"], "Nothing is selected"), (["undo", "--actor", "a"], "--yes"),
        (["undo", "0199c2a8-1c00-7abc-8def-0123456789ab", "--actor", "a"], "Give ids"), (["explain"], "<event-id"),
        (["checkpoint", "list", "--output", "x"], "list"), (["checkpoint", "lst"], "lst"),
        (["checkpoint", "--never", "--every-events", "1"], "--never"),
        (["checkpoint", "--every-events", "0"], "--every-events"), (["checkpoint", "--limit", "0"], "--limit"),
        (["checkpoint", "--folder", ""], "--folder"), (["checkpoint", "--signing-key", ""], "--signing-key"),
        (["prove"], "Name an event"), (["prove", "--from", "a"], "--to"),
        (["prove", "1", "--from", "a", "--to", "b"], "leave out the event"), (["check"], "<files>"),
        (["keys", "x"], "x"),
    ]

    @Test(arguments: wrong)
    func wrongUsageIs64(arguments: [String], says: String) async throws {
        let workspace = try Workspace()
        try await workspace.succeed("init")
        for json in [[], ["--json"]] {
            let outcome = try await workspace.run(json + arguments)
            #expect(outcome.isFailure(64, saying: says), "\(arguments): \(outcome)")
        }
    }

    private static let values: [(value: String, says: String)] = [
        ("", "not JSON"), ("{", "not JSON"), ("[]", "not array"), (#"{"summary":1}"#, "summary is a string, not 1"),
        (#"{"text":null}"#, "text is a string, not null"), (#"{"keywords":"k"}"#, "keywords is a list"),
        (#"{"keywords":["a",[]]}"#, "keywords[1] is a string"), (#"{"links":{}}"#, "links is a list"),
        (#"{"links":["x"]}"#, "links[0] is an object"), (#"{"links":[{}]}"#, "links[0].type is missing"),
        (#"{"links":[{"type":"t"}]}"#, "links[0].term is missing"),
        (#"{"links":[{"type":"t","term":"t","weight":"1"}]}"#, "links[0].weight"),
        (#"{"links":[{"type":"t","term":"t","weight":1.01}]}"#, "from 0 to 1, not 1.01"),
        (#"{"links":[{"type":"t","term":"t","key":7}]}"#, "links[0].key"),
    ]

    @Test(arguments: values)
    func aWrongValueNamesTheField(value: String, says: String) async throws {
        let workspace = try Workspace()
        for command in ["add", "update"] {
            let outcome = try await workspace.run([command, "k", "--value", "-"], input: value)
            #expect(outcome.isFailure(64, saying: says), "\(outcome)")
        }
        #expect(!workspace.exists("memory-ledger.sqlite"))
    }

    /// Commands that read, on a ledger that is not there, and what else cannot be done.
    private static let failing: [(arguments: [String], says: String)] = [
        (["get", "k"], "memledger init"), (["get", "k", "--count"], "memledger init"), (["list"], "memledger init"),
        (["log"], "memledger init"), (["log", "--follow"], "memledger init"), (["stats"], "memledger init"),
        (["digest"], "memledger init"), (["rebuild"], "memledger init"), (["export", "x.jsonl"], "memledger init"),
        (["list", "--at", "1"], "memledger init"), (["checkout", "--output", "x"], "memledger init"),
        (["snapshots", "list"], "memledger init"), (["checkpoint"], "memledger init"),
        (["prove", "1"], "memledger init"), (["keys", "show"], "memledger init"),
        (["keys", "rotate"], "memledger init"),
        (["backup", "b.sqlite"], "memledger init"), (["restore", "b.sqlite"], "no backup at b.sqlite"),
        (["dictionary", "list"], "memledger init"), (["dictionary", "train"], "memledger init"),
        (["rebuild", "--verify"], "memledger init"), (["projections"], "memledger init"),
        (["dead-letters", "list"], "memledger init"),
        (["list", "--ledger", "text.txt"], "not an SQLite database"),
        (["init", "--ledger", "text.txt"], "not an SQLite"),
        (["add", "k", "--ledger", "no/such/folder/x"], "no/such/folder/x"), (["list", "--ledger", "."], "memledger: "),
        (["import", "missing.jsonl"], "missing.jsonl: No such file"), (["add", "k", "--value", "no.json"], "no.json"),
        (["add", String(repeating: "k", count: 1_025)], "key_bytes"), (["add", "a\u{7}b"], "control"),
        (["add", ""], "key_bytes"), (["add", "k", "--namespace", ""], "namespace_bytes"),
    ]

    @Test(arguments: failing)
    func aFailureIs1(arguments: [String], says: String) async throws {
        let workspace = try Workspace()
        try workspace.write("text.txt", String(repeating: "This is no database.\n", count: 100))
        for json in [[], ["--json"]] {
            let outcome = try await workspace.run(arguments + json)
            #expect(outcome.isFailure(1, saying: says), "\(arguments): \(outcome)")
        }
        #expect(!workspace.exists("x.jsonl"))
    }

    @Test(arguments: [
        [], ["--help"], ["help"], ["help", "add"], ["--version"], ["--json", "--help"], ["dictionary"],
        ["--generate-completion-script", "bash"], ["--generate-completion-script", "zsh"],
        ["--generate-completion-script", "fish"],
    ])
    func helpIsNoFailure(arguments: [String]) async throws {
        let outcome = try await Workspace().run(arguments)
        #expect(outcome.status == 0 && outcome.error.isEmpty && !outcome.output.isEmpty)
    }

    @Test(arguments: [
        "init", "add", "get", "update", "rename", "delete", "link", "unlink", "list", "log", "stats", "rebuild",
        "digest",
        "history", "blame", "diff", "undo", "explain", "checkout", "snapshots list", "snapshots take",
        "snapshots drop", "dictionary train", "dictionary list", "import", "export", "migrate", "backup",
        "restore",
        "projections", "dead-letters list", "dead-letters retry", "dead-letters skip",
        "checkpoint", "prove", "evidence", "check", "keys show", "keys new", "keys adopt", "keys rotate",
    ])
    func everyCommandHasHelpWithAnExample(command: String) async throws {
        let words = command.split(separator: " ").map(String.init)
        let outcome = try await Workspace().run(words + ["--help"])
        #expect(outcome.status == 0)
        #expect(outcome.output.contains("  memledger \(command)") && outcome.output.contains("JSON"))
        #expect(outcome.output.contains("--ledger") && outcome.output.contains("--json"))
    }
}
