import Foundation
import Testing

/// Goal: what the article tells a reader to copy compiles and passes. Method: each of its Swift blocks must stand in a
/// file of the example target, line for line.
@Suite struct ArticleTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../..").standardizedFileURL

    @Test func everyBlockIsTheExamples() throws {
        let catalogue = Self.root.appendingPathComponent("Sources/MemoryLedgerTesting/MemoryLedgerTesting.docc")
        let article = try String(
            contentsOf: catalogue.appendingPathComponent("TestingWhatAnAgentRemembers.md"), encoding: .utf8)
        let folder = Self.root.appendingPathComponent("Tests/ExampleTests")
        let examples = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { $0.hasSuffix(".swift") }
            .map { try String(contentsOf: folder.appendingPathComponent($0), encoding: .utf8) }
        let blocks = article.matches(of: /(?s)```swift\n(.*?)```/).map { String($0.1) }
        #expect(blocks.count >= 8)
        for block in blocks {
            #expect(examples.contains { $0.contains(block) }, "\(block)")
        }
    }
}
