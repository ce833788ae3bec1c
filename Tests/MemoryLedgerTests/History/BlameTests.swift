import EventLog
import Testing

import class EventLogTesting.FixedClock

@testable import MemoryLedger

/// Goal: each field and link is blamed on the event that set it, whatever has been renamed since.
@Suite(.onEveryBackend) struct BlameTests {
    private static func link(_ key: String?, _ weight: Double = 0.5) -> MemoryLink {
        MemoryLink(type: "design", key: key, term: "t", weight: weight)
    }

    private func positions(_ blame: MemoryBlame) -> [String: Position] {
        Dictionary(blame.fields.map { ($0.field, $0.setBy.position) }, uniquingKeysWith: { $1 })
    }

    @Test func fieldsAndLinks() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        try await ledger.add("k", MemoryContent(summary: "s", links: [Self.link("a"), Self.link("b")]))
        try await ledger.add("a", MemoryContent())
        try await ledger.update("k", MemoryChange(text: "t", keywords: ["w"]), by: Attribution(actor: "bob"))
        try await ledger.link("k", Self.link("c"))
        try await ledger.rename("a", to: "n")
        try await ledger.link("k", Self.link("c", 1))
        try await ledger.rename("k", to: "m")
        try await ledger.unlink("m", from: "b")
        try await ledger.setMeta("m", MemoryMetaValues(try #require(try await ledger.get("m")).meta))
        try await ledger.link("m", Self.link(nil))
        try await ledger.rename("n", to: "o")
        _ = try await ledger.access("m")
        let blame = try await ledger.blame("m")
        #expect(
            positions(blame) == [
                "key": 8, "domain": 1, "summary": 1, "text": 3, "type": 1, "keywords": 3, "status": 11,
                "created_at": 11,
            ])
        #expect(blame.fields.first { $0.field == "text" }?.setBy.attribution.actor == "bob")
        #expect(blame.fields.map(\.field).prefix(3) == ["key", "domain", "summary"])
        #expect(blame.links.map(\.link) == [Self.link("o"), Self.link("c", 1), Self.link(nil)])
        #expect(blame.links.map(\.madeBy.position) == [1, 4, 12])
        #expect(blame.links.map { $0.setBy?.position } == [nil, 7, nil])
        #expect(blame.links.map { $0.movedBy.map(\.position) } == [[13, 5], [], []])
        let then = try await ledger.asOf(.position(4)).blame("k")
        #expect(positions(then)["status"] == 1 && then.links.map(\.madeBy.position) == [1, 1, 4])
        await expectError(.notFound) { _ = try await ledger.blame("k") }
        await ledger.close()
    }

    /// A rename that had not occurred by a time is not named, though it was recorded before those that had.
    @Test func ofWhatHadOccurredOnlyItsRenamesAreNamed() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        let now = test.clock.now()
        try await ledger.add("k", MemoryContent(links: [Self.link("mem:a"), Self.link("a")]))
        try await ledger.add("a", MemoryContent())
        let later = Timestamp(milliseconds: now.milliseconds + 1_000)
        let away = try ledger.parts.newEvent(.renamed(newKey: "b"), at: now, occurred: later, by: Attribution())
        let there = try ledger.parts.newEvent(.nameTaken(oldKey: "a"), at: now, occurred: later, by: Attribution())
        _ = try await ledger.log.append([StreamAppend("mem/a", events: [away]), StreamAppend("mem/b", events: [there])])
        try await ledger.add("a", MemoryContent())
        try await ledger.rename("a", to: "c")
        let blame = try await ledger.asOf(.occurred(now)).blame("k")
        #expect(blame.links.map(\.link.key) == ["c", "c"])
        #expect(blame.links.map { $0.movedBy.map(\.position) } == [[6], [6]])
        let present = try await ledger.blame("k")
        #expect(present.links.map { $0.movedBy.map(\.position) } == [[3], [3]])
        await ledger.close()
    }

    @Test func betweenTheEventsOfARenameTheNewKeyHasTheMemorysPast() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        try await ledger.add("a", MemoryContent(summary: "s"))
        try await ledger.rename("a", to: "b")
        try await ledger.rename("b", to: "c")
        let then = try await ledger.asOf(.position(4))
        #expect(try await then.get("c")?.content.summary == "s")
        let blame = positions(try await then.blame("c"))
        #expect(blame["key"] == 4 && blame["summary"] == 1 && blame["status"] == 1)
        #expect(try await then.history(of: "c").entries.map(\.event.position) == [1, 2, 4])
        await expectError(.notFound) { _ = try await then.blame("b") }
        await ledger.close()
    }

    @Test func whatIsMadeAnewOwesEverythingToThat() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        try await ledger.add("k", MemoryContent(summary: "1", links: [Self.link("a")]))
        try await ledger.put("k", MemoryContent(summary: "2", links: [Self.link("a")]))
        var blame = try await ledger.blame("k")
        #expect(Set(positions(blame).values) == [2] && blame.links.map(\.madeBy.position) == [2])
        try await ledger.delete("k")
        try await ledger.undo(ledger.planUndo(.matching(UndoFilter(since: .position(2)))))
        blame = try await ledger.blame("k")
        #expect(Set(positions(blame).values) == [4] && blame.links.map(\.madeBy.position) == [4])
        await ledger.close()
    }

    @Test func importedFieldsOweThemselvesToTheRow() async throws {
        let test = try await TestLedger.open()
        try await EveryEvent.write(test)
        let ledger = test.ledger
        let extra = try await ledger.blame("old one")
        #expect(extra.fields.contains { $0.field == "extra.extra" })
        #expect(Set(extra.fields.map(\.setBy.type)) == [MemoryEvent.Name.legacyRowImported])
        #expect(extra.links.map(\.madeBy.type) == [MemoryEvent.Name.legacyRowImported])
        let expires = try await ledger.blame("expires").fields.first { $0.field == "expires_at" }
        #expect(expires?.value == 4_102_444_800_000)
        // Each memory of it has an answer for everything.
        for memory in try await ledger.everything() {
            let blame = try await ledger.blame(memory.id)
            #expect(blame.links.map(\.link) == memory.content.links)
            #expect(blame.fields.count >= MemoryFields(memory, statistics: false).members.count)
        }
        await ledger.close()
    }

    /// Every link of every memory has what made it, and that event is about it.
    @Test(arguments: 1...6)
    func everyLinkHasItsMaker(seed: UInt64) async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        var random = RandomHistory(seed: seed, test)
        try await random.run(120)
        for memory in try await ledger.everything() {
            let blame = try await ledger.blame(memory.id)
            #expect(blame.links.map(\.link) == memory.content.links, "seed \(seed)")
            for link in blame.links {
                let event = try #require(try await ledger.log.event(at: link.madeBy.position))
                let key = try #require(MemoryStream.memory(event.stream))
                let view = try await ledger.asOf(.position(event.position))
                let made = try #require(try await view.get(key)).content.links
                let hadIt = made.contains {
                    $0.type == link.link.type && ($0.key == link.link.key) == link.movedBy.isEmpty
                }
                #expect(hadIt || !link.movedBy.isEmpty, "seed \(seed), \(memory.id), \(link)")
            }
        }
        await ledger.close()
    }
}
