import Foundation
import Testing

/// Goal: a module is known by its folder alone. Method: the example module's folder, types, events and tables are
/// looked for in every other tracked text file.
@Suite struct ExampleModuleTests {
    /// Besides the folder itself: who builds it, who tells of it, and this file.
    private static let allowed = [
        "Package.swift", "CHANGELOG.md", "README.md", "Sources/MemoryLedger/MemoryLedger.docc/WritingAModule.md",
        "Tests/RepositoryTests/ExampleModuleTests.swift", "Tests/RepositoryTests/ArticleTests.swift",
    ]
    private static let endings = [".swift", ".sql", ".proto", ".md", ".py", ".json", ".txt"]

    @Test func itsNameOccursNowhereElse() throws {
        let root = RepositoryRulesTests.root
        var looked = 0
        for folder in ["Sources", "Tests", "Tools", "Schemas", ".ci"] {
            let files = FileManager.default.enumerator(
                at: root.appendingPathComponent(folder), includingPropertiesForKeys: [.isRegularFileKey])
            while let file = files?.nextObject() as? URL {
                let name = String(file.path.dropFirst(root.path.count + 1))
                let isText = Self.endings.contains { name.hasSuffix($0) } || file.pathExtension.isEmpty
                guard isText, !name.hasPrefix("Tests/ExampleModule/"), !name.contains("/.build/"),
                    !Self.allowed.contains(name),
                    try file.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true,
                    let text = try? String(contentsOf: file, encoding: .utf8)
                else { continue }
                looked += 1
                #expect(!text.localizedCaseInsensitiveContains("reminder"), "\(name)")
                #expect(!text.contains("ExampleModule"), "\(name)")
            }
        }
        #expect(looked > 500)
    }
}
