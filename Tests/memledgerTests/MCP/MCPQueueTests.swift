import Foundation
import LedgerStorage
import MemoryLedger
import Testing

/// Goal: calls that wait keep the command from hearing nothing that the client says meanwhile. Method: real processes
/// with a pipe for their input, and a test that holds the ledger's write lock, so that each call waits for seconds.
@Suite struct MCPQueueTests {
    private struct Held {
        let command: RunningCommand
        let pipe: Int32
        let lock: PrivateDatabase

        func send(_ line: String) throws {
            let bytes = Array((line + "\n").utf8)
            try #require(write(pipe, bytes, bytes.count) == bytes.count)
        }

        /// Waits until a line is an answer to this.
        func answer(_ isMeant: (JSONValue) -> Bool) async throws -> JSONValue {
            var lines = 1
            while try await command.hasPrinted(lines: lines) {
                let answers = try self.answers()
                if let found = answers.first(where: isMeant) { return found }
                lines = answers.count + 1
            }
            throw Silence()
        }

        func answers() throws -> [JSONValue] {
            let output = try command.output()
            guard let end = output.lastIndex(of: "\n") else { return [] }
            return try output[..<end].split(separator: "\n").map { try JSONValue(parsing: String($0)) }
        }
    }

    private struct Silence: Error {}

    /// A command that has answered a call, and whose next writes wait.
    private func held(_ workspace: Workspace) async throws -> Held {
        try #require(mkfifo(workspace.path("pipe"), 0o600) == 0)
        let pipe = open(workspace.path("pipe"), O_RDWR | O_CLOEXEC)
        let command = try RunningCommand(
            workspace, "/bin/sh", ["-c", "exec \"$0\" mcp <pipe", try RunningCommand.memledger()], input: "",
            environment: [:])
        let first = MCPCommandTests.add(1, "key-1") + "\n"
        try #require(write(pipe, first, first.utf8.count) == first.utf8.count)
        try #require(await command.hasPrinted(lines: 1))
        let lock = try PrivateDatabase(workspace.path("memory-ledger.sqlite"))
        try lock.sqlite.execute("BEGIN IMMEDIATE")
        return Held(command: command, pipe: pipe, lock: lock)
    }

    @Test func aPingAndACancellationAreHeardWhileCallsWait() async throws {
        let workspace = try Workspace()
        let held = try await held(workspace)
        defer { close(held.pipe) }
        let (last, cancelled, ping) = (129, 64, 900)
        for id in 2...last { try held.send(MCPCommandTests.add(id, "key-\(id)")) }
        try held.send(#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":\#(cancelled)}}"#)
        try held.send(#"{"jsonrpc":"2.0","id":\#(ping),"method":"ping"}"#)
        _ = try await held.answer { $0["id"] == JSONValue(ping) }
        // Each call waits for the lock by itself, so few have given up yet.
        #expect(try held.answers().count < cancelled)
        try held.lock.sqlite.execute("ROLLBACK")
        _ = try await held.answer { $0["id"] == JSONValue(last) }
        try #require(await held.command.hasPrinted(lines: last))
        kill(held.command.id, SIGTERM)
        let outcome = try await held.command.outcome()
        let ids = try MCPCommandTests.answers(outcome).keys
        #expect(Set(ids) == Set((1...last).map { Int64($0) } + [Int64(ping)]).subtracting([Int64(cancelled)]))
    }

    /// Its id is free again.
    @Test func whatHasNoRoomIsRefused() async throws {
        let workspace = try Workspace()
        let held = try await held(workspace)
        defer { close(held.pipe) }
        // 64 run, and 1,000 wait.
        let last = 1_200
        for id in 2...last { try held.send(MCPCommandTests.add(id, "key-\(id)")) }
        let refusal = try await held.answer { $0["error"]?["code"] == -32005 }
        #expect(refusal["error"]?["message"]?.string?.contains("1000 requests") == true, "\(refusal)")
        try held.lock.sqlite.execute("ROLLBACK")
        try #require(await held.command.hasPrinted(lines: last))
        let errors = try held.answers().filter { $0["error"]?["code"] == -32005 }
        let refused = errors.compactMap { $0["id"]?.number?.int64 }
        #expect(!refused.isEmpty && refused.count <= last - 1_064)
        let id = Int(try #require(refused.first))
        try held.send(MCPCommandTests.add(id, "again"))
        try #require(await held.command.hasPrinted(lines: last + 1))
        kill(held.command.id, SIGTERM)
        let outcome = try await held.command.outcome()
        #expect(try MCPCommandTests.answers(outcome).count == last)
        #expect(try await workspace.json("get", "again")["summary"] == "s")
        for id in refused { #expect(try await workspace.run(["get", "key-\(id)"]).status == 1) }
    }
}
