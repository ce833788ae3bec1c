import EventLog
import Foundation
import LedgerStorage
import MemoryLedger
import MemoryLedgerTesting
import Testing

/// Goal: projectors are tested by their rows, and the checks find those that cannot stand a repetition or another
/// order. Method: one projector that is right, and one for each fault; the ledger's own over random histories.
@Suite struct ProjectorTests {
    private func scenario(_ projector: ActorTally = ActorTally()) -> Scenario {
        Scenario(projectors: [projector])
            .given(
                .memoryAdded(tea, MemoryContent(domain: "drinks")).by("ann"),
                .memoryUpdated(tea, MemoryChange(summary: "s")).by("tom"),
                .memoryAdded(coffee, MemoryContent(domain: "drinks")).by("tom"),
                .memoryDeleted(coffee),
                .memoryAdded(habit, MemoryContent()).by("ann"))
    }

    @Test func rowsAreThoseThatWereExpected() async throws {
        try await scenario()
            .thenRows(
                of: "actor_tally",
                [["actor": "ann", "events": 2], ["actor": "nobody", "events": 1], ["actor": "tom", "events": 2]]
            )
            .thenRows(of: "memories", [["key": "tea", "domain": "drinks"], ["key": "habit", "domain": ""]])
            .thenRows(of: "memory_links", [])
    }

    @Test func otherRowsAreShown() async throws {
        let failure = try await expectFailure {
            try await scenario().thenRows(
                of: "actor_tally", [["actor": "ann", "events": 3], ["actor": "nobody", "events": 1]])
        }
        #expect(
            failure.difference == [
                #"- {"actor":"ann","events":3}"#, #"+ {"actor":"ann","events":2}"#,
                #"  {"actor":"nobody","events":1}"#, #"+ {"actor":"tom","events":2}"#,
            ])
    }

    @Test(arguments: ["nothing", "memories; DROP TABLE memories"])
    func aTableThatIsNoneIsAnError(table: String) async throws {
        await #expect(throws: EventLogError.self) { try await scenario().thenRows(of: table, []) }
    }

    @Test func aColumnThatIsNoneIsAnError() async throws {
        await #expect(throws: EventLogError.self) {
            try await scenario().thenRows(of: "actor_tally", [["colour": "colour"]])
        }
    }

    // MARK: The checks

    private static let first = [PositionColumn(table: "actor_tally", column: "first_position")]

    @Test func aProjectorThatIsRightPasses() async throws {
        let outcome = try await scenario().when { try await $0.delete(tea, by: Attribution(actor: "eve")) }
        try await outcome.thenIdempotent()
        // Which event of an actor is the first depends on the order, so that column is none of the checked ones.
        var plain = Scenario(projectors: [ActorTally()])
        for key in ["a", "b", "c"] {
            plain = plain.given(.memoryAdded(MemoryKey(key: key), MemoryContent()).by(key))
        }
        try await plain.when { _ in }.thenSameRowsInAnyOrder(positions: Self.first)
    }

    @Test(arguments: [ActorTally.Fault.forgetsNothing, .writesOver])
    func aProjectorThatCannotBeInterruptedIsFound(fault: ActorTally.Fault) async throws {
        let outcome = try await scenario(ActorTally(fault: fault)).when { _ in }
        let failure = try await expectFailure { try await outcome.thenIdempotent() }
        #expect(failure.difference.first == "  actor_tally:")
    }

    @Test func aProjectorThatDependsOnTheOrderIsFound() async throws {
        let outcome = try await scenario(ActorTally(fault: .lastOneWins)).when { _ in }
        let failure = try await expectFailure { try await outcome.thenSameRowsInAnyOrder(positions: Self.first) }
        #expect(failure.message.contains("repeat with seed:"))
        #expect(failure.difference.contains("  actor_tally:"))
        #expect(failure.difference.first?.contains("mem/tea@1 MemoryAdded") == true)
    }

    @Test func whereEverythingIsConnectedThereIsNothingToShuffle() async throws {
        let outcome = try await Scenario()
            .given(together: .memoryAdded(tea, MemoryContent()), .memoryAdded(coffee, MemoryContent()))
            .when { _ in }
        let failure = try await expectFailure { try await outcome.thenSameRowsInAnyOrder() }
        #expect(failure.message.contains("depend on each other"))
    }

    // MARK: The ledger's own projector

    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func theLedgersProjectorStandsBothOverRandomHistories(seed: UInt64) async throws {
        let ledger = try await MemoryLedger.forTesting()
        var random = SeededRandom(seed)
        for _ in 0..<120 { try await Self.act(on: ledger, &random) }
        let events = try await ledger.recordedEvents()
        let check = ProjectorCheck()
        try await check.expectIdempotent(over: events, seed: seed)
        try await check.expectSameRowsInAnyOrder(of: events, rounds: 5, seed: seed)
    }

    /// One random command among a few keys of three namespaces; those that are refused do nothing.
    private static func act(on ledger: MemoryLedger, _ random: inout SeededRandom) async throws {
        let namespace = "n\(Int.random(in: 0..<3, using: &random))"
        func key() -> MemoryKey { MemoryKey(namespace: namespace, key: "k\(Int.random(in: 0..<6, using: &random))") }
        let (memory, other) = (key(), key().key)
        let link = MemoryLink(type: "design", key: other, term: "t")
        do {
            switch Int.random(in: 0..<9, using: &random) {
            case 0, 1: try await ledger.add(memory, MemoryContent(summary: "s", links: [link]))
            case 2: try await ledger.put(memory, MemoryContent(text: other))
            case 3: try await ledger.update(memory, MemoryChange(domain: other))
            case 4: try await ledger.rename(memory, to: other)
            case 5: try await ledger.delete(memory)
            case 6: try await ledger.link(memory, link)
            case 7: try await ledger.unlink(memory, from: other)
            default: _ = try await ledger.access(memory)
            }
        } catch is MemoryLedgerError {}
    }

    @Test func importsStandBoth() async throws {
        let folder = try TemporaryFolder()
        let replay = try await ReplayedMigration(of: folder.database("kv.sqlite", keyvSample()))
        try await replay.ledger.add(MemoryKey(namespace: "other", key: "a"), MemoryContent())
        let events = try await replay.ledger.recordedEvents()
        try await ProjectorCheck().expectIdempotent(over: events)
        try await ProjectorCheck().expectSameRowsInAnyOrder(of: events, rounds: 2)
    }
}
