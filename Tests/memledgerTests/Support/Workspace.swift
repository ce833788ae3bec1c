import Foundation
import MemoryLedger
import Testing

/// A folder of one test's own in which it runs the command as a process.
final class Workspace: Sendable {
    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("memledger-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

    func read(_ name: String) throws -> String { try String(contentsOfFile: path(name), encoding: .utf8) }

    func write(_ name: String, _ text: String) throws {
        try text.write(toFile: path(name), atomically: false, encoding: .utf8)
    }

    /// Runs `memledger` and waits for its end.
    ///
    /// - Parameter place: a folder in this one; nil for this one.
    @discardableResult
    func run(
        _ arguments: [String], in place: String? = nil, input: String = "", environment: [String: String] = [:]
    ) async throws -> Outcome {
        try await start(arguments, in: place, input: input, environment: environment).outcome()
    }

    /// Runs `memledger`, which must succeed and say nothing on standard error.
    @discardableResult
    func succeed(_ arguments: String..., input: String = "") async throws -> Outcome {
        let outcome = try await run(arguments, input: input)
        #expect(outcome.status == 0 && outcome.error.isEmpty, "\(arguments): \(outcome.error)")
        return outcome
    }

    /// Runs `memledger --json`, which must succeed, and reads its document.
    func json(_ arguments: String..., input: String = "") async throws -> JSONValue {
        let outcome = try await run(arguments + ["--json"], input: input)
        #expect(outcome.status == 0 && outcome.error.isEmpty, "\(arguments): \(outcome.error)")
        return try outcome.json()
    }

    func start(
        _ arguments: [String], in place: String? = nil, input: String = "", environment: [String: String] = [:]
    ) throws -> RunningCommand {
        try RunningCommand(
            self, RunningCommand.memledger(), arguments, in: place, input: input, environment: environment)
    }
}

/// What a process left.
struct Outcome {
    /// The exit status; 128 and the signal's number where a signal ended it.
    var status: Int32
    var output: String
    var error: String

    func json() throws -> JSONValue { try JSONValue(parsing: output) }

    /// One line on standard error that begins as it must, and nothing on standard output.
    func isFailure(_ status: Int32, saying text: String) -> Bool {
        self.status == status && output.isEmpty && error.hasPrefix("memledger: ") && error.hasSuffix("\n")
            && error.count(where: \.isNewline) == 1 && error.contains(text)
    }
}
