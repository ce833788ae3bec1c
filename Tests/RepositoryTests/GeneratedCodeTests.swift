import Foundation
import Testing

/// Goal: the generated Swift says what `Schemas/proto` says. Method: every message and every field of the schemas, with
/// its number, is looked for in the generated files. (`Tools/generate_protobuf` makes them; the whole comparison needs
/// its compiler plugin and is done where that has been built.)
@Suite struct GeneratedCodeTests {
    private static let generated = RepositoryRulesTests.root
        .appendingPathComponent("Sources/MemoryLedger/Events/Generated")

    @Test(arguments: ["memory_events", "legacy_events"])
    func messagesAndFieldsAreUpToDate(name: String) throws {
        let schema = try String(
            contentsOf: RepositoryRulesTests.root.appendingPathComponent("Schemas/proto/\(name).proto"), encoding: .utf8
        )
        let swift = try String(
            contentsOf: Self.generated.appendingPathComponent("\(name).pb.swift"), encoding: .utf8)
        let messages = schema.matches(of: /(?m)^\s*message (\w+)/).map { String($0.1) }
        #expect(!messages.isEmpty)
        for message in messages { #expect(swift.contains("\(message): SwiftProtobuf.Message"), "\(message)") }
        let fields = schema.matches(of: /(?m)^\s*(?:optional |repeated )?\w+ (\w+) = (\d+);/)
        for field in fields {
            let isCase = swift.contains("case \(field.2): try")
            #expect(isCase && swift.contains(camelCase(String(field.1))), "\(field.1) = \(field.2)")
        }
        // Every comment of the schema is carried over, so a reworded field shows too.
        for comment in schema.matches(of: /(?m)^ +\/\/ (.+)$/) { #expect(swift.contains(comment.1), "\(comment.1)") }
    }

    private func camelCase(_ name: String) -> String {
        let parts = name.split(separator: "_")
        return parts.dropFirst().reduce(String(parts.first ?? "")) { $0 + $1.capitalized }
    }

    @Test func generatingAgainChangesNothing() throws {
        let scratch =
            ProcessInfo.processInfo.environment["PROTOC_GEN_SWIFT_SCRATCH"]
            ?? FileManager.default.temporaryDirectory.appendingPathComponent("memory-ledger-protoc-gen-swift").path
        guard FileManager.default.isExecutableFile(atPath: "\(scratch)/build/release/protoc-gen-swift") else { return }
        let output = FileManager.default.temporaryDirectory.appendingPathComponent("generated-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: output) }
        let process = Process()
        process.executableURL = RepositoryRulesTests.root.appendingPathComponent("Tools/generate_protobuf")
        process.arguments = [output.path]
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        for file in try FileManager.default.contentsOfDirectory(atPath: Self.generated.path) {
            let committed = try Data(contentsOf: Self.generated.appendingPathComponent(file))
            #expect(try Data(contentsOf: output.appendingPathComponent(file)) == committed, "\(file)")
        }
    }
}
