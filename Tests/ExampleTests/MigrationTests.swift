import Foundation
import MemoryLedger
import MemoryLedgerTesting
import Testing

/// What becomes of a real database: its migration is replayed and compared with what was recorded once.
@Suite struct MigrationTests {
    let database = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Fixtures/agent.sqlite").path

    @Test func theMigrationStaysAsItWasRecorded() async throws {
        let replay = try await ReplayedMigration(of: database)
        #expect(replay.report.quarantined == 1)
        #expect(replay.report.verified.equal == replay.report.verified.compared)
        try await replay.expectUnchanged(from: "Goldens/agent.json")
    }

    @Test func theLedgerCanBeUsedAfterwards() async throws {
        let ledger = try await ReplayedMigration(of: database).ledger
        try await ledger.rename(MemoryKey(key: "tea"), to: "green-tea")
        let habit = try #require(try await ledger.get(MemoryKey(key: "habit")))
        #expect(habit.content.links.first?.key == "green-tea")
    }
}
