import Foundation
import MemoryLedger
import Testing

/// Goal: an agent's program that starts the command gets answers and nothing else, and the command ends when it should.
/// Method: real processes, with their input from a file or a pipe.
@Suite struct MCPCommandTests {
    static func call(_ id: Int, _ tool: String, _ arguments: JSONObject = [:]) -> String {
        let json: JSONValue = [
            "jsonrpc": "2.0", "id": JSONValue(id), "method": "tools/call",
            "params": ["name": .string(tool), "arguments": .object(arguments)],
        ]
        return json.description
    }

    static func add(_ id: Int, _ key: String) -> String {
        call(id, "memory_add", ["key": .string(key), "value": ["summary": "s", "text": "t"]])
    }

    static let initialize = #"""
        {"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"an agent","version":"1"}}}
        {"jsonrpc":"2.0","method":"notifications/initialized"}
        """#

    /// The answers, by their ids.
    static func answers(_ outcome: Outcome) throws -> [Int64: JSONValue] {
        let lines = try outcome.output.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
        let pairs = try lines.map { (try #require($0["id"]?.number?.int64), $0) }
        #expect(outcome.output.isEmpty || outcome.output.hasSuffix("\n"))
        return Dictionary(pairs) { $1 }
    }

    @Test func aClientIsAnsweredAndNothingElseIsSaid() async throws {
        let workspace = try Workspace()
        let input = [Self.initialize, Self.add(1, "tea"), ""].joined(separator: "\n")
        let outcome = try await workspace.run(["mcp"], input: input)
        #expect(outcome.status == 0 && outcome.error.isEmpty, "\(outcome.error)")
        let answers = try Self.answers(outcome)
        #expect(answers[0]?["result"]?["serverInfo"]?["name"] == "memledger")
        #expect(answers[1]?["result"]?["content"]?.array?.first?["text"] == "success: true")
        #expect(answers.count == 2)
        let log = try await workspace.json("log", "--limit", "1")
        #expect(log["events"]?.array?.first?["actor"] == "mcp:an agent")
    }

    @Test func whoActsIsToldByTheCommandLine() async throws {
        for (arguments, environment) in [(["mcp", "--as", "ada"], [:]), (["mcp"], ["MEMLEDGER_ACTOR": "ada"])] {
            let workspace = try Workspace()
            let input = [Self.initialize, Self.add(1, "tea")].joined(separator: "\n")
            #expect(try await workspace.run(arguments, input: input, environment: environment).status == 0)
            let log = try await workspace.json("log", "--limit", "1")
            #expect(log["events"]?.array?.first?["actor"] == "ada")
        }
    }

    /// What came before the end is answered, and counted reads that wait for company are appended.
    @Test func theEndOfTheInputWaitsForWhatWasBegun() async throws {
        let workspace = try Workspace()
        try await workspace.succeed("add", "tea", "--summary", "Green")
        let calls = (1...200).map { Self.call($0, "memory_get", ["key": "tea"]) }
        let outcome = try await workspace.run(["mcp"], input: calls.joined(separator: "\n"))
        #expect(outcome.status == 0)
        let answers = try Self.answers(outcome)
        #expect(Set(answers.keys) == Set(1...200))
        #expect(try await workspace.json("get", "tea")["meta"]?["access_count"] == 200)
    }

    /// A client need not wait for the answer to a write before it reads.
    @Test func aReadSeesTheWritesBeforeIt() async throws {
        let workspace = try Workspace()
        let texts = (0..<50).map { "text-\($0)" }
        let lines = texts.enumerated().flatMap { index, text in
            [
                Self.call(2 * index, "memory_add", ["key": "tea", "value": ["summary": "s", "text": .string(text)]]),
                Self.call(2 * index + 1, "memory_get", ["key": "tea"]),
            ]
        }
        let outcome = try await workspace.run(["mcp"], input: lines.joined(separator: "\n"))
        #expect(outcome.status == 0, "\(outcome.error)")
        let answers = try Self.answers(outcome)
        for (index, text) in texts.enumerated() {
            let read = answers[Int64(2 * index + 1)]?["result"]?["content"]?.array?.first?["text"]?.string
            #expect(read?.contains("text: \(text)\n") == true, "\(read ?? "")")
        }
    }

    #if os(Linux)
        /// How often the threads of a process have gone to sleep by themselves.
        private func sleeps(_ process: Int32) throws -> [String: Int] {
            let tasks = "/proc/\(process)/task"
            return try FileManager.default.contentsOfDirectory(atPath: tasks).reduce(into: [:]) { sleeps, task in
                // A thread may end meanwhile.
                let status = try? String(contentsOfFile: "\(tasks)/\(task)/status", encoding: .utf8)
                let line = status?.split(separator: "\n").first { $0.hasPrefix("voluntary_ctxt_switches:") }
                sleeps[task] = line?.split(separator: "\t").last.flatMap { Int($0) }
            }
        }

        /// Of the threads of a process in a second in which one looks for input ten times, at the least.
        private static let wakingsOfAPoll = 5

        /// It sleeps until there is input: of some seconds, there is one at least in which it hardly wakes.
        @Test func itSleepsWhileNothingComes() async throws {
            let workspace = try Workspace()
            let (command, pipe) = try await waiting(workspace)
            defer { close(pipe) }
            try send(Self.add(1, "tea"), pipe)
            try #require(await command.hasPrinted(lines: 1))
            var isAsleep = false
            for _ in 0..<20 where !isAsleep {
                let before = try sleeps(command.id)
                try await Task.sleep(for: .seconds(1))
                let wakings = try sleeps(command.id).reduce(0) { sum, task in
                    sum + task.value - (before[task.key] ?? 0)
                }
                isAsleep = wakings < Self.wakingsOfAPoll
            }
            #expect(isAsleep)
            try send(Self.add(2, "pot"), pipe)
            #expect(try await command.hasPrinted(lines: 2))
            kill(command.id, SIGTERM)
            #expect(try await command.outcome().status == 143)
        }
    #endif

    @Test func everyProcessWritesAndNothingIsLost() async throws {
        let workspace = try Workspace()
        let (processes, each) = (4, 50)
        let running = try (0..<processes).map { process in
            let calls = (0..<each).map { Self.add($0, "key-\(process)-\($0)") }
            return try workspace.start(["mcp", "--as", "agent-\(process)"], input: calls.joined(separator: "\n"))
        }
        for process in running {
            let outcome = try await process.outcome()
            #expect(outcome.status == 0, "\(outcome.error)")
            let answers = try Self.answers(outcome).values
            #expect(answers.count == each)
            #expect(answers.allSatisfy { $0["result"]?["content"]?.array?.first?["text"] == "success: true" })
        }
        let listed = try await workspace.json("list", "--limit", "1000")
        #expect(listed["memories"]?.array?.count == processes * each)
        try await workspace.succeed("verify")
    }

    /// A command whose input is a named pipe that the test holds.
    private func waiting(_ workspace: Workspace) async throws -> (RunningCommand, Int32) {
        try #require(mkfifo(workspace.path("pipe"), 0o600) == 0)
        let pipe = open(workspace.path("pipe"), O_RDWR | O_CLOEXEC)
        let command = try RunningCommand(
            workspace, "/bin/sh", ["-c", "exec \"$0\" mcp <pipe", try RunningCommand.memledger()], input: "",
            environment: [:])
        return (command, pipe)
    }

    private func send(_ line: String, _ pipe: Int32) throws {
        let bytes = Array((line + "\n").utf8)
        try #require(write(pipe, bytes, bytes.count) == bytes.count)
    }

    @Test(arguments: [(SIGINT, Int32(130)), (SIGTERM, Int32(143))]) func aSignalEndsIt(signal: Int32, status: Int32)
        async throws
    {
        let workspace = try Workspace()
        let (command, pipe) = try await waiting(workspace)
        defer { close(pipe) }
        try send(Self.add(1, "tea"), pipe)
        try #require(await command.hasPrinted(lines: 1))
        kill(command.id, signal)
        let outcome = try await command.outcome()
        #expect(outcome.status == status)
        #expect(outcome.error == "memledger: Interrupted; what was done until then stays.\n")
        #expect(try Self.answers(outcome).count == 1)
        #expect(try await workspace.json("get", "tea")["summary"] == "s")
    }

    /// So it is if the agent's program dies.
    @Test func itEndsWithItsInput() async throws {
        let workspace = try Workspace()
        let (command, pipe) = try await waiting(workspace)
        try send(Self.add(1, "tea"), pipe)
        try #require(await command.hasPrinted(lines: 1))
        close(pipe)
        let outcome = try await command.outcome()
        #expect(outcome.status == 0 && outcome.error.isEmpty, "\(outcome.error)")
    }

    @Test func aLineThatIsTooLongIsRefusedAndForgotten() async throws {
        let workspace = try Workspace()
        let script = """
            { printf '{"a":"'; head -c 70000000 /dev/zero | tr '\\0' x; echo '"}'; \
            echo '{"jsonrpc":"2.0","id":1,"method":"ping"}'; } | "$0" mcp
            """
        let outcome = try await RunningCommand(
            workspace, "/bin/sh", ["-c", script, try RunningCommand.memledger()], input: "", environment: [:]
        ).outcome()
        #expect(outcome.status == 0, "\(outcome.error)")
        let lines = try outcome.output.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
        #expect(lines.count == 2)
        #expect(lines.first?["error"]?["message"]?.string?.contains("67108864") == true)
        #expect(lines.last == ["jsonrpc": "2.0", "id": 1, "result": [:]])
    }

    @Test func nonsenseIsAnsweredAndDoesNotEndIt() async throws {
        let workspace = try Workspace()
        let lines = ["nonsense", "", "[]", "{}", "\u{0}\u{1}", "[1,2", #"{"jsonrpc":"2.0","id":7,"method":"ping"}"#]
        let outcome = try await workspace.run(["mcp"], input: lines.joined(separator: "\n"))
        #expect(outcome.status == 0 && outcome.error.isEmpty, "\(outcome.error)")
        let answers = try outcome.output.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
        #expect(answers.count == 6)
        #expect(answers.contains(["jsonrpc": "2.0", "id": 7, "result": [:]]))
    }

    @Test func whatIsListedIsChosen() async throws {
        let workspace = try Workspace()
        let list = #"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#
        func names(_ arguments: String...) async throws -> [String] {
            let outcome = try await workspace.run(["mcp"] + arguments, input: list)
            return try Self.answers(outcome)[1]?["result"]?["tools"]?.array?.compactMap { $0["name"]?.string } ?? []
        }
        #expect(try await names().count == 10)
        #expect(try await names("--tools", "history").contains("memory_blame"))
        #expect(try await names("--compat", "1").count == 5)
        #expect(try await names("--tools", "all").contains("policy_show"))
    }

    @Test func aNamespaceCanBeConfigured() async throws {
        let workspace = try Workspace()
        let outcome = try await workspace.run(["mcp", "--namespace", "work"], input: Self.add(1, "tea"))
        #expect(outcome.status == 0)
        #expect(try await workspace.json("get", "tea", "--namespace", "work")["summary"] == "s")
    }

    @Test func aConfigurationStartsTheSame() async throws {
        let workspace = try Workspace()
        let arguments = [
            "mcp", "--print-config", "--as", "ada", "--tools", "memory,history", "--namespace", "work", "--ledger",
            "my.sqlite",
        ]
        let key = ["MEMLEDGER_MASTER_KEY_FILE": "ledger.key"]
        let outcome = try await workspace.run(arguments, environment: key)
        #expect(outcome.status == 0 && outcome.error.isEmpty)
        #expect(!workspace.exists("my.sqlite"))
        let server = try #require(try outcome.json()["mcpServers"]?["memledger"])
        let command = try #require(server["command"]?.string)
        #expect(command.hasPrefix("/") && FileManager.default.isExecutableFile(atPath: command))
        let made = (server["args"]?.array ?? []).compactMap(\.string)
        try #require(made.count > 3)
        #expect(made.prefix(2) == ["mcp", "--ledger"] && made[2].hasPrefix("/") && made[2].hasSuffix("/my.sqlite"))
        #expect(made.dropFirst(3) == ["--as", "ada", "--tools", "memory,history", "--namespace", "work"])
        #expect(server["env"]?["MEMLEDGER_MASTER_KEY_FILE"]?.string?.hasPrefix("/") == true)
        let run = try await RunningCommand(
            workspace, command, made, in: nil, input: Self.add(1, "tea"), environment: [:]
        ).outcome()
        #expect(run.status == 0 && workspace.exists("my.sqlite"))
    }

    @Test(arguments: [
        (["--compat", "3"], "--compat is 1 or 2, not 3."),
        (["--tools", "songs"], "there is no set songs; give some of memory,"),
        (["--tools", ""], "A set of tools has no name"), (["--compat", "1", "--tools", "all"], "leave out --tools"),
        (["--namespace", ""], "--namespace names none."), (["--actor", "ada"], "takes no --actor"),
    ])
    func wrongOptionsMakeNoLedger(options: [String], words: String) async throws {
        let workspace = try Workspace()
        let outcome = try await workspace.run(["mcp"] + options)
        #expect(outcome.isFailure(64, saying: words), "\(outcome)")
        #expect(!workspace.exists("memory-ledger.sqlite"))
    }

    @Test func aFolderThatIsNotThereIsRefused() async throws {
        let workspace = try Workspace()
        let outcome = try await workspace.run(["mcp", "--ledger", "none/l.sqlite"], input: Self.initialize)
        #expect(outcome.isFailure(1, saying: "none/l.sqlite"), "\(outcome)")
    }
}
