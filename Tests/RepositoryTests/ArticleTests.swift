import Foundation
import Testing

/// Goal: what a document tells a reader to copy compiles and passes. Method: each Swift block of the README and the
/// articles must stand in a file that is built with the tests, line for line but for its indentation.
@Suite struct ArticleTests {
    /// Where blocks are compiled, with no more access than a reader has.
    private static let folders = [
        "Tests/QuickStart", "Tests/ExampleTests", "Tests/ExampleModule", "Sources/EventLogTesting/InMemory",
    ]

    /// A manifest is no code of a target; ReadmeTests reads it.
    private static func swift(_ document: Document) -> [String] {
        document.blocks("swift").filter { !$0.hasPrefix("// swift-tools-version") }
    }

    private static func documents() throws -> [Document] {
        try Document.all().filter { !swift($0).isEmpty }
    }

    private static func flat(_ text: String) -> String {
        "\n" + text.split(separator: "\n").map { $0.drop { $0 == " " } + "\n" }.joined()
    }

    @Test func everyBlockIsCompiled() throws {
        let sources = try RepositoryRulesTests.sources(Self.folders).map { Self.flat($0.1.joined(separator: "\n")) }
        var blocks = 0
        for document in try Self.documents() {
            for block in Self.swift(document) {
                blocks += 1
                #expect(sources.contains { $0.contains(Self.flat(block)) }, "\(document.path):\n\(block)")
            }
        }
        #expect(blocks > 35)
    }

    /// What an article is about is shown, not told.
    @Test(arguments: [
        ("Sources/MemoryLedgerTesting/MemoryLedgerTesting.docc/TestingWhatAnAgentRemembers.md", 8),
        ("Sources/EventLogTesting/EventLogTesting.docc/WritingABackend.md", 8),
        ("Sources/MemoryLedger/MemoryLedger.docc/WritingAModule.md", 10),
        ("Sources/MemoryLedger/MemoryLedger.docc/GettingStarted.md", 1), ("README.md", 1),
    ])
    func articlesShowCode(path: String, fewest: Int) throws {
        #expect(Self.swift(try Document(path)).count >= fewest)
    }

    @Test func fencesAreRead() {
        let document = Document(path: "A.md", text: "# A b\n```swift\nlet a = 1\n```\n```sh\nno\n```\n## C, d\nx\n")
        #expect(document.blocks("swift") == ["let a = 1\n"] && document.blocks("sh") == ["no\n"])
        #expect(document.prose.map(\.line) == ["# A b", "## C, d", "x", ""])
        #expect(document.anchors == ["a-b", "c-d"] && document.catalogue == nil && document.name == "A")
        let article = Document(path: "Sources/Cups/Cups.docc/Page.md", text: "")
        #expect(article.catalogue == "Sources/Cups/Cups.docc" && article.name == "Page")
    }
}
