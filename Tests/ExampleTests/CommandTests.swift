import EventLog
import MemoryLedger
import MemoryLedgerTesting
import Testing

/// What commands do: given what has happened, when somebody does something, then these events, or this error.
@Suite struct CommandTests {
    let tea = MemoryKey(key: "tea")
    let greenTea = MemoryKey(key: "green-tea")

    @Test func aRenameKeepsWhatIsKnown() async throws {
        let known = MemoryContent(summary: "Likes green tea")
        try await Scenario()
            .given(.memoryAdded(tea, known))
            .when { ledger in try await ledger.rename(tea, to: "green-tea") }
            .thenEvents(.memoryRenamed(tea, to: "green-tea"), .memoryNameTaken(greenTea, from: "tea"))
            .thenMemory(greenTea, known)
            .thenNoMemory(tea)
    }

    @Test func aTakenKeyIsRefused() async throws {
        try await Scenario()
            .given(.memoryAdded(tea, MemoryContent()), .memoryAdded(greenTea, MemoryContent()))
            .when { ledger in try await ledger.rename(tea, to: "green-tea") }
            .thenFails(with: .alreadyExists)
    }

    @Test func theLogKnowsWhoDidIt() async throws {
        try await Scenario()
            .given(.memoryAdded(tea, MemoryContent()).by("ann"))
            .when { ledger in try await ledger.delete(tea, by: Attribution(actor: "tom")) }
            .thenEvents(.memoryDeleted(tea).by("tom"))
    }

    @Test func timePassesWhenItIsToldTo() async throws {
        let clock = FixedClock()
        let ledger = try await MemoryLedger.forTesting(clock: clock)
        try await ledger.add(tea, MemoryContent(summary: "Likes tea"))
        clock.advance(by: .seconds(3_600))
        _ = try await ledger.access(tea)
        let memory = try #require(try await ledger.get(tea))
        #expect(memory.meta.lastAccessedAt.rfc3339 == "2026-01-01T01:00:00.000Z")
    }
}
