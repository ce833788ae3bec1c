import Foundation
import Testing

/// A process with its output in files, so that no pipe can fill up.
///
/// Not Foundation's `Process`: on Linux its `run` reads beyond the directory entries of /proc/self/fd, and now and then
/// beyond the heap, which ends all tests.
final class RunningCommand: Sendable {
    let id: pid_t
    private let workspace: Workspace
    private let files: String

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
        let files = "run-\(UUID().uuidString)"
        self.files = files
        try workspace.write(files + ".in", input)
        var variables = ProcessInfo.processInfo.environment
        for name in [
            "MEMLEDGER_FILE", "MEMLEDGER_ACTOR", "MEMLEDGER_MASTER_KEY", "MEMLEDGER_MASTER_KEY_FILE", "NO_COLOR",
        ] {
            variables[name] = nil
        }
        variables.merge(environment) { $1 }
        var process: pid_t = 0
        let folder = place.map { workspace.path($0) } ?? workspace.folder.path
        // The shell goes to the folder and becomes the command.
        let words = ["/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", folder, executable] + arguments
        let code = Self.withTexts(words) { arguments in
            Self.withTexts(variables.map { "\($0)=\($1)" }) { variables in
                Self.spawn(&process, arguments, variables, workspace, files)
            }
        }
        try #require(code == 0, "cannot start \(executable): \(code)")
        id = process
    }

    private static func withTexts(
        _ texts: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Int32
    ) -> Int32 {
        var copies: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) }
        copies.append(nil)
        defer { for copy in copies { free(copy) } }
        return copies.withUnsafeMutableBufferPointer { buffer in buffer.baseAddress.map(body) ?? EINVAL }
    }

    private static func spawn(
        _ process: inout pid_t, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>,
        _ variables: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>, _ workspace: Workspace, _ files: String
    ) -> Int32 {
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
        #else
            var actions = posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, workspace.path(files + ".in"), O_RDONLY, 0)
        for (descriptor, name) in [(Int32(1), ".out"), (2, ".err")] {
            let path = workspace.path(files + name)
            posix_spawn_file_actions_addopen(&actions, descriptor, path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        }
        // The threads that tests run on block signals, which a child would inherit.
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        return posix_spawn(&process, "/bin/sh", &actions, &attributes, arguments, variables)
    }

    /// What it has printed so far.
    func output() throws -> String { try workspace.read(files + ".out") }

    /// A process that takes longer hangs: no test depends on how fast one is.
    private static let limit = Duration.seconds(600)

    /// Waits until it has printed so many lines; false if it hangs.
    func hasPrinted(lines: Int) async throws -> Bool {
        let deadline = ContinuousClock().now + Self.limit
        while ContinuousClock().now < deadline {
            if try output().count(where: \.isNewline) >= lines { return true }
            try await Task.sleep(for: .milliseconds(20))
        }
        return false
    }

    func interrupt() { kill(id, SIGINT) }

    /// Waits for its end, and kills it if it hangs.
    func outcome() async throws -> Outcome {
        var status: Int32 = 0
        let deadline = ContinuousClock().now + Self.limit
        while waitpid(id, &status, WNOHANG) == 0 {
            if ContinuousClock().now > deadline { kill(id, SIGKILL) }
            try await Task.sleep(for: .milliseconds(5))
        }
        let signal = status & 0x7f
        return Outcome(
            status: signal == 0 ? status >> 8 & 0xff : 128 + signal, output: try output(),
            error: try workspace.read(files + ".err"))
    }
}
