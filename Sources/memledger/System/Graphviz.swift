import Foundation
import LedgerStorage

/// Draws graphs by the program `dot` of Graphviz, as a process that is ended if it takes too long.
enum Graphviz {
    static let program = "dot"
    /// How long a drawing may take.
    static let maximumSeconds = 60
    /// The most bytes that a drawing may have.
    static let maximumBytes = 64 << 20
    /// Of what the program says of a failure.
    private static let maximumReason = 500
    private static let pollMilliseconds = 10

    /// A graph as SVG.
    ///
    /// - Parameter graph: in the language of Graphviz.
    /// - Throws: `CommandError` if the program is not there, fails or takes too long.
    static func svg(of graph: String) async throws -> [UInt8] {
        guard let program = path() else {
            throw CommandError(
                "Drawing needs the program \(program), which is not there: install Graphviz (apt-get install graphviz, "
                    + "brew install graphviz), or use --format dot.")
        }
        // The graph shows what memories hold, so it stands where only its owner looks.
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let (input, output, reason) = (folder.path + "/graph.dot", folder.path + "/graph.svg", folder.path + "/reason")
        try write(Array(graph.utf8), to: input)
        var process = try SpawnedProgram(program, ["-Tsvg", "-o", output, input], errors: reason)
        let end = try await end(of: &process)
        guard case .exited(0) = end else {
            let said = (try? read(reason, atMost: maximumReason)) ?? []
            // Not what steers a terminal.
            let words = String(decoding: said.map { $0 < 0x20 ? UInt8(ascii: " ") : $0 }, as: UTF8.self)
            let status =
                switch end {
                case .exited(let status): status
                case .killed(let signal): signal
                }
            throw CommandError(
                "\(program) failed with status \(status): \(words). Use --format dot to see what it was given.")
        }
        let drawing = try read(output, atMost: maximumBytes + 1)
        guard drawing.count <= maximumBytes else {
            throw CommandError(
                "The drawing is larger than \(maximumBytes) bytes; ask for less by --limit or --depth.")
        }
        return drawing
    }

    /// Waits for a process, and kills it if its time is over or if nothing waits for it any more.
    private static func end(of process: inout SpawnedProgram) async throws -> SpawnedProgram.End {
        let begun = ContinuousClock.now
        while true {
            if let end = process.ended() { return end }
            let isLate = begun.duration(to: .now) > .seconds(maximumSeconds)
            guard isLate || Task.isCancelled else {
                try? await Task.sleep(for: .milliseconds(pollMilliseconds))
                continue
            }
            process.kill()
            try Task.checkCancellation()
            throw CommandError(
                "\(program) has not drawn the graph in \(maximumSeconds) s; ask for less by --limit or --depth, or use "
                    + "--format dot.")
        }
    }

    private static func path() -> String? {
        let folders = (System.environment("PATH") ?? "").split(separator: ":").map(String.init)
        return folders.map { "\($0)/\(program)" }.first {
            $0.hasPrefix("/") && FileManager.default.isExecutableFile(atPath: $0)
        }
    }

    private static func write(_ bytes: [UInt8], to path: String) throws {
        guard FileManager.default.createFile(atPath: path, contents: Data(bytes)) else {
            throw CommandError("Cannot write \(path); check TMPDIR.")
        }
    }

    private static func read(_ path: String, atMost count: Int) throws -> [UInt8] {
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw CommandError("\(program) has written nothing; install Graphviz again.")
        }
        defer { try? file.close() }
        return [UInt8](try file.read(upToCount: count) ?? Data())
    }
}
