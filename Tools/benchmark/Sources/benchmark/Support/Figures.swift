import Foundation

/// Puts results into the documents.
enum Figures {
    /// It keeps them, and knows the documents.
    private static let script = URL(filePath: #filePath)
        .deletingLastPathComponent().appending(path: "../../../figures").standardizedFileURL

    /// - Throws: `BenchmarkError` if the script refuses them; it has said why.
    static func show(_ results: [CellResult], _ bench: Bench) throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "figures-\(UUID()).json")
        try Report.json(results, bench).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let process = try Process.run(script, arguments: ["--add", file.path, "--write"])
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw BenchmarkError("The documents stay as they were.") }
    }
}
