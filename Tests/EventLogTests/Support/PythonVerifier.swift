import Foundation
import Testing

/// `Tools/verify_evidence.py`, run as a process that reads and writes files.
enum PythonVerifier {
    static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../../Tools/verify_evidence.py").standardizedFileURL.path

    /// False where there is no Python at all; tests that need it are skipped then.
    static let isThere = (try? run("command -v python3 >/dev/null", [])) == 0

    /// The verdicts of `--judge` on proofs, a line each.
    static func judge(_ lines: String, in folder: TestFolder) throws -> [Substring] {
        try Data(lines.utf8).write(to: URL(fileURLWithPath: folder.path("proofs.jsonl")))
        let status = try run(
            "exec python3 \"$0\" --judge <\"$1\" >\"$2\"",
            [script, folder.path("proofs.jsonl"), folder.path("verdicts")])
        try #require(status == 0, "\(script) --judge ended with \(status)")
        return try String(contentsOfFile: folder.path("verdicts"), encoding: .utf8).split(separator: "\n")
    }

    /// The exit status of a shell's command; `$0`, `$1` … are the arguments.
    private static func run(_ command: String, _ arguments: [String]) throws -> Int32 {
        var texts: [UnsafeMutablePointer<CChar>?] = (["/bin/sh", "-c", command] + arguments).map { strdup($0) }
        texts.append(nil)
        defer { for text in texts { free(text) } }
        var process: pid_t = 0
        let code = posix_spawn(&process, "/bin/sh", nil, nil, texts, environ)
        try #require(code == 0, "cannot start /bin/sh: \(code)")
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return status & 0x7f == 0 ? status >> 8 & 0xff : -1
    }
}
