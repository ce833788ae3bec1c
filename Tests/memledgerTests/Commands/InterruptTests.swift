import EventLog
import Foundation
import LedgerCapabilities
import MemoryLedger
import SQLiteEventLog
import Testing

/// Goal: an interrupted command says so in one line, leaves no file that it had begun, and ends as a shell expects.
/// Method: the real command, and a signal when the file has begun to grow.
@Suite struct InterruptTests {
    /// A command that was done before the signal came is tried again.
    private static let attempts = 20
    private static let events = 20_000

    private func workspace() async throws -> Workspace {
        let workspace = try Workspace()
        let log = try SQLiteEventLog(
            path: workspace.path("memory-ledger.sqlite"), options: LedgerFileOptions(), clock: SystemTimeSource())
        let ids = RandomEventIDs()
        for _ in 0..<(Self.events / 1_000) {
            let events = (0..<1_000).map { _ in
                NewEvent(
                    id: ids.next(at: Timestamp(milliseconds: 1)), type: "Tested",
                    payload: [UInt8](repeating: 7, count: 200))
            }
            _ = try await log.append(to: "s", events)
        }
        await log.close()
        // The tables are built once, not by the command that is interrupted.
        try await workspace.succeed("list")
        return workspace
    }

    private func part(of name: String, in workspace: Workspace) throws -> String? {
        try FileManager.default.contentsOfDirectory(atPath: workspace.folder.path)
            .first { $0.hasPrefix(name) && $0 != name }
    }

    /// Looks until it is so, or for as long as it could take.
    private func wait(_ isSo: () throws -> Bool) async throws {
        for _ in 0..<100_000 {
            if try isSo() { return }
            try await Task.sleep(for: .milliseconds(1))
        }
    }

    @Test(arguments: [(SIGINT, Int32(130)), (SIGTERM, Int32(143))])
    func anInterruptedExportLeavesNoFile(signal: Int32, status: Int32) async throws {
        let workspace = try await workspace()
        for attempt in 1...Self.attempts {
            let process = try workspace.start(["export", "made.jsonl"])
            try await wait {
                try part(of: "made.jsonl", in: workspace).map { try workspace.size($0) > 0 }
                    ?? workspace.exists("made.jsonl")
            }
            kill(process.id, signal)
            let outcome = try await process.outcome()
            if outcome.status == 0, attempt < Self.attempts {
                try FileManager.default.removeItem(atPath: workspace.path("made.jsonl"))
                continue
            }
            #expect(outcome.isFailure(status, saying: "Interrupted; no file was written."), "\(outcome)")
            #expect(!workspace.exists("made.jsonl"))
            #expect(try part(of: "made.jsonl", in: workspace) == nil)
            return
        }
    }

    /// The first milliseconds too: until signals are taken, the command has begun nothing.
    @Test func aSignalAtAnyMomentLeavesNoPartOfAFile() async throws {
        let workspace = try await workspace()
        for milliseconds in 0..<40 {
            let process = try workspace.start(["export", "made.jsonl"])
            try await Task.sleep(for: .milliseconds(milliseconds))
            process.interrupt()
            let outcome = try await process.outcome()
            #expect(try part(of: "made.jsonl", in: workspace) == nil, "after \(milliseconds) ms: \(outcome)")
            guard workspace.exists("made.jsonl") else { continue }
            #expect(outcome.status == 0, "after \(milliseconds) ms: \(outcome)")
            try FileManager.default.removeItem(atPath: workspace.path("made.jsonl"))
        }
    }

    /// Nothing comes any more, and the command must not wait for it.
    @Test func anImportThatWaitsForItsInputIsInterrupted() async throws {
        let workspace = try Workspace()
        try #require(mkfifo(workspace.path("pipe"), 0o600) == 0)
        let pipe = open(workspace.path("pipe"), O_RDWR | O_CLOEXEC)
        defer { close(pipe) }
        let process = try workspace.start(["import", "pipe"])
        try await wait { workspace.exists("memory-ledger.sqlite") }
        process.interrupt()
        let outcome = try await process.outcome()
        #expect(outcome.isFailure(130, saying: "Interrupted; "), "\(outcome)")
    }

    /// The key is read where no task is that could be cancelled: on the queue of a connection.
    @Test(
        arguments: [
            ["get", "ada", "--namespace", "people"], ["add", "bob", "--namespace", "people", "--summary", "b"],
            ["rebuild"], ["backup", "b.sqlite", "--deep"], ["protect", "--rotate-master-key", "next.key"],
            ["erase", "--key", "ada", "--namespace", "people", "--reason", "r", "--yes"],
        ], [(SIGINT, Int32(130)), (SIGTERM, Int32(143))])
    func aCommandThatWaitsForAMasterKeyIsInterrupted(
        arguments: [String], signal: (number: Int32, status: Int32)
    ) async throws {
        let workspace = try Workspace()
        try await workspace.succeed("protect", "people", "--new-master-key", "ledger.key")
        try await workspace.succeed(
            "add", "ada", "--namespace", "people", "--summary", "a", "--master-key-file", "ledger.key")
        try #require(mkfifo(workspace.path("pipe"), 0o600) == 0)
        let before = Set(try workspace.names())
        let process = try workspace.start(arguments + ["--master-key-file", "pipe"])
        let pipe = try await process.openPipe(workspace.path("pipe"))
        defer { close(pipe) }
        kill(process.id, signal.number)
        let outcome = try await process.outcome()
        #expect(outcome.isFailure(signal.status, saying: "Interrupted; "), "\(outcome)")
        #expect(Set(try workspace.names()).subtracting(before).allSatisfy { $0.hasPrefix("memory-ledger.sqlite-") })
        let key = ["MEMLEDGER_MASTER_KEY_FILE": "ledger.key"]
        #expect(try await workspace.run(["get", "ada", "--namespace", "people"], environment: key).status == 0)
        #expect(try await workspace.run(["get", "bob", "--namespace", "people"], environment: key).status == 1)
    }
}

extension Workspace {
    fileprivate func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder.path) }

    fileprivate func size(_ name: String) throws -> Int {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path(name))
        return (attributes?[.size] as? Int) ?? 0
    }
}
