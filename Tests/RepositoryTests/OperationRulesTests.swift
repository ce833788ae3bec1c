import Foundation
import Testing

/// Goal: the command decides nothing of a document. Method: its sources make no JSON object.
@Suite struct OperationRulesTests {
    @Test func theCommandMakesNoDocuments() throws {
        let files = try RepositoryRulesTests.sources(["Sources/memledger"])
        #expect(files.count > 50)
        for (name, lines) in files {
            for (index, line) in lines.enumerated()
            where line.contains("JSONObject(") || line.contains("JSONValue = [") || line.contains("global.show([") {
                Issue.record("\(name):\(index + 1) makes a document, which belongs to an operation")
            }
        }
    }
}
