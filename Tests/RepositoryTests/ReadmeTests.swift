import EventLog
import Foundation
import MemoryLedger
import Testing

/// Goal: what the README tells a reader to paste works. Method: its Swift example must be this file's, which is
/// compiled and run; its commands are run by the command's own tests.
@Suite struct ReadmeTests {
    @Test func theExampleIsTheOneThatCompiles() throws {
        let readme = try String(
            contentsOf: RepositoryRulesTests.root.appendingPathComponent("README.md"), encoding: .utf8)
        let own = try String(contentsOf: URL(fileURLWithPath: #filePath), encoding: .utf8)
        let example = try #require(own.firstMatch(of: /(?s)example begins\n(.*?)\n +\/\/ example ends/)).1
            .split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.hasPrefix("        ") ? String($0.dropFirst(8)) : String($0) }
            .joined(separator: "\n")
        #expect(readme.contains(example))
    }

    @Test func theExampleRuns() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("memory-ledger.sqlite").path
        let summary = try await remember(in: path)
        #expect(summary == "Likes green tea, no sugar")
    }

    private func remember(in path: String) async throws -> String? {
        // example begins
        let ledger = try await MemoryLedger.open(at: path)
        let tea = MemoryKey(namespace: "mem", key: "tea")
        try await ledger.add(tea, MemoryContent(summary: "Likes green tea", text: "Said so on Monday."))
        try await ledger.update(tea, MemoryChange(summary: "Likes green tea, no sugar"))
        let memory = try await ledger.get(tea)
        for try await event in ledger.log.events() { print(event.position, event.type, event.stream) }
        await ledger.close()
        // example ends
        return memory?.content.summary
    }
}
