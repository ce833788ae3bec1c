import Foundation

/// Load from a process of its own: wrk, from the system's packages.
struct Wrk {
    struct Figures {
        var requestsPerSecond: Double
        /// 99 of 100 answers came within this.
        var p99Milliseconds: Double
        /// Answers that were no success.
        var failures: Int
    }

    private static let path = "/usr/bin/wrk"

    /// - Parameter script: Lua that makes the requests; nil for GET.
    static func run(_ url: String, connections: Int, seconds: Int, script: String? = nil) throws -> Figures {
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw BenchmarkError("There is no \(path); install the package wrk.")
        }
        var arguments = ["-t1", "-c\(connections)", "-d\(seconds)s", "--latency", url]
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("wrk-\(UUID().uuidString).lua")
        defer { try? FileManager.default.removeItem(at: file) }
        if let script {
            try script.write(to: file, atomically: false, encoding: .utf8)
            arguments = ["-s", file.path] + arguments
        }
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.standardOutput = pipe
        try process.run()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard let rate = text.firstMatch(of: /Requests\/sec: +([0-9.]+)/).flatMap({ Double($0.1) }),
            let p99 = text.firstMatch(of: /99% +([0-9.]+)(us|ms|s)/)
        else { throw BenchmarkError("wrk says what is not understood: \(text)") }
        let factors: [Substring: Double] = ["us": 1e-3, "ms": 1, "s": 1e3]
        let p99Milliseconds = (Double(p99.1) ?? .nan) * (factors[p99.2] ?? 1)
        let failures = text.firstMatch(of: /Non-2xx or 3xx responses: ([0-9]+)/).flatMap { Int($0.1) } ?? 0
        return Figures(requestsPerSecond: rate, p99Milliseconds: p99Milliseconds, failures: failures)
    }
}
