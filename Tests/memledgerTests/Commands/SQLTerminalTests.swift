import Foundation
import MemoryLedger
import Testing

/// Goal: what `sql` writes for programs is what the ledger holds, and what it writes for a person cannot steer the
/// terminal. Method: the command as a process whose standard output is a file, and one where it is a terminal.
@Suite struct SQLTerminalTests {
    private static let summary = "a\u{1b}[31mred\u{7}\nline, \"x\" \u{9b}y"
    private static let command = ["sql", "SELECT key, summary FROM memories", "--format", "csv"]

    private func workspace() async throws -> Workspace {
        let workspace = try Workspace()
        try await workspace.succeed("add", "tea", "--summary", Self.summary)
        return workspace
    }

    @Test func aFileGetsWhatThereIs() async throws {
        let workspace = try await workspace()
        let csv = try await workspace.run(Self.command)
        #expect(csv.status == 0 && csv.error.isEmpty)
        let quoted = Self.summary.replacing("\"", with: "\"\"")
        #expect(Array(csv.output.utf8) == Array("key,summary\r\ntea,\"\(quoted)\"\r\n".utf8))
    }

    @Test func aTerminalIsNotSteered() async throws {
        let workspace = try await workspace()
        let terminal = try Terminal()
        let command = try RunningCommand(
            workspace, "/bin/sh",
            ["-c", "exec \"$0\" \"$@\" > \"$TERMINAL\"", try RunningCommand.memledger()] + Self.command,
            input: "", environment: ["TERMINAL": terminal.path])
        let outcome = try await command.outcome()
        #expect(outcome.status == 0 && outcome.error.isEmpty, "\(outcome)")
        let shown = terminal.shown().split(whereSeparator: \.isNewline)
        #expect(shown == ["key,summary", "tea,\"a\u{fffd}[31mred\u{fffd} line, \"\"x\"\" \u{fffd}y\""])
    }
}

/// A terminal without a person before it.
private final class Terminal {
    private let descriptor: Int32
    /// What a process opens to write to it.
    let path: String

    init() throws {
        var (own, other): (Int32, Int32) = (-1, -1)
        var name = [CChar](repeating: 0, count: 256)
        try #require(openpty(&own, &other, &name, nil, nil) == 0)
        close(other)
        descriptor = own
        path = String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit { close(descriptor) }

    /// What it was given, once no process has it open any more.
    func shown() -> String {
        var shown: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { break }
            shown += buffer.prefix(count)
        }
        return String(decoding: shown, as: UTF8.self)
    }
}
