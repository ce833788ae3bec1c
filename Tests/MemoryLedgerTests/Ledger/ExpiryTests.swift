import EventLog
import Testing

import class EventLogTesting.FixedClock

@testable import MemoryLedger

/// Goal: an expired memory is not there, in any way of looking at it, and its key is free. Method: a legacy row with an
/// expiry is imported, then the clock passes it.
@Suite(.onEveryBackend) struct ExpiryTests {
    private func expired() async throws -> TestLedger {
        let test = try await TestLedger.open()
        let path = test.folder.file("kv.db")
        let expires = test.clock.now().milliseconds + 1_000
        try TestDatabase(
            path,
            """
            CREATE TABLE keyv (key VARCHAR(255) PRIMARY KEY, value TEXT);
            INSERT INTO keyv VALUES ('mem:old', '{"value":{"summary":"old","links":[]},"expires":\(expires)}'),
                ('mem:other', '{"value":{"summary":"other","links":[{"type":"bug","key":"old","term":"t"}]}}');
            """
        ).close()
        let report = try await test.ledger.migrate(from: path)
        #expect((report.imported, report.expired, report.memories) == (2, 0, 2))
        #expect(try await test.ledger.get("old")?.content.summary == "old")
        test.clock.advance(999)
        #expect(try await test.ledger.access("old") != nil)
        test.clock.advance(1)
        return test
    }

    @Test func itIsHiddenFromEveryRead() async throws {
        let test = try await expired()
        let ledger = test.ledger
        #expect(try await ledger.get("old") == nil)
        #expect(try await ledger.access("old") == nil)
        #expect(try await ledger.traverse("old") == nil)
        #expect(try await ledger.list().memories.map(\.key) == ["other"])
        let outlines = try await ledger.linkedOutlines(of: ["old", "other"], namespace: "mem")
        #expect(outlines.mapValues(\.summary) == [ByteText("other"): "other"])
        let service = KVMemoryService(ledger)
        #expect(try await service.getMemory("mem", "old") == nil)
        let summaries = try await service.getMemory("mem", "other")?.links.map(\.summary)
        #expect(summaries == [KVMemoryService.missingSummary])
        await ledger.close()
    }

    @Test func itIsNotFoundByAnyCommand() async throws {
        let test = try await expired()
        let ledger = test.ledger
        let commands: [() async throws -> Void] = [
            { try await ledger.update("old", MemoryChange(text: "x")) }, { try await ledger.delete("old") },
            { try await ledger.rename("old", to: "new") }, { try await ledger.setMeta("old", .cold) },
            { try await ledger.link("old", MemoryLink(type: "bug", term: "t")) },
            { try await ledger.unlink("old", from: "x") },
        ]
        for command in commands { await expectError(.notFound) { try await command() } }
        try await test.expectRebuildChangesNothing()
        await ledger.close()
    }

    enum Way: CaseIterable {
        case add, put, addAll, rename
    }

    @Test(arguments: Way.allCases)
    func itsKeyIsFree(way: Way) async throws {
        let test = try await expired()
        let ledger = test.ledger
        let new = MemoryContent(summary: "new")
        switch way {
        case .add: try await ledger.add("old", new)
        case .put: try await ledger.put("old", new)
        case .addAll: try await ledger.addAll([("x", new), ("old", new)])
        case .rename:
            try await ledger.add("n", new)
            try await ledger.rename("n", to: "old")
            #expect(try await ledger.get("n") == nil)
        }
        let found = try #require(try await ledger.get("old"))
        #expect(found.content == new)
        #expect(found.meta.createdAt == test.clock.now() && found.meta.accessCount == 0 && found.meta.inDegree == 1)
        test.clock.advance(1_000_000)
        #expect(try await ledger.get("old")?.content == new)
        try await ledger.update("old", MemoryChange(text: "more"), expecting: found.version)
        try await test.expectRebuildChangesNothing()
        await ledger.close()
    }
}
