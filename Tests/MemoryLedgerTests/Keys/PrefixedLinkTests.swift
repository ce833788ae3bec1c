import EventLog
import SQLiteEventLog
import Testing

@testable import MemoryLedger

/// Goal: a link to `mem:b` counts for `b`, and follows its rename, unless `mem:b` exists at that moment; what it calls
/// it is kept. Method: memories come, go and are renamed under both keys; the degrees and the links are compared after
/// each step, now, as of the step, and after a rebuild.
@Suite(.onEveryBackend) struct PrefixedLinkTests {
    private static func linking(_ keys: String...) -> MemoryContent {
        MemoryContent(links: keys.map { MemoryLink(type: "design", key: $0, term: "t") })
    }

    private func degrees(_ reading: some MemoryReading) async throws -> [String: Int] {
        let memories = try await reading.list().memories
        return Dictionary(uniqueKeysWithValues: memories.map { ($0.key, $0.meta.inDegree) })
    }

    private func links(_ ledger: MemoryLedger, _ key: MemoryKey = "holder") async throws -> [String?]? {
        try await ledger.get(key)?.content.links.map(\.key)
    }

    private func dangling(_ ledger: MemoryLedger) async throws -> Int? {
        try await ledger.statistics().namespaces.first?.linksWithoutTarget
    }

    @Test func itCountsForTheMemoryThatTheKeyMeans() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        try await ledger.add("holder", Self.linking("mem:b", "b", "mem:mem:b"))
        #expect(try await dangling(ledger) == 3)
        try await ledger.add("b", MemoryContent())
        #expect(try await degrees(ledger) == ["b": 3, "holder": 0])
        #expect(try await dangling(ledger) == 0)
        // By an import only.
        try await PrefixedSource.migrate([.init(key: "mem:b", links: ["mem:b", "b"])], into: test)
        #expect(try await degrees(ledger) == ["b": 2, "holder": 0, "mem:b": 3])
        #expect(try await links(ledger) == ["mem:b", "b", "mem:mem:b"])
        #expect(try await ledger.get("holder")?.meta.outDegree == 3)
        try await ledger.link("b", MemoryLink(type: "bug", key: "mem:b", term: "t"))
        #expect(try await degrees(ledger) == ["b": 2, "holder": 0, "mem:b": 4])
        let both = try await ledger.log.head()
        try await ledger.delete("mem:b")
        #expect(try await degrees(ledger) == ["b": 4, "holder": 0])
        try await ledger.delete("b")
        #expect(try await degrees(ledger) == ["holder": 0])
        #expect(try await dangling(ledger) == 3)
        #expect(try await degrees(ledger.asOf(.position(both))) == ["b": 2, "holder": 0, "mem:b": 4])
        #expect(try await ledger.asOf(.position(both)).get("mem:b")?.meta.inDegree == 4)
        try await test.expectRebuildChangesNothing()
        try await PastReaderTests.expectSame(ledger, "counts", stride: 1)
        await ledger.close()
    }

    @Test func itFollowsTheRenameOfWhatItMeans() async throws {
        let test = try await PrefixedSource.ledger([
            .init(key: "holder", links: ["mem:b", "b", "mem:c"]), .init(key: "b"), .init(key: "c"), .init(key: "mem:c"),
        ])
        let ledger = test.ledger
        try await ledger.rename("mem:b", to: "new")
        #expect(try await links(ledger) == ["new", "new", "mem:c"])
        // `mem:c` is there: the link does not go with `c`, and goes with that.
        try await ledger.rename("c", to: "d")
        #expect(try await links(ledger) == ["new", "new", "mem:c"])
        #expect(try await degrees(ledger) == ["d": 0, "holder": 0, "mem:c": 1, "new": 2])
        try await ledger.rename("mem:c", to: "e")
        #expect(try await links(ledger) == ["new", "new", "e"])
        let blame = try await ledger.blame("holder")
        let moved = try await ledger.events(EventFilter(types: [MemoryEvent.Name.renamed])).map(\.position)
        #expect(blame.links.map { $0.movedBy.map(\.position) } == [[moved[0]], [moved[0]], [moved[2]]])
        try await test.expectRebuildChangesNothing()
        try await PastReaderTests.expectSame(ledger, "renames", stride: 1)
        await ledger.close()
    }

    @Test func aRenameMayGiveAKeyAPrefixAndTakeIt() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        try await ledger.add("holder", Self.linking("mem:b", "b", "x", "mem:x"))
        for key: MemoryKey in ["b", "x"] { try await ledger.add(key, MemoryContent()) }
        // As older versions renamed: the new key exactly.
        try await ledger.renameExactly("x", to: "mem:b")
        #expect(try await links(ledger) == ["mem:b", "b", "mem:b", "mem:b"])
        #expect(try await degrees(ledger) == ["b": 1, "holder": 0, "mem:b": 3])
        try await ledger.renameExactly("mem:b", to: "mem:mem:b")
        #expect(try await links(ledger) == ["mem:mem:b", "b", "mem:mem:b", "mem:mem:b"])
        try await ledger.renameExactly("mem:mem:b", to: "mem:y")
        #expect(try await degrees(ledger) == ["b": 1, "holder": 0, "mem:y": 3])
        try await ledger.delete("mem:y")
        try await ledger.add("y", MemoryContent())
        #expect(try await degrees(ledger) == ["b": 1, "holder": 0, "y": 3])
        #expect(try await links(ledger) == ["mem:y", "b", "mem:y", "mem:y"])
        try await test.expectRebuildChangesNothing()
        try await PastReaderTests.expectSame(ledger, "prefixes", stride: 1)
        await ledger.close()
    }

    @Test func linkAndUnlinkKnowALinkByWhatItMeans() async throws {
        let test = try await PrefixedSource.ledger([
            .init(key: "a"), .init(key: "b"), .init(key: "c"), .init(key: "mem:c"),
        ])
        let ledger = test.ledger
        try await ledger.link("a", MemoryLink(type: "bug", key: "mem:b", term: "one"))
        try await ledger.link("a", MemoryLink(type: "bug", key: "b", term: "two"))
        #expect(try await ledger.get("a")?.content.links.map(\.term) == ["two"])
        #expect(try await links(ledger, "a") == ["mem:b"])
        try await ledger.link("a", MemoryLink(type: "bug", key: "mem:c", term: "exact"))
        try await ledger.link("a", MemoryLink(type: "bug", key: "c", term: "other"))
        try await ledger.link("a", MemoryLink(type: "design", key: "b", term: "three"))
        #expect(try await links(ledger, "a") == ["mem:b", "mem:c", "c", "b"])
        await expectError(.linkNotFound) { try await ledger.unlink("a", from: "mem:b", term: "none") }
        try await ledger.unlink("a", from: "mem:c")
        #expect(try await links(ledger, "a") == ["mem:b", "c", "b"])
        // Both that mean `b`, whatever they call it.
        try await ledger.unlink("a", from: "mem:mem:b")
        #expect(try await links(ledger, "a") == ["c"])
        try await test.expectRebuildChangesNothing()
        await ledger.close()
    }

    @Test func whatALinkMeansIsWhatItsSummaryIsOf() async throws {
        let test = try await PrefixedSource.ledger([
            .init(key: "holder", links: ["mem:b", "mem:c", "b", "mem:none"]), .init(key: "b"), .init(key: "mem:b"),
            .init(key: "c"),
        ])
        let found = try #require(try await KVMemoryService(test.ledger).getMemory("mem", "holder"))
        #expect(found.links.map(\.summary) == ["mem:b", "c", "b", KVMemoryService.missingSummary])
        #expect(found.links.map(\.link.key) == ["mem:b", "mem:c", "b", "mem:none"])
        await test.ledger.close()
    }

    /// A comparison with statistics sees the memory that links came from, which has no event of its own.
    @Test func aDiffSeesDegreesThatMoved() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        try await ledger.add("holder", Self.linking("mem:b"))
        try await ledger.add("b", MemoryContent())
        let before = try await ledger.log.head()
        try await ledger.putExactly("mem:b", MemoryContent())
        let page = try await ledger.diff(DiffQuery(from: .position(before), includesStatistics: true))
        #expect(page.differences.map(\.memory) == ["b", "mem:b"])
        #expect(page.differences[0].delta.fields.map(\.field) == ["in_degree"])
        await ledger.close()
    }

    @Test func undoPutsBackWhatALinkWasCalled() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        try await ledger.add("holder", Self.linking("mem:b", "b", "n", "mem:n"))
        try await ledger.add("b", MemoryContent())
        let before = try await ledger.log.head()
        try await ledger.rename("b", to: "n")
        #expect(try await links(ledger) == ["n", "n", "n", "mem:n"])
        try await ledger.undo(ledger.planUndo(.matching(UndoFilter(since: .position(before)))))
        #expect(try await links(ledger) == ["mem:b", "b", "n", "mem:n"])
        #expect(try await degrees(ledger) == ["b": 2, "holder": 0])
        try await test.expectRebuildChangesNothing()
        await ledger.close()
    }

    /// A key that is too long to hold a memory is not taken apart.
    @Test func aLongChainOfPrefixesIsBounded() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        let long = String(repeating: "mem:", count: 500)
        try await ledger.putExactly("mem:b", MemoryContent())
        try await ledger.add("holder", Self.linking(long + "b", long + long + long + "b"))
        #expect(try await degrees(ledger) == ["holder": 0, "mem:b": 1])
        try await test.expectRebuildChangesNothing()
        await ledger.close()
    }
}
