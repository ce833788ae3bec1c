import EventLog
import Testing

import class EventLogTesting.FixedClock

@testable import MemoryLedger

/// Goal: a history holds every change of a memory, across renames and deletions, and what each changed.
@Suite(.onEveryBackend) struct HistoryTests {
    private static func link(_ key: String, _ weight: Double = 0.5) -> MemoryLink {
        MemoryLink(type: "design", key: key, term: "t", weight: weight)
    }

    /// `MemoryAdded:k` for each entry: the type and the key at that time.
    private func brief(_ page: HistoryPage) -> [String] {
        page.entries.map { "\($0.event.type.rawValue.dropFirst(6)):\($0.memory.key)" }
    }

    @Test func everyChangeSaysWhoAndWhat() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        let attribution = Attribution(actor: "me", correlationID: "r", causationID: "c")
        try await ledger.add("k", MemoryContent(summary: "one", links: [Self.link("x")]), by: attribution)
        test.clock.advance(1_000)
        try await ledger.update("k", MemoryChange(summary: "two", text: ""))
        try await ledger.link("k", Self.link("x", 1))
        _ = try await ledger.access("k")
        try await ledger.delete("k")
        let entries = try await ledger.history(of: "k").entries
        #expect(entries.map(\.event.position) == [1, 2, 3, 5])
        #expect(entries[0].event.attribution == attribution && entries[1].event.attribution == Attribution())
        #expect(entries[1].event.recordedAt == test.clock.now())
        #expect(entries[0].delta.fields.map(\.field) == ["summary", "status", "created_at"])
        #expect(entries[0].delta.linksGained == [Self.link("x")])
        #expect(entries[1].delta.fields == [FieldChange(field: "summary", before: "one", after: "two")])
        #expect(entries[2].delta.linksLost == [Self.link("x")] && entries[2].delta.linksGained == [Self.link("x", 1)])
        #expect(entries[3].delta.fields.first == FieldChange(field: "summary", before: "two", after: nil))
        let withReads = try await ledger.history(of: "k", HistoryQuery(includesReads: true))
        #expect(brief(withReads) == ["Added:k", "Updated:k", "Linked:k", "Accessed:k", "Deleted:k"])
        #expect(withReads.entries[3].delta.isEmpty)
        await ledger.close()
    }

    @Test func itFollowsRenamesBothWays() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        try await ledger.add("a", MemoryContent(summary: "other"))
        try await ledger.delete("a")
        try await ledger.add("a", MemoryContent(summary: "it"))
        try await ledger.rename("a", to: "b")
        try await ledger.add("a", MemoryContent(summary: "a third"))
        try await ledger.update("b", MemoryChange(summary: "it, changed"))
        try await ledger.rename("b", to: "c")
        let life = ["Added:a", "Renamed:a", "Updated:b", "Renamed:b"]
        let history = try await ledger.history(of: "c")
        #expect(brief(history) == life)
        #expect(history.entries[1].renamedTo == "b" && history.entries[3].renamedTo == "c")
        // `b` holds nothing: its history goes on where its memory went.
        try await ledger.update("c", MemoryChange(text: "later"))
        #expect(try await brief(ledger.history(of: "b")) == life + ["Updated:c"])
        // `a` holds another memory, so it ends with that.
        #expect(
            try await brief(ledger.history(of: "a")) == ["Added:a", "Deleted:a", "Added:a", "Renamed:a", "Added:a"])
        // There and back.
        try await ledger.rename("c", to: "b")
        #expect(try await brief(ledger.history(of: "b")) == life + ["Updated:c", "Renamed:c"])
        await ledger.close()
    }

    @Test func aViewHasTheHistoryUpToItsMoment() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        try await ledger.add("a", MemoryContent(summary: "it"))
        try await ledger.rename("a", to: "b")
        try await ledger.update("b", MemoryChange(summary: "changed"))
        let view = try await ledger.asOf(.position(1))
        #expect(try await brief(view.history(of: "a")) == ["Added:a"])
        await expectError(.notFound) { _ = try await view.history(of: "b") }
        #expect(try await brief(ledger.asOf(.position(3)).history(of: "b")) == ["Added:a", "Renamed:a"])
        await ledger.close()
    }

    @Test(arguments: [1, 2, 3, 100])
    func pagesAreTheWholeInPieces(limit: Int) async throws {
        let test = try await TestLedger.open()
        var random = RandomHistory(seed: 7, test)
        try await random.run(200)
        let whole = try await test.ledger.history(of: "k1").entries
        #expect(whole.count > 5)
        var pieces: [HistoryEntry] = []
        var query = HistoryQuery(limit: limit)
        repeat {
            let page = try await test.ledger.history(of: "k1", query)
            pieces += page.entries
            query.after = page.next
        } while query.after != nil
        #expect(pieces == whole)
        await test.ledger.close()
    }

    @Test func whatNeverWasIsNotFound() async throws {
        let test = try await TestLedger.open()
        try await test.ledger.add("a", MemoryContent())
        await expectError(.notFound) { _ = try await test.ledger.history(of: "b") }
        await expectError(.invalidArgument) { _ = try await test.ledger.history(of: "a", HistoryQuery(limit: 0)) }
        await test.ledger.close()
    }
}
