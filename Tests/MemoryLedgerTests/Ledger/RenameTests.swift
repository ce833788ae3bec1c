import EventLog
import SQLiteEventLog
import Testing

@testable import MemoryLedger

/// Goal: a rename moves everything that belongs to a memory, and nothing else. Method: one rule a test, each also after
/// a rebuild.
@Suite(.onEveryBackend) struct RenameTests {
    private static func link(_ key: String?, _ type: String = "design") -> MemoryLink {
        MemoryLink(type: type, key: key, term: "t")
    }

    @Test func countsHistoryAndLinksFollow() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        try await ledger.add("a", MemoryContent(summary: "it", links: [Self.link("b"), Self.link(nil)]))
        try await ledger.add("b", MemoryContent(links: [Self.link("a"), Self.link("a", "bug"), Self.link("c")]))
        _ = try await ledger.access("a")
        let before = try #require(try await ledger.get("a"))
        test.clock.advance(1_000)
        let version = try await ledger.rename("a", to: "n")

        let after = try #require(try await ledger.get("n"))
        #expect(after.content == before.content)
        #expect(after.version == version)
        var meta = before.meta
        meta.id = "n"
        #expect(after.meta == meta)
        #expect(try await ledger.get("a") == nil)
        let links = try await ledger.get("b")?.content.links
        #expect(links == [Self.link("n"), Self.link("n", "bug"), Self.link("c")])
        #expect(after.meta.inDegree == 2 && after.meta.outDegree == 1)

        let old = try await ledger.log.readStream(MemoryStream.name("a")).events.map(\.type)
        let new = try await ledger.log.readStream(MemoryStream.name("n")).events.map(\.type)
        #expect(old == ["MemoryAdded", "MemoryAccessed", "MemoryRenamed"] && new == ["MemoryNameTaken"])
        try await test.expectRebuildChangesNothing()
        await ledger.close()
    }

    @Test func ontoADeletedKeyAndBack() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        try await ledger.add("a", MemoryContent(summary: "first"))
        try await ledger.add("b", MemoryContent(summary: "second", links: [Self.link("a")]))
        try await ledger.delete("a")
        #expect(try await ledger.get("b")?.content.links == [Self.link("a")])
        try await ledger.rename("b", to: "a")
        #expect(try await ledger.get("a")?.content.links == [Self.link("a")])
        #expect(try await ledger.get("a")?.meta.inDegree == 1)
        try await ledger.rename("a", to: "b")
        #expect(try await ledger.get("b")?.content.links == [Self.link("b")])
        await expectError(.notFound) { try await ledger.rename("a", to: "c") }
        try await test.expectRebuildChangesNothing()
        await ledger.close()
    }

    @Test func ontoAKeyThatLinksAlreadyPointAt() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        try await ledger.add("a", MemoryContent(links: [Self.link("later"), Self.link("b")]))
        try await ledger.add("b", MemoryContent())
        try await ledger.rename("b", to: "later")
        #expect(try await ledger.get("a")?.content.links == [Self.link("later"), Self.link("later")])
        #expect(try await ledger.get("later")?.meta.inDegree == 2)
        #expect(try await ledger.statistics().namespaces.first?.linksWithoutTarget == 0)
        try await test.expectRebuildChangesNothing()
        await ledger.close()
    }

    @Test func whatItRefusesChangesNothing() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        try await ledger.add("a", MemoryContent())
        try await ledger.add("b", MemoryContent())
        let head = try await ledger.log.head()
        await expectError(.sameKey) { try await ledger.rename("a", to: "a") }
        let taken = await expectError(.alreadyExists) { try await ledger.rename("a", to: "b") }
        #expect(taken?.memory == "b")
        await expectError(.notFound) { try await ledger.rename("c", to: "d") }
        await expectLimit(.keyBytes, "key") { try await ledger.rename("a", to: "") }
        await expectLimit(.controlCharacters, "key") { try await ledger.rename("a", to: "x\ny") }
        #expect(try await ledger.log.head() == head)
        await ledger.close()
    }

    /// Names differ between namespaces only by the namespace.
    @Test func otherNamespacesAreLeftAlone() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        let others = ["mem", "other"].map { MemoryKey(namespace: $0, key: "s") }
        for id in others {
            try await ledger.add(id, MemoryContent(links: [Self.link("a")]))
            try await ledger.add(MemoryKey(namespace: id.namespace, key: "a"), MemoryContent())
        }
        try await ledger.rename("a", to: "n")
        #expect(try await ledger.get(others[0])?.content.links == [Self.link("n")])
        #expect(try await ledger.get(others[1])?.content.links == [Self.link("a")])
        #expect(try await ledger.get(MemoryKey(namespace: "other", key: "a"))?.meta.inDegree == 1)
        try await test.expectRebuildChangesNothing()
        await ledger.close()
    }
}
