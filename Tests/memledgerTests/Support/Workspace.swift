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
    @discardableResult
    func run(
        _ arguments: [String], input: String = "", environment: [String: String] = [:]
    ) async throws -> Outcome {
        try await start(arguments, input: input, environment: environment).outcome()
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
        _ arguments: [String], input: String = "", environment: [String: String] = [:]
    ) throws -> RunningCommand {
        try RunningCommand(self, arguments, input: input, environment: environment)
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

/// A `memledger` process with its output in files, so that no pipe can fill up.
final class RunningCommand: Sendable {
    let process: Process
    private let workspace: Workspace
    private let files: String
    private let ended: AsyncStream<Void>

    /// The binary stands beside the test bundle.
    static let executable: URL? = {
        let bundles = CommandLine.arguments.prefix(1) + Bundle.allBundles.map(\.bundlePath)
        return bundles.map { URL(fileURLWithPath: $0).deletingLastPathComponent() }
            .map { $0.appendingPathComponent("memledger") }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }
    }()

    init(_ workspace: Workspace, _ arguments: [String], input: String, environment: [String: String]) throws {
        self.workspace = workspace
        files = "run-\(UUID().uuidString)"
        let process = Process()
        self.process = process
        let executable: URL = try #require(Self.executable, "memledger is not built")
        process.executableURL = executable
        process.arguments = arguments
        process.currentDirectoryURL = workspace.folder
        var all = ProcessInfo.processInfo.environment
        for name in ["MEMLEDGER_FILE", "NO_COLOR"] { all[name] = nil }
        process.environment = all.merging(environment) { $1 }
        try workspace.write(files + ".in", input)
        process.standardInput = FileHandle(forReadingAtPath: workspace.path(files + ".in"))
        process.standardOutput = try Self.file(workspace.path(files + ".out"))
        process.standardError = try Self.file(workspace.path(files + ".err"))
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        ended = stream
        process.terminationHandler = { _ in continuation.finish() }
        try process.run()
    }

    private static func file(_ path: String) throws -> FileHandle {
        #expect(FileManager.default.createFile(atPath: path, contents: nil))
        return try #require(FileHandle(forWritingAtPath: path))
    }

    /// What it has printed so far.
    func output() throws -> String { try workspace.read(files + ".out") }

    /// Waits until it has printed so many lines; false where that takes too long.
    func hasPrinted(lines: Int) async throws -> Bool {
        for _ in 0..<1_000 {
            if try output().count(where: \.isNewline) >= lines { return true }
            try await Task.sleep(for: .milliseconds(20))
        }
        return false
    }

    func interrupt() { process.interrupt() }

    func outcome() async throws -> Outcome {
        for await _ in ended {}
        let status = process.terminationStatus
        return Outcome(
            status: process.terminationReason == .uncaughtSignal ? 128 + status : status, output: try output(),
            error: try workspace.read(files + ".err"))
    }
}
