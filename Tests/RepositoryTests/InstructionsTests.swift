import Foundation
import Testing

/// Goal: `Tools/benchmark/instructions` refuses what takes more instructions than it may, and names what has grown.
/// Method: it compares two recorded outputs of callgrind, a few functions of each, with thresholds that are changed.
@Suite(.enabled(if: Script.canUse("python3"), "python3 is not installed"))
struct InstructionsTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        /// What becomes of the thresholds of what was recorded.
        let change: @Sendable (inout [String: Thresholds]) -> Void
        var status: Int32 = 0
        /// What is said after the table.
        var says: [String] = []
    }

    struct Thresholds: Codable {
        var instructions: Int
        var sha256_blocks: Double
        var alone: [String: Int]
        var with_calls: [String: Int]
    }

    private struct File: Codable {
        var versions: [String: String]
        var operations: [String: Thresholds]
    }

    private static let operation = "append-one"
    private static let asksToUpdate =
        "append-one takes less than its threshold: run Tools/benchmark/instructions --update."

    private static func changed(
        _ change: @escaping @Sendable (inout Thresholds) -> Void
    ) -> @Sendable (inout [String: Thresholds]) -> Void {
        { operations in
            guard var held = operations[operation] else { return }
            change(&held)
            operations[operation] = held
        }
    }

    private static func scaled(_ factor: Double) -> @Sendable (inout [String: Thresholds]) -> Void {
        changed { $0.instructions = Int(Double($0.instructions) * factor) }
    }

    private static let cases: [Case] = [
        Case(testDescription: "as it was recorded", change: { _ in }),
        Case(testDescription: "a little more", change: scaled(1 / 1.025)),
        Case(testDescription: "a little less", change: scaled(1 / 0.975)),
        Case(testDescription: "less", change: scaled(1 / 0.9), says: [asksToUpdate]),
        Case(
            testDescription: "more, of one function and of those that call it",
            change: changed {
                $0.instructions -= 1_000
                $0.alone["TreeWriter.writeTail(_:)"] = 20
                $0.with_calls["TreeWriter.writeTail(_:)"]? -= 300
                $0.with_calls["TreeWriter.flush()"]? -= 300
            },
            status: 1,
            says: [
                "append-one takes 34.2% more instructions than it may. What has grown most for its size:",
                "  with what they call:",
                "           +300 to         351  TreeWriter.writeTail(_:)",
                "           +300 to       7,951  TreeWriter.flush()",
                "  by themselves:",
                "            +67 to          87  TreeWriter.writeTail(_:)",
            ]),
        Case(
            testDescription: "more, of a function that is new",
            change: changed {
                $0.instructions -= 2_000
                $0.with_calls["OpenSSLDigestImpl.update(data:)"] = nil
                $0.alone["swift_release"]? -= 3
            },
            status: 1,
            says: [
                "append-one takes 103.8% more instructions than it may. What has grown most for its size:",
                "  with what they call:",
                "        +19,058 to      19,409  OpenSSLDigestImpl.update(data:)",
                "  by themselves:",
                "             +3 to       2,991  swift_release",
            ]),
        Case(
            testDescription: "more hashing",
            change: changed {
                $0.sha256_blocks -= 1
                $0.with_calls["static MerkleHash.node(_:_:)"]? -= 2_000
            },
            status: 1,
            says: [
                "append-one takes 1.00 more blocks of SHA-256 than it may. What has grown most for its size:",
                "  with what they call:",
                "         +2,000 to       2,549  static MerkleHash.node(_:_:)",
            ]),
        Case(testDescription: "less hashing", change: changed { $0.sha256_blocks += 1 }, says: [asksToUpdate]),
        Case(
            testDescription: "without a threshold", change: { $0[operation] = nil }, status: 1,
            says: ["append-one has no threshold: run Tools/benchmark/instructions --update."]),
        Case(
            testDescription: "not counted any more", change: { $0["gone"] = $0[operation] }, status: 1,
            says: ["gone: not counted; if it is to go, run Tools/benchmark/instructions --update."]),
    ]

    @Test(arguments: cases)
    func thresholdsAreHeld(of wanted: Case) throws {
        try Self.inFolder { folder in
            let path = folder.appendingPathComponent("thresholds.json")
            let made = try Self.run(["--counted", Self.recorded, "--thresholds", path.path, "--update"])
            #expect(made.status == 0, "\(made.output)")
            var file = try JSONDecoder().decode(File.self, from: Data(contentsOf: path))
            #expect(file.operations.keys.sorted() == [Self.operation])
            wanted.change(&file.operations)
            try JSONEncoder().encode(file).write(to: path)
            let run = try Self.run(["--counted", Self.recorded, "--thresholds", path.path])
            #expect(run.status == wanted.status)
            let lines = run.output.split(separator: "\n").map(String.init)
            #expect(lines.count >= 2 && lines[1].contains("3,927") && lines[1].contains("14.53"))
            #expect(Array(lines.dropFirst(2)) == wanted.says)
        }
    }

    /// Before anything is built.
    @Test func otherVersionsAreSkipped() throws {
        try Self.inFolder { folder in
            let path = folder.appendingPathComponent("thresholds.json")
            let file = File(versions: ["swift": "5.0", "machine": "vax", "sqlite": "3.0"], operations: [:])
            try JSONEncoder().encode(file).write(to: path)
            let run = try Self.run(["--thresholds", path.path])
            #expect(run.status == 0 && run.output.hasPrefix("Skipped: "))
            // If there is no valgrind, that is what is said.
            #expect(run.output.contains("swift 5.0") || run.output.contains("valgrind is not installed"))
        }
    }

    /// Every operation that is counted has a threshold, and the other way round.
    @Test func everyOperationHasAThreshold() throws {
        let root = RepositoryRulesTests.root
        let data = try Data(contentsOf: root.appendingPathComponent("Tools/benchmark/instructions.json"))
        let held = try JSONDecoder().decode(File.self, from: data).operations.keys
        let folder = root.appendingPathComponent("Tools/benchmark/Sources/instructions")
        var named: Set<String> = []
        for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil) {
            let text = try String(contentsOf: file, encoding: .utf8)
            named.formUnion(text.matches(of: /Operation\(name: "([^"]+)"\)/).map { String($0.1) })
        }
        // What a block of SHA-256 takes is the measure for the others.
        #expect(named.remove("sha256-block") != nil)
        #expect(named.count >= 15 && named == Set(held))
    }

    private static let recorded = RepositoryRulesTests.root
        .appendingPathComponent("Tests/RepositoryTests/Fixtures/instructions").path

    private static func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
        try Script.run("Tools/benchmark/instructions", arguments, in: RepositoryRulesTests.root)
    }

    private static func inFolder(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder)
    }
}
