import EventLog
import SQLiteEventLog
import Testing

import class EventLogTesting.FixedClock

@testable import MemoryLedger

/// Goal: `KVMemory` behaves as the system that it replaces did, word for word. Method: every line of its table of
/// methods, and what is better on purpose.
@Suite(.onEveryBackend) struct KVMemoryTests {
    private static let link = MemoryLink(type: "design", key: "b", term: "t")
    private static let value = MemoryContent(
        domain: "d", summary: "s", text: "t", type: "decision", keywords: ["k"], links: [link])

    private func open() async throws -> (TestLedger, KVMemory) {
        let test = try await TestLedger.open()
        return (test, KVMemory(test.ledger))
    }

    private func expectError(
        _ message: String, _ code: KVMemoryError.Code, sourceLocation: SourceLocation = #_sourceLocation,
        _ body: () async throws -> Void
    ) async {
        let error = await #expect(throws: KVMemoryError.self, sourceLocation: sourceLocation) { try await body() }
        #expect(error?.message == message && error?.code == code, sourceLocation: sourceLocation)
        #expect(error.map { "\($0)" } == message, sourceLocation: sourceLocation)
    }

    @Test func addMakesFreshStatistics() async throws {
        let (test, kv) = try await open()
        #expect(kv.namespace == "mem")
        try await kv.add("a", Self.value)
        var meta = MemoryMeta(id: "a", at: test.clock.now())
        meta.outDegree = 1
        #expect(try await kv.get("a")?.content == Self.value)
        #expect(try await kv.get("a")?.meta == meta)
        #expect(meta.status == .active && meta.accessCount == 0 && meta.traverseCount == 0)
        await test.ledger.close()
    }

    @Test func addReplacesSilentlyAndBeginsAnew() async throws {
        let (test, kv) = try await open()
        try await kv.add("a", Self.value)
        try await kv.setMeta("a", MemoryMeta(id: "a", at: Timestamp(milliseconds: 5)))
        _ = try await test.ledger.access("a")
        test.clock.advance(60_000)
        try await kv.add("a", MemoryContent(summary: "new"))
        #expect(try await kv.get("a")?.content == MemoryContent(summary: "new"))
        #expect(try await kv.get("a")?.meta == MemoryMeta(id: "a", at: test.clock.now()))
        await test.ledger.close()
    }

    @Test func getHasNoSideEffect() async throws {
        let (test, kv) = try await open()
        try await kv.add("a", Self.value)
        let first = try await kv.get("a")
        test.clock.advance(1)
        #expect(try await kv.get("a") == first)
        #expect(try await kv.get("none") == nil)
        try await test.ledger.flushReads()
        #expect(try await test.ledger.log.head() == 1)
        await test.ledger.close()
    }

    @Test func setMetaReplacesAllButTheDegrees() async throws {
        let (test, kv) = try await open()
        try await kv.add("a", Self.value)
        var meta = MemoryMeta(
            id: "other", createdAt: Timestamp(milliseconds: 1), lastAccessedAt: Timestamp(milliseconds: 2),
            lastLinkedAt: Timestamp(milliseconds: 3), inDegree: 9, outDegree: 9, accessCount: 4, traverseCount: 5,
            status: .deprecated)
        try await kv.setMeta("a", meta)
        (meta.id, meta.inDegree, meta.outDegree) = ("a", 0, 1)
        #expect(try await kv.get("a")?.meta == meta)
        await expectError("KVMemory: setMeta: key none not found", .notFound) { try await kv.setMeta("none", meta) }
        await test.ledger.close()
    }

    @Test func updateMergesFieldsAndReplacesLists() async throws {
        let (test, kv) = try await open()
        try await kv.add("a", Self.value)
        try await kv.update("a", MemoryChange(text: "new"))
        var expected = Self.value
        expected.text = "new"
        #expect(try await kv.get("a")?.content == expected)
        try await kv.update("a", MemoryChange(domain: "", keywords: ["x", "y"], links: []))
        (expected.domain, expected.keywords, expected.links) = ("", ["x", "y"], [])
        #expect(try await kv.get("a")?.content == expected)
        try await kv.update("a", MemoryChange())
        #expect(try await kv.get("a")?.content == expected)
        for change in [MemoryChange(text: "x"), MemoryChange()] {
            await expectError("KVMemory: update: key none not found", .notFound) { try await kv.update("none", change) }
        }
        await test.ledger.close()
    }

    @Test func updateKeyMovesTheValueAndItsLinksFollow() async throws {
        let (test, kv) = try await open()
        try await kv.add("a", Self.value)
        try await kv.add("b", MemoryContent(summary: "b"))
        try await kv.updateKey("b", "n")
        #expect(try await kv.get("b") == nil)
        #expect(try await kv.get("n")?.meta.id == "n")
        #expect(try await kv.get("n")?.meta.inDegree == 1)
        #expect(try await kv.get("a")?.content.links.map(\.key) == ["n"])
        await expectError("KVMemory: updateKey: key none not found", .notFound) { try await kv.updateKey("none", "x") }
        await expectError("KVMemory: updateKey: key none not found", .notFound) {
            try await kv.updateKey("none", "none")
        }
        await expectError("KVMemory: updateKey: key n already exists", .alreadyExists) {
            try await kv.updateKey("a", "n")
        }
        await test.ledger.close()
    }

    /// There it deleted the memory.
    @Test(arguments: [("a", "a"), ("mem:a", "a"), ("a", "mem:a"), ("mem:a", "mem:a")])
    func updateKeyOntoItselfThrowsAndNothingHappens(old: String, new: String) async throws {
        let (test, kv) = try await open()
        try await kv.add("a", Self.value)
        let before = try await kv.get("a")
        await expectError("KVMemory: updateKey: old_key and new_key must be different", .sameKey) {
            try await kv.updateKey(old, new)
        }
        await expectError("KVMemory: updateKey: key mem:none not found", .notFound) {
            try await kv.updateKey("mem:none", "none")
        }
        #expect(try await kv.get("a") == before)
        #expect(try await test.ledger.log.head() == 1)
        await test.ledger.close()
    }

    @Test func updateTakesStatisticsToo() async throws {
        let (test, kv) = try await open()
        try await kv.add("a", Self.value)
        var meta = MemoryMeta(
            id: "other", createdAt: Timestamp(milliseconds: 1), lastAccessedAt: Timestamp(milliseconds: 2),
            lastLinkedAt: Timestamp(milliseconds: 3), inDegree: 9, outDegree: 9, accessCount: 4, traverseCount: 5,
            status: .cold)
        try await kv.update("mem:a", MemoryChange(text: "new"), meta: meta)
        (meta.id, meta.inDegree, meta.outDegree) = ("a", 0, 1)
        #expect(try await kv.get("a")?.content.text == "new")
        #expect(try await kv.get("a")?.meta == meta)
        meta.accessCount = 7
        try await kv.update("a", MemoryChange(), meta: meta)
        #expect(try await kv.get("a")?.meta == meta)
        // Both or neither.
        let head = try await test.ledger.log.head()
        meta.accessCount = -1
        await #expect(throws: MemoryLedgerError.self) { try await kv.update("a", MemoryChange(text: "x"), meta: meta) }
        await expectError("KVMemory: update: key none not found", .notFound) {
            try await kv.update("none", MemoryChange(), meta: MemoryMeta(id: "", at: Timestamp(milliseconds: 1)))
        }
        #expect(try await test.ledger.log.head() == head)
        await test.ledger.close()
    }

    /// There any key would do; here a key has 1 to 1,024 bytes, its namespace's prefix not counted, and no control
    /// characters.
    @Test(arguments: [
        ("", MemoryLimitError.Limit.keyBytes), ("a\nb", .controlCharacters), ("\u{85}", .controlCharacters),
        (String(repeating: "k", count: 1_025), .keyBytes),
    ])
    func aKeyHasALength(key: String, limit: MemoryLimitError.Limit) async throws {
        let (test, kv) = try await open()
        for key in [key, "mem:" + key] where key != "mem:" {
            await expectLimit(limit, "key") { try await kv.add(key, Self.value) }
            #expect(try await kv.get(key) == nil)
        }
        let longest = String(repeating: "k", count: 1_024)
        try await kv.add("mem:" + longest, Self.value)
        #expect(try await test.ledger.all().map(\.key) == [longest])
        await test.ledger.close()
    }

    /// What the four texts say does not matter, and they may be empty.
    @Test func nothingIsValidatedAtThisLevel() async throws {
        let (test, kv) = try await open()
        let value = MemoryContent(links: [MemoryLink(type: "any", key: "", term: "", weight: 7)])
        try await kv.add("a", value)
        #expect(try await kv.get("a")?.content == value)
        await test.ledger.close()
    }

    @Test func deleteIsThere() async throws {
        let (test, kv) = try await open()
        try await kv.add("a", Self.value)
        try await kv.delete("a")
        #expect(try await kv.get("a") == nil)
        await expectError("KVMemory: delete: key a not found", .notFound) { try await kv.delete("a") }
        await test.ledger.close()
    }

    /// In the old store the key was `<namespace>:<key>`, and callers gave either.
    @Test(arguments: [
        ("mem", "mem:a", "a"), ("mem", "a", "a"), ("mem", "mem:", "mem:"), ("mem", "mem", "mem"),
        ("mem", "other:a", "other:a"), ("mem", "MEM:a", "MEM:a"), ("mem", ":a", ":a"), ("mem", "mem::a", ":a"),
        ("mem", "memo:a", "memo:a"), ("mem:project", "mem:project:a", "a"), ("mem:project", "mem:a", "mem:a"),
        ("\u{e9}", "e\u{301}:a", "e\u{301}:a"), ("\u{e9}", "\u{e9}:a", "a"), ("mem", "mem:\u{301}", "\u{301}"),
    ])
    func aKeyMayNameItsNamespace(namespace: String, given: String, stored: String) async throws {
        let test = try await TestLedger.open()
        let kv = KVMemory(test.ledger, namespace: namespace)
        try await kv.add(given, MemoryContent(summary: "it"))
        let ids = try await test.ledger.all().map(\.id)
        #expect(ids == [MemoryKey(namespace: namespace, key: stored)])
        #expect(try await kv.get(given)?.meta.id.hasSameBytes(as: stored) == true)
        #expect(try await kv.get(stored)?.content.summary == "it")
        try await kv.update(given, MemoryChange(text: "new"))
        await expectError("KVMemory: update: key mem:none not found", .notFound) {
            try await KVMemory(test.ledger).update("mem:none", MemoryChange(text: "x"))
        }
        try await kv.updateKey(given, given + "2")
        #expect(try await kv.get(stored + "2")?.content.text == "new")
        try await kv.delete(given + "2")
        await test.ledger.close()
    }

    @Test func namespacesAreApartAndTheAttributionIsInTheEvents() async throws {
        let test = try await TestLedger.open()
        let one = KVMemory(test.ledger, namespace: "one", by: Attribution(actor: "first"))
        let two = KVMemory(test.ledger, namespace: "two", by: Attribution(actor: "second"))
        try await one.add("a", MemoryContent(summary: "1"))
        try await two.add("a", MemoryContent(summary: "2"))
        try await one.delete("a")
        #expect(try await one.get("a") == nil)
        #expect(try await two.get("a")?.content.summary == "2")
        #expect(try await test.ledger.events().map(\.attribution.actor) == ["first", "second", "first"])
        await test.ledger.close()
    }
}
