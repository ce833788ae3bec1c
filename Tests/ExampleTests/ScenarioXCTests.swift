import MemoryLedger
import MemoryLedgerTesting
import XCTest

/// The same in XCTest: an expectation that does not hold is thrown, and fails the test.
final class ScenarioXCTests: XCTestCase {
    func testADeletedMemoryIsGone() async throws {
        let tea = MemoryKey(key: "tea")
        try await Scenario()
            .given(.memoryAdded(tea, MemoryContent(summary: "Likes tea")))
            .when { ledger in try await ledger.delete(tea) }
            .thenEvents(.memoryDeleted(tea))
            .thenNoMemory(tea)
    }

    func testAFailureShowsTheDifference() async throws {
        let tea = MemoryKey(key: "tea")
        let outcome = try await Scenario().when { ledger in try await ledger.add(tea, MemoryContent(summary: "Tea")) }
        do {
            try await outcome.thenMemory(tea, MemoryContent(summary: "Coffee"))
            XCTFail("The summary is another.")
        } catch let failure as ExpectationFailure {
            XCTAssertTrue(failure.difference.contains(#"- summary: "Coffee""#), failure.description)
            XCTAssertTrue(failure.difference.contains(#"+ summary: "Tea""#), failure.description)
        }
    }
}
