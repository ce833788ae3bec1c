import EventLog
import SQLiteEventLog
import Testing

@testable import MemoryLedger

/// Goal: degrees and links without a target are always what the links make them. Method: self links, links to keys that
/// appear later and go again, repeated links; each also after a rebuild.
@Suite(.onEveryBackend) struct LinkTests {
    private static func link(
        _ key: String?, _ type: String = "design", term: String = "t", weight: Double = 0.5
    ) -> MemoryLink {
        MemoryLink(type: type, key: key, term: term, weight: weight)
    }

    private func degrees(_ ledger: MemoryLedger, _ id: MemoryKey) async throws -> [Int]? {
        try await ledger.get(id).map { [$0.meta.inDegree, $0.meta.outDegree] }
    }

    private func dangling(_ ledger: MemoryLedger) async throws -> Int? {
        try await ledger.statistics().namespaces.first?.linksWithoutTarget
    }

    @Test func aSelfLinkCountsAtBothEndsThroughEveryChange() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        try await ledger.add("a", MemoryContent(links: [Self.link("a")]))
        #expect(try await degrees(ledger, "a") == [1, 1])
        try await ledger.update("a", MemoryChange(links: [Self.link("a"), Self.link("a", "bug")]))
        #expect(try await degrees(ledger, "a") == [2, 2])
        try await ledger.rename("a", to: "b")
        #expect(try await degrees(ledger, "b") == [2, 2])
        #expect(try await ledger.get("b")?.content.links.map(\.key) == ["b", "b"])
        try await ledger.put("b", MemoryContent(links: [Self.link("b")]))
        #expect(try await degrees(ledger, "b") == [1, 1])
        try await ledger.delete("b")
        #expect(try await dangling(ledger) == 0)
        try await ledger.add("b", MemoryContent())
        #expect(try await degrees(ledger, "b") == [0, 0])
        try await test.expectRebuildChangesNothing()
        await ledger.close()
    }

    @Test func aKeyThatAppearsLaterHasItsLinks() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        try await ledger.add(
            "a", MemoryContent(links: [Self.link("later"), Self.link("later", "bug"), Self.link(nil)]))
        #expect(try await dangling(ledger) == 3)
        #expect(try await degrees(ledger, "a") == [0, 2])
        try await ledger.add("later", MemoryContent())
        #expect(try await degrees(ledger, "later") == [2, 0])
        #expect(try await dangling(ledger) == 1)
        try await ledger.delete("later")
        #expect(try await dangling(ledger) == 3)
        #expect(try await ledger.get("a")?.content.links.count == 3)
        try await ledger.add("later", MemoryContent())
        try await ledger.unlink("a", from: "later", type: "bug")
        #expect(try await degrees(ledger, "later") == [1, 0])
        try await test.expectRebuildChangesNothing()
        await ledger.close()
    }

    /// A link is the same where type and key are the same, byte by byte; a keyless one where the term is, too.
    @Test(arguments: [
        (link("b"), link("b", term: "other", weight: 1), 1), (link("b"), link("b", "bug"), 2),
        (link("b"), link("c"), 2), (link("b"), link(nil), 2), (link(nil), link(nil, weight: 0), 1),
        (link(nil), link(nil, term: "u"), 2),
        (link("\u{e9}"), link("e\u{301}"), 2), (link("b", "\u{e9}"), link("b", "e\u{301}"), 2),
        (link(nil, term: "\u{e9}"), link(nil, term: "e\u{301}"), 2),
    ])
    func linkingAgain(first: MemoryLink, second: MemoryLink, count: Int) async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        try await ledger.add("a", MemoryContent())
        try await ledger.link("a", first)
        try await ledger.link("a", second)
        let links = try #require(try await ledger.get("a")?.content.links)
        #expect(links == (count == 1 ? [second] : [first, second]))
        #expect(try await ledger.statistics().namespaces.first?.links == count)
        try await test.expectRebuildChangesNothing()
        await ledger.close()
    }

    @Test(
        arguments: [
            (nil, nil, ["x"]), ("design", nil, ["bug", "x"]), (nil, "t", ["x"]), ("bug", "t", ["design", "x"]),
        ] as [(String?, String?, [String])])
    func unlinkTakesAwayWhatMatches(type: String?, term: String?, remaining: [String]) async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        try await ledger.add(
            "a", MemoryContent(links: [Self.link("b"), Self.link("b", "bug"), Self.link("c", "x")]))
        try await ledger.unlink("a", from: "b", type: type, term: term)
        #expect(try await ledger.get("a")?.content.links.map(\.type) == remaining)
        await expectError(.linkNotFound) { try await ledger.unlink("a", from: "b", type: "none") }
        await expectError(.linkNotFound) { try await ledger.unlink("a", from: "none") }
        await expectError(.notFound) { try await ledger.unlink("none", from: "b") }
        try await test.expectRebuildChangesNothing()
        await ledger.close()
    }

    /// JSON has no word for them, and no comparison either.
    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func aWeightIsANumber(weight: Double) async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        try await ledger.add("a", MemoryContent())
        let bad = [Self.link("b", weight: weight)]
        await expectError(.invalidArgument) { try await ledger.add("n", MemoryContent(links: bad)) }
        await expectError(.invalidArgument) { try await ledger.addAll([("n", MemoryContent(links: bad))]) }
        await expectError(.invalidArgument) { try await ledger.put("a", MemoryContent(links: bad)) }
        await expectError(.invalidArgument) { try await ledger.update("a", MemoryChange(links: bad)) }
        await expectError(.invalidArgument) { try await ledger.link("a", bad[0]) }
        #expect(try await ledger.log.head() == 1)
        await ledger.close()
    }

    @Test(arguments: [0, -0.0, 1, 0.1 + 0.2, 7.5, -3, 1e300, .leastNonzeroMagnitude])
    func everyOtherWeightComesBackBitForBit(weight: Double) async throws {
        let test = try await TestLedger.open()
        try await test.ledger.add("a", MemoryContent(links: [Self.link("b", weight: weight)]))
        let found = try await test.ledger.get("a")?.content.links.first?.weight
        #expect(found == weight)
        try await test.expectRebuildChangesNothing()
        await test.ledger.close()
    }
}
