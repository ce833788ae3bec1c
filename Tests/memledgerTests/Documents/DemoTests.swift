import Foundation
import Testing

/// Goal: the demo tells its story, and fails if a step does not show what it promises. Method: it is run with the
/// command that was built with the tests, briefly and in full.
@Suite(.enabled(if: DemoNeeds.areThere, "sqlite3, python3 with cryptography or dot is not installed"))
struct DemoTests {
    private static func run(_ arguments: String...) async throws -> Outcome {
        let demo = DocumentRun.root.appendingPathComponent("Tools/demo").path
        return try await RunningCommand(
            Workspace(), demo, arguments + ["--program", try RunningCommand.memledger()], input: "",
            environment: ["LC_ALL": "C.UTF-8"]
        ).outcome()
    }

    @Test func theStoryIsShort() async throws {
        let outcome = try await Self.run()
        #expect(outcome.status == 0, "\(outcome.output.suffix(2_000)) \(outcome.error)")
        let lines = outcome.output.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count > 80 && lines.count < 135, "\(lines.count) lines")
        // A sentence stands before each command.
        for (index, line) in lines.enumerated() where line.hasPrefix("$ ") {
            let sentence = lines[max(0, index - 1)]
            #expect(sentence.first?.isUppercase == true || sentence.hasPrefix("…"), "\(line)")
        }
        #expect(outcome.output.contains("evidence verified") && outcome.output.contains("evidence WRONG"))
        #expect(!outcome.output.contains("digest."))
    }

    @Test func theRestIsThere() async throws {
        let outcome = try await Self.run("--all")
        #expect(outcome.status == 0, "\(outcome.output.suffix(2_000)) \(outcome.error)")
        for shown in ["The SVG is well formed", "is in conflict", "Evicted", "evidence WRONG"] {
            #expect(outcome.output.contains(shown), "\(shown)")
        }
    }

    @Test func whatItDoesNotKnowIsRefused() async throws {
        let outcome = try await Self.run("--everything")
        #expect(outcome.status == 64 && outcome.error.hasPrefix("usage: Tools/demo"), "\(outcome)")
    }
}

private enum DemoNeeds {
    static let areThere: Bool = {
        let installed = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        let programs = ["bash", "sqlite3", "python3", "dot"]
        return PythonVerifier.hasCryptography
            && programs.allSatisfy { program in
                installed.contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(program)") }
            }
    }()
}
