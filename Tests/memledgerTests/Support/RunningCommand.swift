import FaultLaboratory
import Foundation
import Testing

/// A process in a workspace's folder.
final class RunningCommand: Sendable {
    private let child: TestChild
    /// Its folder stays as long as the process may use it.
    private let workspace: Workspace

    var id: pid_t { child.id }
    var hasEnded: Bool { child.hasEnded }

    /// The binary stands beside the test bundle.
    static func memledger() throws -> String {
        let bundles = CommandLine.arguments.prefix(1) + Bundle.allBundles.map(\.bundlePath)
        let found = bundles.map { URL(fileURLWithPath: $0).deletingLastPathComponent() }
            .map { $0.appendingPathComponent("memledger").path }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
        return try #require(found, "memledger is not built")
    }

    init(
        _ workspace: Workspace, _ executable: String, _ arguments: [String], in place: String? = nil, input: String,
        environment: [String: String]
    ) throws {
        self.workspace = workspace
        let folder = place.map { workspace.path($0) } ?? workspace.folder.path
        // The shell goes to the folder and becomes the command.
        child = try TestChild(
            "/bin/sh", ["-c", "umask 022 && cd \"$0\" && exec \"$@\"", folder, executable] + arguments,
            environment: environment,
            without: ["NO_COLOR"], input: input)
    }

    /// What it has printed so far.
    func output() throws -> String { try child.output() }

    /// Waits until it has printed so many lines; false if it hangs.
    func hasPrinted(lines: Int) async throws -> Bool {
        let deadline = ContinuousClock().now + TestChild.limit
        while ContinuousClock().now < deadline {
            if try output().count(where: \.isNewline) >= lines { return true }
            try await Task.sleep(for: .milliseconds(20))
        }
        return false
    }

    /// Opens a named pipe for writing as soon as the command reads it, and writes nothing. The caller closes it.
    func openPipe(_ path: String) async throws -> Int32 {
        let deadline = ContinuousClock().now + TestChild.limit
        while true {
            // It cannot be opened before it is read.
            let pipe = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
            if pipe >= 0 { return pipe }
            try #require(ContinuousClock().now < deadline && !child.hasEnded, "the command does not read \(path)")
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    func interrupt() { child.send(SIGINT) }

    /// Waits for its end, and kills it if it hangs.
    func outcome() async throws -> Outcome {
        let end = try await child.wait()
        return Outcome(status: end.status, output: end.output, error: end.error)
    }
}
