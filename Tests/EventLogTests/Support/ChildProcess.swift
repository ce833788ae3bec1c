import Foundation
import Testing

/// A running `eventlog-testbench`, killed when the test lets go of it.
final class ChildProcess {
    let id: pid_t
    private var status: Int32?

    /// The binary stands beside the test bundle.
    private static let executable: String? = {
        let bundles = [CommandLine.arguments[0], Bundle.main.executablePath, Bundle.module.bundlePath]
        let folders = bundles.compactMap { $0.map { URL(filePath: $0).deletingLastPathComponent() } }
        return folders.map { $0.appendingPathComponent("eventlog-testbench").path }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }()

    init(_ arguments: [String]) throws {
        let path = try #require(Self.executable, "eventlog-testbench is not built")
        let words = [path] + arguments
        var texts: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        texts.append(nil)
        defer { for text in texts { free(text) } }
        var made: pid_t = 0
        let code = posix_spawn(&made, path, nil, nil, texts, environ)
        try #require(code == 0, "cannot start \(path): \(code)")
        id = made
    }

    deinit {
        guard status == nil else { return }
        kill(id, SIGKILL)
        waitpid(id, nil, 0)
    }

    /// Ends it at once, wherever it is.
    func killNow() {
        guard status == nil else { return }
        kill(id, SIGKILL)
        var found: Int32 = 0
        waitpid(id, &found, 0)
        status = found
    }

    /// True when it has ended; then `exitCode` tells how.
    var hasEnded: Bool {
        if status != nil { return true }
        var found: Int32 = 0
        if waitpid(id, &found, WNOHANG) == id { status = found }
        return status != nil
    }

    /// Waits for its end. Nil where a signal ended it, or where it hangs: no test depends on how fast a process is.
    func exitCode(within seconds: Double = 600) async throws -> Int32? {
        guard try await eventually(within: seconds, { hasEnded }), let status, status & 0x7f == 0 else { return nil }
        return status >> 8 & 0xff
    }
}

/// The whole lines of a report file.
func reportLines(_ path: String) -> [Substring] {
    guard let data = FileManager.default.contents(atPath: path) else { return [] }
    let text = String(decoding: data, as: UTF8.self)
    guard let end = text.lastIndex(of: "\n") else { return [] }
    return text[..<end].split(separator: "\n")
}
