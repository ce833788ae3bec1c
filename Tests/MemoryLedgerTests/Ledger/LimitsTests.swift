import EventLog
import SQLiteEventLog
import Testing

@testable import MemoryLedger

/// Goal: each limit holds at its bound and refuses beyond it by name, in every command. Method: a table of names and
/// contents at and over the bounds; nothing is appended by what is refused.
@Suite(.onEveryBackend) struct LimitsTests {
    struct NameCase: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var id: MemoryKey
        var limit: MemoryLimitError.Limit?
        var field = "key"
    }

    static let nameCases: [NameCase] = [
        NameCase(testDescription: "shortest key", id: "k"),
        NameCase(testDescription: "longest key", id: MemoryKey(key: String(repeating: "k", count: 1_024))),
        NameCase(testDescription: "longest key in two bytes each", id: MemoryKey(key: text("é", 512))),
        NameCase(testDescription: "empty key", id: "", limit: .keyBytes),
        NameCase(testDescription: "key too long", id: MemoryKey(key: text("k", 1_025)), limit: .keyBytes),
        NameCase(testDescription: "key too long in bytes", id: MemoryKey(key: text("é", 513)), limit: .keyBytes),
        NameCase(testDescription: "line break in the key", id: "a\nb", limit: .controlCharacters),
        NameCase(testDescription: "zero byte in the key", id: "a\0b", limit: .controlCharacters),
        NameCase(testDescription: "delete in the key", id: "a\u{7f}", limit: .controlCharacters),
        NameCase(testDescription: "C1 control in the key", id: "a\u{85}", limit: .controlCharacters),
        NameCase(testDescription: "no-break space is no control", id: "a\u{a0}"),
        NameCase(testDescription: "slashes, colons, percents", id: MemoryKey(namespace: "$a/b%2F:c", key: "/%/:$")),
        NameCase(testDescription: "longest namespace", id: MemoryKey(namespace: text("/", 256), key: "k")),
        NameCase(
            testDescription: "empty namespace", id: MemoryKey(namespace: "", key: "k"), limit: .namespaceBytes,
            field: "namespace"),
        NameCase(
            testDescription: "namespace too long", id: MemoryKey(namespace: text("n", 257), key: "k"),
            limit: .namespaceBytes, field: "namespace"),
        NameCase(
            testDescription: "tab in the namespace", id: MemoryKey(namespace: "a\tb", key: "k"),
            limit: .controlCharacters, field: "namespace"),
    ]

    private static func text(_ character: Character, _ count: Int) -> String {
        String(repeating: character, count: count)
    }

    @Test(arguments: nameCases)
    func names(name: NameCase) async throws {
        let test = try await TestLedger.open()
        let (ledger, id) = (test.ledger, name.id)
        guard let limit = name.limit else {
            try await ledger.add(id, MemoryContent(summary: "it"))
            #expect(try await ledger.get(id)?.content.summary == "it")
            #expect(try await ledger.list().memories.map(\.id) == [id])
            try await test.expectRebuildChangesNothing()
            return await ledger.close()
        }
        let commands: [() async throws -> Void] = [
            { try await ledger.add(id, MemoryContent()) }, { try await ledger.put(id, MemoryContent()) },
            { try await ledger.addAll([("fine", MemoryContent()), (id, MemoryContent())]) },
            { try await ledger.update(id, MemoryChange(summary: "x")) }, { try await ledger.delete(id) },
            { try await ledger.rename(id, to: "x") }, { try await ledger.setMeta(id, .cold) },
            { try await ledger.link(id, MemoryLink(type: "bug", term: "t")) },
            { try await ledger.unlink(id, from: "x") },
        ]
        for command in commands {
            let error = await expectLimit(limit, name.field) { try await command() }
            if limit != .controlCharacters {
                #expect(error?.description.contains("(\(limit.rawValue))") == true)
                #expect(error?.description.contains("\(error?.found ?? -1) bytes") == true)
            }
        }
        #expect(try await ledger.get(id) == nil)
        #expect(try await ledger.log.head() == 0)
        await ledger.close()
    }

    private static let small = MemoryLimits(textBytes: 8, linksPerMemory: 3)

    private static func contents(bytes: Int) -> [(String, MemoryContent)] {
        let long = text("x", bytes)
        return [
            ("text", MemoryContent(text: long)), ("summary", MemoryContent(summary: long)),
            ("domain", MemoryContent(domain: long)), ("type", MemoryContent(type: long)),
            ("keywords", MemoryContent(keywords: ["a", long])),
            ("links.type", MemoryContent(links: [MemoryLink(type: long, term: "t")])),
            ("links.term", MemoryContent(links: [MemoryLink(type: "t", term: long)])),
            ("links.key", MemoryContent(links: [MemoryLink(type: "t", key: long, term: "t")])),
        ]
    }

    @Test func texts() async throws {
        let test = try await TestLedger.open { $0.limits = Self.small }
        for (index, (field, content)) in Self.contents(bytes: 8).enumerated() {
            try await test.ledger.add(MemoryKey(key: "\(index)"), content)
            #expect(try await test.ledger.get(MemoryKey(key: "\(index)"))?.content == content, "\(field)")
        }
        let head = try await test.ledger.log.head()
        for (field, content) in Self.contents(bytes: 9) {
            let error = await expectLimit(.textBytes, field) { try await test.ledger.add("new", content) }
            #expect(error?.allowed == 0...8 && error?.found == 9)
            await expectLimit(.textBytes, field) { try await test.ledger.put("0", content) }
        }
        await expectLimit(.textBytes, "text") {
            try await test.ledger.update("0", MemoryChange(text: "123456789"))
        }
        #expect(try await test.ledger.log.head() == head)
        await test.ledger.close()
    }

    @Test func links() async throws {
        let test = try await TestLedger.open { $0.limits = Self.small }
        let ledger = test.ledger
        let links = (0..<4).map { MemoryLink(type: "bug", key: "\($0)", term: "t") }
        try await ledger.add("a", MemoryContent(links: Array(links.prefix(2))))
        try await ledger.link("a", links[2])
        // One that is there already is not one more.
        try await ledger.link("a", MemoryLink(type: "bug", key: "2", term: "new"))
        let error = await expectLimit(.linksPerMemory, "links") { try await ledger.link("a", links[3]) }
        #expect(error?.allowed == 0...3 && error?.found == 4)
        #expect(error?.description == "The memory has 4 links; allowed are at most 3 (links_per_memory).")
        await expectLimit(.linksPerMemory, "links") { try await ledger.update("a", MemoryChange(links: links)) }
        await expectLimit(.linksPerMemory, "links") { try await ledger.add("b", MemoryContent(links: links)) }
        #expect(try await ledger.get("a")?.content.links.count == 3)
        await ledger.close()
    }

    @Test func theStandardLimitsAreThoseOfTheDocuments() {
        let limits = MemoryLimits.standard
        #expect(limits.keyBytes == 1...1_024 && limits.namespaceBytes == 1...256)
        #expect(limits.textBytes == 16 << 20 && limits.linksPerMemory == 10_000)
    }

    @Test func tenThousandLinksAndSixteenMebibytes() async throws {
        let test = try await TestLedger.open()
        let links = (0..<10_000).map { MemoryLink(type: "bug", key: "k\($0)", term: "t") }
        let content = MemoryContent(text: String(repeating: "0123456789abcdef", count: 1 << 20), links: links)
        try await test.ledger.add("a", content)
        #expect(try await test.ledger.get("a")?.content == content)
        #expect(try await test.ledger.get("a")?.meta.outDegree == 10_000)
        await expectLimit(.linksPerMemory, "links") {
            try await test.ledger.link("a", MemoryLink(type: "bug", key: "more", term: "t"))
        }
        await expectLimit(.textBytes, "text") {
            try await test.ledger.add("b", MemoryContent(text: content.text + "x"))
        }
        await test.ledger.close()
    }

    /// A page, and a change that changes nothing.
    @Test(arguments: [Int.min, -1, 0, 1_001, .max])
    func aPageHoldsOneToAThousand(limit: Int) async throws {
        let test = try await TestLedger.open()
        await expectError(.invalidArgument) { _ = try await test.ledger.list(MemoryQuery(limit: limit)) }
        await expectError(.invalidArgument) { try await test.ledger.update("a", MemoryChange()) }
        await test.ledger.close()
    }

    /// What a parser would not read again is not taken.
    @Test func extrasAreAsDeepAsAParserReads() async throws {
        func nested(_ levels: Int) -> JSONObject {
            ["a": (1..<levels).reduce(JSONValue(1)) { value, _ in .array([value]) }]
        }
        let test = try await TestLedger.open()
        let ledger = test.ledger
        let link = MemoryLink(type: "t", key: nil, term: "x", extra: nested(MemoryLimits.extraDepth))
        let content = MemoryContent(links: [link], extra: nested(MemoryLimits.extraDepth))
        try await ledger.add("deepest", content)
        #expect(try await ledger.get("deepest")?.content == content)
        try await test.expectRebuildChangesNothing()
        let deeper = nested(MemoryLimits.extraDepth + 1)
        for content in [
            MemoryContent(extra: deeper),
            MemoryContent(links: [MemoryLink(type: "t", key: nil, term: "x", extra: deeper)]),
        ] {
            let error = await #expect(throws: MemoryLimitError.self) { try await ledger.add("k", content) }
            #expect(error?.limit == .extraDepth)
        }
        await ledger.close()
    }
}
