import EventLog
import MemoryLedger
import MemoryLedgerTesting
import SQLiteEventLog
import Testing

/// Goal: a scenario passes where what is expected is so, and says what differs where it is not.
@Suite struct ScenarioTests {
    private let given = Scenario().given(.memoryAdded(tea, MemoryContent(summary: "Likes tea")))

    @Test func aCommandBringsItsEvents() async throws {
        try await given
            .when { try await $0.rename(tea, to: "green-tea", by: Attribution(actor: "tom")) }
            .thenEvents(
                .memoryRenamed(tea, to: "green-tea").by("tom"),
                .memoryNameTaken(MemoryKey(key: "green-tea"), from: "tea")
            )
            .thenNoMemory(tea)
            .thenMemory(MemoryKey(key: "green-tea"), MemoryContent(summary: "Likes tea"))
    }

    @Test func quarantinesAreEventsToo() async throws {
        let web = Provenance.Source(.tool, "web")
        try await Scenario()
            .given(.memoryAdded(tea, MemoryContent(), from: Provenance(source: web)).by("tom"))
            .when { try await $0.quarantine(.source(web), reason: "poisoned") }
            .thenEvents(.sourceQuarantined(.source(web), reason: "poisoned"))
            .thenNoMemory(tea)
        let cup = MemoryKey(key: "cup")
        try await Scenario()
            .given(
                .memoryAdded(tea, MemoryContent(), from: Provenance(source: web)).by("tom"),
                .memoryAdded(cup, MemoryContent()).by("ann"), .memoryUpdated(cup, MemoryChange(text: "x")).by("tom")
            )
            .when { _ in }
            .thenSameRowsInAnyOrder(rounds: 10, seed: 1)
    }

    @Test func aRefusedCommandFailsAndAppendsNothing() async throws {
        try await given.when { try await $0.add(tea, MemoryContent()) }.thenFails(with: .alreadyExists)
        try await given.when { try await $0.add(MemoryKey(key: ""), MemoryContent()) }.thenFails(beyond: .keyBytes)
        try await given.when { _ = try await $0.log.append([]) }.thenLogFails(with: .invalidArgument)
    }

    @Test func otherEventsAreShownLineByLine() async throws {
        let failure = try await expectFailure {
            try await given.when { try await $0.delete(tea) }.thenEvents(.memoryRenamed(tea, to: "green-tea"))
        }
        #expect(
            failure.difference == [
                #"- {"stream":"mem/tea","type":"MemoryRenamed","data":{"new_key":"green-tea"}}"#,
                #"+ {"stream":"mem/tea","type":"MemoryDeleted","data":{}}"#,
            ])
        #expect(failure.description.contains("ScenarioTests.swift:"))
    }

    /// Only what is stated of the context counts; what is stated counts.
    @Test func whoDidItCountsWhereItIsStated() async throws {
        let outcome = try await given.when { try await $0.delete(tea, by: Attribution(actor: "tom")) }
        try await outcome.thenEvents(.memoryDeleted(tea))
        try await outcome.thenEvents(.memoryDeleted(tea).by("tom").occurred(at: FixedClock.start))
        let failure = try await expectFailure { try await outcome.thenEvents(.memoryDeleted(tea).by("ann")) }
        #expect(failure.difference.count == 2)
        #expect(failure.difference.last?.contains(#""actor":"tom""#) == true)
        _ = try await expectFailure { try await outcome.thenEvents(.memoryDeleted(tea).correlated("r1")) }
    }

    @Test func anUnexpectedErrorIsShown() async throws {
        let failure = try await expectFailure {
            try await Scenario().when { try await $0.delete(tea) }.thenEvents(.memoryDeleted(tea))
        }
        #expect(failure.message.contains("There is no memory tea"))
    }

    @Test func aFailureThatDoesNotComeIsMissed() async throws {
        let none = try await expectFailure { try await given.when { _ in }.thenFails(with: .notFound) }
        #expect(none.message.contains("not_found"))
        let other = try await expectFailure {
            try await given.when { try await $0.add(tea, MemoryContent()) }.thenFails(with: .notFound)
        }
        #expect(other.message.contains("already"))
        let late = try await expectFailure {
            try await given.when {
                try await $0.delete(tea)
                try await $0.delete(tea)
            }.thenFails(with: .notFound)
        }
        #expect(late.difference.count == 1)
    }

    @Test func aMemorysFieldsAreCompared() async throws {
        let outcome = try await given.when { _ in }
        let failure = try await expectFailure { try await outcome.thenMemory(tea, MemoryContent(summary: "Hates tea")) }
        #expect(failure.difference.contains(#"- summary: "Hates tea""#))
        #expect(failure.difference.contains(#"+ summary: "Likes tea""#))
        _ = try await expectFailure { try await outcome.thenMemory(coffee, MemoryContent()) }
        _ = try await expectFailure { try await outcome.thenNoMemory(tea) }
    }

    @Test func countedReadsAreEventsToo() async throws {
        try await given.when { _ = try await $0.access(tea) }.thenEvents(.memoryAccessed(tea))
    }

    @Test func timePassesInAScenario() async throws {
        let scenario = Scenario(clock: FixedClock())
        try await scenario
            .when { ledger in
                scenario.clock.advance(by: .seconds(1))
                try await ledger.add(tea, MemoryContent())
            }
            .thenEvents(
                .memoryAdded(tea, MemoryContent())
                    .occurred(at: Timestamp(milliseconds: FixedClock.start.milliseconds + 1_000)))
    }

    /// What is given is recorded as it was stated, for every type of event; and what was recorded is expected.
    @Test func everyEventCanBeGivenAndExpected() async throws {
        let link = MemoryLink(type: "design", key: "habit", term: "morning", weight: 0.8)
        let meta = MemoryMetaValues(
            createdAt: FixedClock.start, lastAccessedAt: FixedClock.start, lastLinkedAt: FixedClock.start,
            accessCount: 1, traverseCount: 2, status: .cold)
        let events: [ScenarioEvent] = [
            .memoryAdded(tea, MemoryContent(summary: "s", keywords: ["k"], links: [link])),
            .memoryReplaced(tea, MemoryContent(summary: "t")),
            .memoryUpdated(tea, MemoryChange(summary: "u", links: [link])),
            .memoryLinked(tea, link), .memoryUnlinked(tea, from: "habit", type: "design", term: "morning"),
            .memoryMetaSet(tea, meta), .memoryRestored(tea, MemoryContent(summary: "s"), meta, asOf: 1),
            .memoryAccessed(tea), .memoryTraversed(tea),
            .memoryRenamed(tea, to: "coffee"), .memoryNameTaken(coffee, from: "tea"), .memoryDeleted(coffee),
            .legacyImportStarted(),
            .legacyRowImported(rawKey: "mem:habit", rawValue: #"{"value":{"summary":"Tea in the morning"}}"#),
            ScenarioEvent(stream: "weather/oslo", type: "RainFell", payload: [1, 2, 3]),
        ]
        var scenario = Scenario()
        for event in events { scenario = scenario.given(event) }
        let ledger = try await scenario.when { _ in }.ledger
        let recorded = try await ledger.recordedEvents()
        #expect(recorded.count == events.count)
        for (stated, found) in zip(events, recorded) {
            #expect(try found.json()["data"] == stated.data)
            #expect(found.type == stated.type && found.stream == stated.stream)
        }
        #expect(try await ledger.get(habit)?.content.summary == "Tea in the morning")
        #expect(try await ledger.get(coffee) == nil)
    }

    @Test func anEventWithoutAPayloadCannotBeGiven() async throws {
        let event = ScenarioEvent(stream: "mem/tea", type: "MemoryDeleted", data: [:])
        try await given.when { try await $0.delete(tea) }.thenEvents(event)
        await #expect(throws: MemoryLedgerError.self) { try await Scenario().given(event).when { _ in } }
    }

    /// What is given is a value: two that go on from one do not see each other.
    @Test func whatIsGivenCanBeUsedAgain() async throws {
        try await given.when { try await $0.delete(tea) }.thenNoMemory(tea)
        try await given.given(together: .memoryRenamed(tea, to: "coffee"), .memoryNameTaken(coffee, from: "tea"))
            .when { _ in }
            .thenMemory(coffee, MemoryContent(summary: "Likes tea"))
        try await given.given { try await $0.delete(tea) }
            .then { ledger in
                let memory = try await ledger.get(tea)
                #expect(memory == nil)
            }
    }
}
