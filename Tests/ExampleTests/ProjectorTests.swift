import EventLog
import MemoryLedger
import MemoryLedgerTesting
import Testing

/// What a projector makes of events: given these, then those rows, however often and in whichever order they come.
@Suite struct ProjectorTests {
    let tea = MemoryKey(key: "tea")
    let coffee = MemoryKey(key: "coffee")

    @Test func eachActorsChangesAreCounted() async throws {
        try await Scenario(projectors: [ActorTally()])
            .given(
                .memoryAdded(tea, MemoryContent()).by("ann"),
                .memoryUpdated(tea, MemoryChange(summary: "Likes tea")).by("tom"),
                .memoryAdded(coffee, MemoryContent()).by("tom"),
                .memoryAccessed(coffee).by("eve")
            )
            .thenRows(of: "actor_tally", [["actor": "ann", "changes": 1], ["actor": "tom", "changes": 2]])
            .thenIdempotent()
            .thenSameRowsInAnyOrder(rounds: 10, seed: 1)
    }
}
