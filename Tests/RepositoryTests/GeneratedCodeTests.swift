import Foundation
import Testing

/// Goal: the generated Swift says what `Schemas/proto` says. Method: every message, every field with its number, and
/// every comment of the schemas is looked for in the generated files. (`Tools/test` compares the files as a whole,
/// with the compiler's plugin.)
@Suite struct GeneratedCodeTests {
    @Test(arguments: [
        ("memory_events", "MemoryLedger"), ("legacy_events", "MemoryLedger"), ("oversight_events", "MemoryLedger"),
        ("access_events", "MemoryLedger"),
        ("erasure_events", "EventLog"), ("ledger_events", "EventLog"), ("ledger_policy", "EventLog"),
    ])
    func messagesAndFieldsAreUpToDate(name: String, target: String) throws {
        let schema = try String(
            contentsOf: RepositoryRulesTests.root.appendingPathComponent("Schemas/proto/\(name).proto"), encoding: .utf8
        )
        let swift = try String(
            contentsOf: RepositoryRulesTests.root
                .appendingPathComponent("Sources/\(target)/Events/Generated/\(name).pb.swift"), encoding: .utf8)
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
        // As the generator has it: an id at the end is in upper case.
        return parts.dropFirst().reduce(String(parts.first ?? "")) { $0 + ($1 == "id" ? "ID" : $1.capitalized) }
    }
}
