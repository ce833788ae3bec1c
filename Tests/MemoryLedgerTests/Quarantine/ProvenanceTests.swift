import EventLog
import SQLiteEventLog
import Testing

@testable import MemoryLedger

/// Goal: what a writer says of where a memory comes from is kept and shown; what says nothing is as it was, byte for
/// byte. Method: commands, their events and the rows that come of them.
@Suite(.onEveryBackend) struct ProvenanceTests {
    private static let web = Provenance.Source(.tool, "web-search")

    @Test func itIsShownWithTheMemory() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        try await ledger.add("tea", MemoryContent(summary: "Tea"))
        let said = Provenance(source: Self.web, trust: 40, derivedFrom: ["tea"])
        try await ledger.add("page", MemoryContent(summary: "Page"), from: said)
        #expect(try await ledger.get("tea")?.provenance == nil)
        #expect(try await ledger.get("tea")?.json.object?["provenance"] == nil)
        #expect(try await ledger.get("page")?.provenance == said)
        let json = try await ledger.get("page")?.json.object?["provenance"]?.description
        #expect(
            json == """
                {"source":{"kind":"tool","name":"web-search"},"trust":40,"derived_from":[{"namespace":"mem","key":"tea"}]}
                """)
        // Keys are added, a source brings its own trust.
        try await ledger.update("page", MemoryChange(text: "x"), from: Provenance(derivedFrom: ["tea", "cup"]))
        #expect(try await ledger.get("page")?.provenance?.derivedFrom == ["tea", "cup"])
        #expect(try await ledger.get("page")?.provenance?.trust == 40)
        try await ledger.update("page", MemoryChange(text: "y"), from: Provenance(source: .init(.user, "ada")))
        let mixed = try await ledger.get("page")?.provenance
        #expect(mixed?.source == .init(.user, "ada") && mixed?.trust == nil && mixed?.derivedFrom == ["tea", "cup"])
        try await ledger.put("page", MemoryContent(summary: "new"))
        #expect(try await ledger.get("page")?.provenance == nil)
        try await test.expectRebuildChangesNothing()
        await ledger.close()
    }

    @Test func deletingAndPuttingBackKeepsIt() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        let said = Provenance(source: Self.web, trust: 0, derivedFrom: ["b"])
        try await ledger.add("a", MemoryContent(summary: "a"), from: said)
        try await ledger.delete("a")
        let deletion = try #require(try await ledger.events().last)
        try await ledger.undo(ledger.planUndo(.events([deletion.id])))
        #expect(try await ledger.get("a")?.provenance == said)
        try await test.expectRebuildChangesNothing()
        await ledger.close()
    }

    @Test func historyAndBlameNameIt() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        try await ledger.add("a", MemoryContent(summary: "a"))
        try await ledger.update("a", MemoryChange(text: "x"), from: Provenance(source: Self.web))
        let changes = try await ledger.history(of: "a").entries.map { $0.delta.fields.map(\.field) }
        #expect(changes.last?.contains("provenance") == true)
        let blame = try await ledger.blame("a")
        #expect(blame.fields.first { $0.field == "provenance" }?.setBy.position == 2)
        await ledger.close()
    }

    /// Events that say nothing of it are what they were before it could be said.
    @Test func eventsWithoutItAreAsTheyWere() throws {
        #expect(try MemoryEvent.added(MemoryContent(summary: "s")).payload() == [0x0a, 3, 0x12, 1, 0x73])
        #expect(try MemoryEvent.replaced(MemoryContent(summary: "s")).payload() == [0x0a, 3, 0x12, 1, 0x73])
        #expect(try MemoryEvent.updated(MemoryChange(text: "t")).payload() == [0x1a, 1, 0x74])
    }

    @Test(arguments: [
        Provenance(trust: -1), Provenance(trust: 101), Provenance(source: .init(.tool, "")),
        Provenance(source: .init(.tool, "a\nb")), Provenance(source: .init(.tool, String(repeating: "x", count: 513))),
        Provenance(derivedFrom: (0...1_000).map { MemoryKey(key: "\($0)") }),
    ])
    func whatMeansNothingIsRefused(provenance: Provenance) async throws {
        let test = try await TestLedger.open()
        let error = await #expect(throws: MemoryLedgerError.self) {
            try await test.ledger.add("a", MemoryContent(), from: provenance)
        }
        #expect(error?.code == .invalidArgument)
        #expect(try await test.ledger.log.head() == 0)
        await test.ledger.close()
    }
}
