package import Foundation
import Synchronization

/// A child process with its output in files of its own folder, so that no pipe can fill up.
///
/// Not Foundation's `Process`: on Linux its `run` reads beyond the directory entries of /proc/self/fd, and now and then
/// beyond the heap, which ends all tests.
package final class TestChild: Sendable {
    /// How a process ended.
    package struct End: Sendable {
        /// The exit status; 128 and the signal's number if a signal ended it.
        package var status: Int32
        package var output: String
        package var error: String
        /// It had to be killed at `limit`.
        package var hung: Bool
    }

    package struct CannotStart: Error { package var executable: String, code: Int32 }

    /// A child that is not done by then hangs. No test's outcome depends on how fast a child is.
    package static let limit: Duration = .seconds(10 * 60)

    package let id: pid_t
    private let folder: ScratchFolder
    private let ended = Mutex<Int32?>(nil)

    /// - Parameters:
    ///   - environment: in place of this process's variables of these names.
    ///   - unset: variables of this process that the child does not get.
    ///   - input: what it finds on standard input.
    package init(
        _ executable: String, _ arguments: [String], environment: [String: String] = [:], without unset: [String] = [],
        input: String = ""
    ) throws {
        folder = try ScratchFolder()
        try folder.write("in", input)
        var variables = ProcessInfo.processInfo.environment
        for name in unset { variables[name] = nil }
        // Somebody's own ledger, keys and name are not for tests.
        for name in variables.keys where name.hasPrefix("MEMLEDGER_") { variables[name] = nil }
        variables.merge(environment) { $1 }
        var process: pid_t = 0
        let folder = folder
        let code = Self.withTexts([executable] + arguments) { arguments in
            Self.withTexts(variables.map { "\($0)=\($1)" }) { variables in
                Self.spawn(&process, executable, arguments, variables, folder)
            }
        }
        guard code == 0 else { throw CannotStart(executable: executable, code: code) }
        id = process
    }

    deinit { if ended.withLock({ $0 == nil }) { kill(id, SIGKILL); _ = waitpid(id, nil, 0) } }

    /// What it has printed so far.
    package func output() throws -> String { try folder.read("out") }

    /// The same of standard error.
    package func error() throws -> String { try folder.read("err") }

    package func send(_ signal: Int32) { kill(id, signal) }

    package var hasEnded: Bool {
        ended.withLock { ended in
            var status: Int32 = 0
            if ended == nil, waitpid(id, &status, WNOHANG) == id { ended = status }
            return ended != nil
        }
    }

    /// Waits for its end, and kills it at `limit`.
    package func wait() async throws -> End {
        let clock = ContinuousClock()
        let deadline = clock.now + Self.limit
        while !hasEnded, clock.now < deadline { try await Task.sleep(for: .milliseconds(2)) }
        return try end()
    }

    /// The same for code that cannot wait otherwise.
    func waitBlocking() throws -> End {
        let clock = ContinuousClock()
        let deadline = clock.now + Self.limit
        while !hasEnded, clock.now < deadline { usleep(2_000) }
        return try end()
    }

    private func end() throws -> End {
        let hung = !hasEnded
        if hung { kill(id, SIGKILL) }
        let status = ended.withLock { ended in
            if let ended { return ended }
            var status: Int32 = 0
            waitpid(id, &status, 0)
            ended = status
            return status
        }
        let signal = status & 0x7f
        return End(
            status: signal == 0 ? status >> 8 & 0xff : 128 + signal, output: try output(),
            error: try folder.read("err"), hung: hung)
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
        _ process: inout pid_t, _ executable: String,
        _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>,
        _ variables: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>, _ folder: ScratchFolder
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
        posix_spawn_file_actions_addopen(&actions, 0, folder.path("in"), O_RDONLY, 0)
        for (descriptor, name) in [(Int32(1), "out"), (2, "err")] {
            let path = folder.path(name)
            posix_spawn_file_actions_addopen(&actions, descriptor, path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        }
        // The threads that tests run on block signals, which a child would inherit.
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        return posix_spawn(&process, executable, &actions, &attributes, arguments, variables)
    }
}
