import EventLog
import Testing

@testable import MemoryLedger

/// Goal: a memory is under its namespace and key, byte by byte, and under no other. Method: names that a stream name, a
/// Unicode comparison or SQL might take for each other.
@Suite(.onEveryBackend) struct KeyTests {
    private static let composed = "\u{e9}"
    private static let decomposed = "e\u{301}"

    private static let ids: [MemoryKey] = [
        MemoryKey(key: composed), MemoryKey(key: decomposed), MemoryKey(namespace: composed, key: "a"),
        MemoryKey(namespace: decomposed, key: "a"), "A", "a", " a", "a ", "%", "_", "a%", "'", "\"", "a/b",
        MemoryKey(namespace: "mem/a", key: "b"), MemoryKey(namespace: "mem%2Fa", key: "b"),
        MemoryKey(namespace: "$import", key: "0123456789abcdef"), MemoryKey(namespace: "%24import", key: "0"),
        MemoryKey(namespace: "a/\u{301}b", key: "x"), MemoryKey(namespace: "a%\u{301}", key: "\u{301}x"),
        MemoryKey(namespace: "$\u{301}", key: "x"), MemoryKey(namespace: "a/", key: "\u{301}"),
        MemoryKey(namespace: "a", key: "/\u{301}"), MemoryKey(namespace: "mem:project", key: "a:b"),
        MemoryKey(namespace: "mem", key: "project:a:b"), MemoryKey(namespace: "\u{200d}", key: "\u{fe0f}"),
    ]

    @Test func everyNameIsAMemoryOfItsOwn() async throws {
        let test = try await TestLedger.open()
        #expect(Set(Self.ids).count == Self.ids.count)
        #expect(Set(Self.ids.map(MemoryStream.name)).count == Self.ids.count)
        for (index, id) in Self.ids.enumerated() {
            #expect(MemoryStream.memory(MemoryStream.name(id)) == id)
            try await test.ledger.add(id, MemoryContent(summary: "\(index)"))
        }
        for (index, id) in Self.ids.enumerated() {
            let found = try await test.ledger.get(id)
            #expect(found?.content.summary == "\(index)", "\(id)")
            #expect(found?.id == id)
        }
        #expect(try await test.ledger.all().map(\.id) == Self.ids.sorted())
        let namespaces = try await test.ledger.namespaces().map { ByteText($0) }
        #expect(namespaces == Set(Self.ids.map { ByteText($0.namespace) }).sorted())
        try await test.expectRebuildChangesNothing()
        await test.ledger.close()
    }

    @Test func composedAndDecomposedKeysAreCountedLinkedAndRenamedApart() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        let (one, two) = (MemoryKey(key: Self.composed), MemoryKey(key: Self.decomposed))
        try await ledger.add("s", MemoryContent(links: [MemoryLink(type: "bug", key: Self.composed, term: "t")]))
        try await ledger.add(one, MemoryContent(summary: "one"))
        try await ledger.add(two, MemoryContent(summary: "two"))
        _ = try await ledger.access(two)
        #expect(try await ledger.get(one)?.meta.accessCount == 0)
        #expect(try await ledger.get(one)?.meta.inDegree == 1)
        #expect(try await ledger.get(two)?.meta.accessCount == 1)
        #expect(try await ledger.get(two)?.meta.inDegree == 0)
        let summaries = try await ledger.linkedOutlines(of: [Self.composed, Self.decomposed], namespace: "mem")
            .mapValues(\.summary)
        #expect(summaries == [ByteText(Self.composed): "one", ByteText(Self.decomposed): "two"])
        try await ledger.delete(one)
        // Not the same key, though Swift's strings would say so.
        try await ledger.rename(two, to: Self.composed)
        #expect(try await ledger.get(one)?.content.summary == "two")
        #expect(try await ledger.get(two) == nil)
        #expect(try await ledger.get("s")?.content.links.first?.key?.hasSameBytes(as: Self.composed) == true)
        try await test.expectRebuildChangesNothing()
        await ledger.close()
    }

    @Test func contentIsKeptByteByByte() async throws {
        let test = try await TestLedger.open()
        let text = "a\0b\u{1f}\u{7f}\u{85}\u{feff}e\u{301}\u{e9}\u{ffff}\u{10ffff}\r\n\"\\/🧠"
        let content = MemoryContent(
            domain: text, summary: text, text: text, type: text, keywords: [text, "", text],
            links: [MemoryLink(type: text, key: text, term: text, weight: 1)])
        try await test.ledger.add("a", content)
        let found = try #require(try await test.ledger.get("a")?.content)
        let link = try #require(found.links.first)
        let texts = [found.domain, found.summary, found.text, found.type, link.type, link.key ?? "", link.term]
        for found in texts + [found.keywords[0], found.keywords[2]] { #expect(found.hasSameBytes(as: text)) }
        #expect(found.keywords[1] == "")
        try await test.expectRebuildChangesNothing()
        await test.ledger.close()
    }
}
