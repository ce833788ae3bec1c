import EventLog
import LedgerCapabilities
import SQLiteEventLog
import Testing

import class EventLogTesting.FixedClock

@testable import MemoryLedger

/// Goal: `KVMemoryService` answers and counts as the system that it replaces did. Method: every line of its
/// description; the counts before and after they are appended.
@Suite(.onEveryBackend) struct KVMemoryServiceTests {
    private func open() async throws -> (TestLedger, KVMemoryService) {
        let test = try await TestLedger.open()
        return (test, KVMemoryService(test.ledger))
    }

    private func counts(_ service: KVMemoryService, _ key: String) async throws -> [Int]? {
        try await service.addKVMemory("mem").get(key).map { [$0.meta.accessCount, $0.meta.traverseCount] }
    }

    @Test func getMemoryCountsAnAccessAndLeavesTheStatisticsOut() async throws {
        let (test, service) = try await open()
        try await service.addMemory("mem", "a", MemoryContent(domain: "d", summary: "s", keywords: ["k"]))
        let made = test.clock.now()
        test.clock.advance(10)
        let found = try #require(try await service.getMemory("mem", "a"))
        #expect(
            found.json.description
                == #"{"domain":"d","summary":"s","text":"","type":"","links":[],"keywords":["k"]}"#)
        let meta = try await test.ledger.get("a")?.meta
        #expect(meta?.accessCount == 1 && meta?.lastAccessedAt == test.clock.now())
        #expect(meta?.traverseCount == 0 && meta?.lastLinkedAt == made && meta?.createdAt == made)
        #expect(try await service.getMemory("mem", "none") == nil)
        await test.ledger.close()
    }

    /// One keyless link gave every link the text for a missing one; now only itself.
    @Test func eachLinkHasItsOwnTargetsSummary() async throws {
        let (test, service) = try await open()
        let links = [
            MemoryLink(type: "design", key: "b", term: "1", weight: 0.25), MemoryLink(type: "bug", term: "2"),
            MemoryLink(type: "bug", key: "missing", term: "3"), MemoryLink(type: "bug", key: "mem:b", term: "4"),
            MemoryLink(type: "bug", key: "a", term: "5"), MemoryLink(type: "bug", key: "", term: "6"),
        ]
        try await service.addMemory("mem", "a", MemoryContent(summary: "of a", links: links))
        try await service.addMemory("mem", "b", MemoryContent(summary: "of b"))
        try await service.addMemory("other", "missing", MemoryContent(summary: "elsewhere"))
        let found = try #require(try await service.getMemory("mem", "a"))
        let none = "关联记忆不存在"
        #expect(KVMemoryService.missingSummary == none)
        #expect(found.links.map(\.summary) == ["of b", none, none, "of b", "of a", none])
        #expect(found.links.map(\.link) == links)
        #expect(
            found.json["links"]?.array?[0].description
                == #"{"type":"design","key":"b","term":"1","weight":0.25,"summary":"of b"}"#)
        #expect(
            found.json["links"]?.array?[1].description
                == #"{"type":"bug","term":"2","weight":0.5,"summary":"\#(none)"}"#)
        // Reading a linked summary is not an access.
        #expect(try await counts(service, "b") == [0, 0])
        #expect(try await counts(service, "a") == [1, 0])
        await test.ledger.close()
    }

    @Test func traverseMemoryCountsATraversalAndAnswersTheStatistics() async throws {
        let (test, service) = try await open()
        try await service.addMemory("mem", "a", MemoryContent(summary: "s"))
        let made = test.clock.now()
        test.clock.advance(10)
        let found = try #require(try await service.traverseMemory("mem", "mem:a"))
        #expect(found.content.summary == "s" && found.meta.id == "a")
        #expect(found.meta.traverseCount == 1 && found.meta.lastLinkedAt == test.clock.now())
        #expect(found.meta.accessCount == 0 && found.meta.lastAccessedAt == made)
        #expect(try await test.ledger.get("a") == found)
        #expect(try await service.traverseMemory("mem", "none") == nil)
        await test.ledger.close()
    }

    @Test func anUnknownNamespaceAnswersNothingAndDoesNothing() async throws {
        let (test, service) = try await open()
        try await service.addMemory("mem", "a", MemoryContent(summary: "s"))
        #expect(try await service.getMemory("none", "a") == nil)
        #expect(try await service.traverseMemory("none", "a") == nil)
        try await service.updateMemory("none", "a", MemoryChange(text: "x"))
        try await service.updateKey("none", "a", "b")
        try await service.updateKey("none", "a", "a")
        #expect(try await test.ledger.log.head() == 1)
        #expect(try await test.ledger.namespaces() == ["mem"])
        await test.ledger.close()
    }

    /// There a missing key is an error of changing, and no answer of reading.
    @Test func memIsKnownFromTheStartAndOthersAfterAddKVMemory() async throws {
        let (test, service) = try await open()
        let other = service.acting(by: Attribution(actor: "agent"))
        try other.addKVMemory("named")
        for namespace in ["mem", "named"] {
            for service in [service, other] {
                let update = await #expect(throws: KVMemoryError.self) {
                    try await service.updateMemory(namespace, "none", MemoryChange(text: "x"))
                }
                #expect(update?.message == "KVMemory: update: key none not found")
                let rename = await #expect(throws: KVMemoryError.self) {
                    try await service.updateKey(namespace, "none", "x")
                }
                #expect(rename?.message == "KVMemory: updateKey: key none not found")
                #expect(try await service.getMemory(namespace, "none") == nil)
                #expect(try await service.traverseMemory(namespace, "none") == nil)
            }
        }
        // Another service knows what is in the store, and that is nothing.
        try await KVMemoryService(test.ledger).updateMemory("named", "none", MemoryChange(text: "x"))
        #expect(try await test.ledger.log.head() == 0)
        await test.ledger.close()
    }

    /// What a memory does not have is kept, and shown by `get`, but is not in this answer; in links neither.
    @Test func unknownMembersAreNotInAnAnswer() async throws {
        let (test, service) = try await open()
        let link = MemoryLink(type: "bug", key: "b", term: "t", weight: 1, extra: ["note": "n"])
        let value = MemoryContent(
            domain: "d", summary: "s", text: "t", type: "decision", keywords: ["k"], links: [link],
            extra: ["priority": 1])
        try await service.addMemory("mem", "a", value)
        let found = try #require(try await service.getMemory("mem", "a"))
        #expect(
            found.json.description == """
                {"domain":"d","summary":"s","text":"t","type":"decision","links":[{"type":"bug","key":"b","term":"t",\
                "weight":1,"summary":"关联记忆不存在"}],"keywords":["k"]}
                """)
        #expect(found.content.extra.isEmpty && found.content.links[0].extra.isEmpty)
        #expect(try await test.ledger.get("a")?.content == value)
        await test.ledger.close()
    }

    @Test func updateMemoryMergesAndTakesStatistics() async throws {
        let (test, service) = try await open()
        try await service.addMemory("mem", "a", MemoryContent(summary: "s", keywords: ["k"]))
        var meta = MemoryMeta(id: "a", at: Timestamp(milliseconds: 5))
        meta.traverseCount = 3
        try await service.updateMemory("mem", "mem:a", MemoryChange(text: "t", keywords: []), meta: meta)
        #expect(try await test.ledger.get("a")?.content == MemoryContent(summary: "s", text: "t"))
        #expect(try await test.ledger.get("a")?.meta == meta)
        await test.ledger.close()
    }

    @Test func updateKeyOntoItselfThrows() async throws {
        let (test, service) = try await open()
        try await service.addMemory("mem", "a", MemoryContent(summary: "s"))
        let error = await #expect(throws: KVMemoryError.self) { try await service.updateKey("mem", "a", "mem:a") }
        #expect(error?.message == "KVMemory: updateKey: old_key and new_key must be different")
        #expect(error?.code == .sameKey)
        #expect(try await service.getMemory("mem", "a") != nil)
        await test.ledger.close()
    }

    /// A known one says what is missing, however it was made known, and when.
    @Test func namespacesAreKnownFromTheStore() async throws {
        let (test, service) = try await open()
        try await service.addMemory("mem:project", "a", MemoryContent(summary: "s"))
        let reopened = try await test.reopened()
        let again = KVMemoryService(reopened.ledger)
        #expect(try await again.getMemory("mem:project", "a")?.content.summary == "s")
        try await again.updateMemory("mem:project", "a", MemoryChange(text: "new"))
        try await again.updateKey("mem:project", "a", "b")
        #expect(try await again.traverseMemory("mem:project", "b")?.content.text == "new")
        try await again.addKVMemory("mem:project").delete("b")
        for namespace in ["mem:project"] {
            let update = await #expect(throws: KVMemoryError.self) {
                try await again.updateMemory(namespace, "none", MemoryChange(text: "x"))
            }
            #expect(update?.message == "KVMemory: update: key none not found")
            let rename = await #expect(throws: KVMemoryError.self) { try await again.updateKey(namespace, "none", "x") }
            #expect(rename?.message == "KVMemory: updateKey: key none not found")
        }
        await reopened.ledger.close()
    }

    @Test func updateKeyOntoATakenKeyThrows() async throws {
        let (test, service) = try await open()
        for key in ["a", "b"] { try await service.addMemory("mem", key, MemoryContent(summary: key)) }
        let error = await #expect(throws: KVMemoryError.self) { try await service.updateKey("mem", "mem:a", "mem:b") }
        #expect(error?.code == .alreadyExists && error?.message == "KVMemory: updateKey: key b already exists")
        #expect(try await counts(service, "b") == [0, 0])
        await test.ledger.close()
    }

    @Test(arguments: ["", "a\nb", String(repeating: "n", count: 257)])
    func aNamespaceHasAName(namespace: String) async throws {
        let (test, service) = try await open()
        #expect(throws: MemoryLimitError.self) { try service.addKVMemory(namespace) }
        await #expect(throws: MemoryLimitError.self) { try await service.addMemory(namespace, "a", MemoryContent()) }
        #expect(try await service.getMemory(namespace, "a") == nil)
        await test.ledger.close()
    }

    @Test func actingForSomebodyElseKeepsTheSessions() async throws {
        let (test, service) = try await open()
        let session = service.sessions.open()
        let acting = service.acting(by: Attribution(actor: "agent", correlationID: "r1"))
        try await acting.addMemory("mem", "a", MemoryContent())
        #expect(try await acting.getMemory(session: session, "a") != nil)
        #expect(service.sessions.session(session)?.lastMemoryKey == "a")
        try await test.ledger.flushReads()
        let events = try await test.ledger.events()
        #expect(
            events.map(\.attribution) == Array(repeating: Attribution(actor: "agent", correlationID: "r1"), count: 2))
        await test.ledger.close()
    }

    @Test func whatIsReadWhileTheLedgerIsReadOnlyIsAnErrorAndNoAnswer() async throws {
        let (test, service) = try await open()
        try await service.addMemory("mem", "a", MemoryContent())
        let reader = try await test.another(access: .readOnly)
        let readOnly = KVMemoryService(reader.ledger)
        await expectLogError(.readOnly) { _ = try await readOnly.getMemory("mem", "a") }
        #expect(try await readOnly.addKVMemory("mem").get("a") != nil)
        await reader.ledger.close()
        await test.ledger.close()
    }
}
