import Foundation
import Testing

/// Goal: what an article tells a reader to copy compiles and passes. Method: each of its Swift blocks must stand in a
/// file that is built with the tests, line for line.
@Suite struct ArticleTests {
    struct Article: Sendable, CustomTestStringConvertible {
        var path: String
        /// Where its blocks stand.
        var folders: [String]
        var fewestBlocks: Int

        var testDescription: String { path }
    }

    private static let articles = [
        Article(
            path: "MemoryLedgerTesting/MemoryLedgerTesting.docc/TestingWhatAnAgentRemembers.md",
            folders: ["Tests/ExampleTests"], fewestBlocks: 8),
        Article(
            path: "EventLogTesting/EventLogTesting.docc/WritingABackend.md",
            folders: ["Tests/ExampleTests", "Sources/EventLogTesting/InMemory"], fewestBlocks: 8),
        Article(
            path: "MemoryLedger/MemoryLedger.docc/WritingAModule.md", folders: ["Tests/ExampleModule"],
            fewestBlocks: 10),
    ]

    @Test(arguments: articles) func everyBlockIsCompiled(article: Article) throws {
        let path = RepositoryRulesTests.root.appendingPathComponent("Sources/\(article.path)")
        let text = try String(contentsOf: path, encoding: .utf8)
        let sources = try RepositoryRulesTests.sources(article.folders).map { $0.1.joined(separator: "\n") }
        let blocks = text.matches(of: /(?s)```swift\n(.*?)```/).map { String($0.1) }
        #expect(blocks.count >= article.fewestBlocks)
        for block in blocks {
            #expect(sources.contains { $0.contains(block) }, "\(block)")
        }
    }
}
