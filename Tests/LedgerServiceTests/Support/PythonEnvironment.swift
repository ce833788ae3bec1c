import Foundation
import Testing

/// A Python with packages of PyPI, which `Tools/python_venv` makes once.
struct PythonEnvironment {
    let python: String

    init(_ name: String, _ packages: [String]) throws {
        let root = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../..").standardizedFileURL
        let tool = root.appendingPathComponent("Tools/python_venv").path
        let (status, output) = try Self.run(tool, [name] + packages, input: [])
        try #require(status == 0, "Tools/python_venv failed; see what it has written to standard error")
        python = output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// What a script writes to standard output.
    func run(_ script: String, input: [UInt8]) throws -> String {
        let (status, output) = try Self.run(python, ["-c", script], input: input)
        try #require(status == 0, "\(output)")
        return output
    }

    private static func run(_ path: String, _ arguments: [String], input: [UInt8]) throws -> (Int32, String) {
        let folder = FileManager.default.temporaryDirectory
        let (given, written) = (
            folder.appendingPathComponent(UUID().uuidString), folder.appendingPathComponent(UUID().uuidString)
        )
        try Data(input).write(to: given)
        try Data().write(to: written)
        defer {
            try? FileManager.default.removeItem(at: given)
            try? FileManager.default.removeItem(at: written)
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.standardInput = try FileHandle(forReadingFrom: given)
        process.standardOutput = try FileHandle(forWritingTo: written)
        try process.run()
        process.waitUntilExit()
        return (process.terminationStatus, try String(contentsOf: written, encoding: .utf8))
    }
}
