import Foundation
import MemoryLedger

/// `Tools/verify_evidence.py`: what a stranger has.
enum PythonVerifier {
    static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../../Tools/verify_evidence.py").standardizedFileURL.path

    /// False where there is no Python at all; tests that need it are skipped then.
    static let isThere = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        .contains { FileManager.default.isExecutableFile(atPath: "\($0)/python3") }

    /// Python verifies signatures only with this package.
    static let hasCryptography: Bool = {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", "import cryptography"]
        process.standardError = FileHandle.nullDevice
        guard isThere, (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()
}

extension Workspace {
    /// Verifies files of this folder.
    func python(_ arguments: [String]) async throws -> Outcome {
        try await RunningCommand(
            self, "python3", [PythonVerifier.script] + arguments, input: "", environment: [:]
        ).outcome()
    }
}
