import EventLog
import Foundation

/// Another program, run as a process of its own, which says what went wrong in a file.
///
/// Not Foundation's `Process`: on Linux its `run` reads beyond the directory entries of /proc/self/fd, and now and then
/// beyond the heap, which ends this process.
struct SpawnedProgram {
    /// How it ended.
    enum End {
        case exited(Int32)
        case killed(signal: Int32)
    }

    private let id: pid_t
    private var end: End?

    /// - Parameter errors: the file that its standard error is written to; it reads and prints nothing.
    /// - Throws: `CommandError`.
    init(_ program: String, _ arguments: [String], errors: String) throws {
        let environment = ProcessInfo.processInfo.environment.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }
        var process: pid_t = 0
        let code = Self.withTexts([program] + arguments) { arguments in
            Self.withTexts(environment) { Self.spawn(&process, program, arguments, $0, errors) }
        }
        guard code == 0 else {
            throw CommandError("\(program) cannot be run: \(String(cString: strerror(code))); install it again.")
        }
        id = process
    }

    /// Nil: it is still running.
    mutating func ended() -> End? {
        var status: Int32 = 0
        if end == nil, waitpid(id, &status, WNOHANG) == id { end = Self.end(status) }
        return end
    }

    /// Kills it, and waits for its end.
    mutating func kill() {
        guard end == nil else { return }
        _ = Foundation.kill(id, SIGKILL)
        var status: Int32 = 0
        while waitpid(id, &status, 0) < 0, errno == EINTR {}
        end = Self.end(status)
    }

    private static func end(_ status: Int32) -> End {
        let signal = status & 0x7f
        return signal == 0 ? .exited(status >> 8 & 0xff) : .killed(signal: signal)
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
        _ process: inout pid_t, _ program: String, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>,
        _ variables: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>, _ errors: String
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
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        // Signals that are blocked or ignored here would be there, too.
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var (none, all) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        return posix_spawn(&process, program, &actions, &attributes, arguments, variables)
    }
}
