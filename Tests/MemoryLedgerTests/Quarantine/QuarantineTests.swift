import EventLog
import SQLiteEventLog
import Testing

import class EventLogTesting.FixedClock

@testable import MemoryLedger

/// Goal: a quarantine takes out of every answer what comes from a contributor and what was derived from that, and a
/// release brings it back. Method: small ledgers with known parentage, asked in every way before, between and after.
@Suite(.onEveryBackend) struct QuarantineTests {
    private static let web = Provenance.Source(.tool, "web-search")
    private static let mallory = Attribution(actor: "mallory")
    private static let ada = Attribution(actor: "ada")

    /// `a` by ada; `poison` by mallory from the web; `derived` by ada from it, in another namespace; `grandchild`.
    private static let derived = MemoryKey(namespace: "notes", key: "derived")

    private static func ledger() async throws -> TestLedger {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        let link = MemoryLink(type: "t", key: "poison", term: "x")
        try await ledger.add("a", MemoryContent(summary: "fine", links: [link]), by: ada)
        try await ledger.add(
            "poison", MemoryContent(summary: "bad"), from: Provenance(source: web, trust: 10), by: mallory)
        try await ledger.add(
            derived, MemoryContent(summary: "made of it"), from: Provenance(derivedFrom: ["poison", "a"]), by: ada)
        try await ledger.add(
            "grandchild", MemoryContent(summary: "made of that"), from: Provenance(derivedFrom: [derived]), by: ada)
        return test
    }

    private static let contributors: [Contributor] = [.actor("mallory"), .source(web)]

    @Test(arguments: contributors)
    func itTakesWhatComesFromTheContributorAndWhatWasDerivedFromIt(contributor: Contributor) async throws {
        let test = try await Self.ledger()
        let ledger = test.ledger
        let preview = try await ledger.previewQuarantine(contributor)
        var report = try await ledger.quarantine(contributor, reason: "poisoned", by: Self.ada)
        #expect(report.position == 5)
        report.position = nil
        #expect(report == preview)
        #expect((report.memories, report.direct) == (3, 1))
        #expect(report.keys == ["grandchild", "poison", Self.derived])
        #expect(report.namespaces == [.init(namespace: "mem", memories: 2), .init(namespace: "notes", memories: 1)])
        try await Self.expectHidden(test)
        let listed = try await ledger.quarantines()
        #expect(listed.map(\.contributor) == [contributor] && listed[0].reason == "poisoned")
        #expect(listed[0].memories == 3 && listed[0].actor == "ada" && listed[0].position == 5)
        try await test.expectRebuildChangesNothing()
        try await Self.expectHidden(test)
        let back = try await ledger.release(contributor, by: Self.ada)
        #expect(back.memories == 3 && back.keys == report.keys)
        #expect(try await ledger.all().count == 4)
        #expect(try await ledger.statistics().namespaces.map(\.quarantined) == [0, 0])
        #expect(try await ledger.quarantines().isEmpty)
        try await test.expectRebuildChangesNothing()
        await ledger.close()
    }

    private static func expectHidden(_ test: TestLedger) async throws {
        let ledger = test.ledger
        #expect(try await ledger.all().map(\.id) == ["a"])
        for key in ["poison", "grandchild", derived] {
            #expect(try await ledger.get(key) == nil)
            #expect(try await ledger.access(key) == nil)
            #expect(try await ledger.includingQuarantined.get(key) != nil)
        }
        let held = try await ledger.list(MemoryQuery(onlyQuarantined: true)).memories
        #expect(held.map(\.id) == ["grandchild", "poison", derived])
        let statistics = try await ledger.statistics().namespaces
        #expect(statistics.map(\.memories) == [1, 0] && statistics.map(\.quarantined) == [2, 1])
        // The old methods know nothing of it.
        let service = KVMemoryService(ledger)
        let linked = try await service.getMemory("mem", "a")
        #expect(linked?.links.map(\.summary) == [KVMemoryService.missingSummary])
        #expect(try await KVMemory(ledger).get("poison") == nil)
        // The past is as it was, and knows of it since.
        let before = try await ledger.asOf(.position(4))
        #expect(try await before.get("poison") != nil)
        #expect(try await before.list().memories.count == 4)
        let after = try await ledger.asOf(.position(5))
        #expect(try await after.get("poison") == nil)
        #expect(try await after.list().memories.count == 1)
        #expect(try await after.includingQuarantined.get("poison") != nil)
    }

    @Test func whatComesLaterIsTakenAndNotShown() async throws {
        let test = try await Self.ledger()
        let ledger = test.ledger
        try await ledger.quarantine(.actor("mallory"))
        try await ledger.add("more", MemoryContent(summary: "bad"), by: Self.mallory)
        try await ledger.add(
            "child", MemoryContent(summary: "c"), from: Provenance(derivedFrom: ["more"]), by: Self.ada)
        #expect(try await ledger.get("more") == nil)
        #expect(try await ledger.get("child") == nil)
        // An update by the actor takes the memory along, and with it what was made of it before.
        try await ledger.add("b", MemoryContent(summary: "b"), by: Self.ada)
        try await ledger.add("of b", MemoryContent(summary: "b"), from: Provenance(derivedFrom: ["b"]), by: Self.ada)
        try await ledger.update("b", MemoryChange(text: "evil"), by: Self.mallory)
        #expect(try await ledger.get("b") == nil)
        #expect(try await ledger.get("of b") == nil)
        try await test.expectRebuildChangesNothing()
        #expect(try await ledger.release(.actor("mallory")).memories == 7)
        await ledger.close()
    }

    @Test func anotherQuarantineStillHoldsIt() async throws {
        let test = try await Self.ledger()
        let ledger = test.ledger
        try await ledger.quarantine(.actor("mallory"))
        let second = try await ledger.quarantine(.source(Self.web))
        #expect(second.memories == 0)
        let preview = try await ledger.previewRelease(.actor("mallory"))
        let release = try await ledger.release(.actor("mallory"))
        #expect(preview.memories == 0 && release.memories == 0)
        #expect(try await ledger.get("poison") == nil)
        #expect(try await ledger.release(.source(Self.web)).memories == 3)
        #expect(try await ledger.get("poison") != nil)
        await ledger.close()
    }

    @Test func renamesDeletionsAndRestorationsDoNotShakeItOff() async throws {
        let test = try await Self.ledger()
        let ledger = test.ledger
        try await ledger.rename("poison", to: "honey")
        try await ledger.delete(Self.derived)
        let deletion = try #require(try await ledger.events().last)
        // Derived from what is gone, and from what has another name by now.
        try await ledger.add("x", MemoryContent(summary: "x"), from: Provenance(derivedFrom: [Self.derived]))
        try await ledger.add("y", MemoryContent(summary: "y"), from: Provenance(derivedFrom: ["poison"]))
        try await ledger.quarantine(.source(Self.web))
        for key: MemoryKey in ["honey", "x", "y", "grandchild"] { #expect(try await ledger.get(key) == nil) }
        // Put back by somebody else, it comes from where it came from.
        try await ledger.undo(ledger.planUndo(.events([deletion.id])), by: Self.ada)
        #expect(try await ledger.get(Self.derived) == nil)
        #expect(try await ledger.includingQuarantined.get(Self.derived)?.content.summary == "made of it")
        try await test.expectRebuildChangesNothing()
        #expect(try await ledger.release(.source(Self.web)).memories == 5)
        await ledger.close()
    }

    @Test func whatIsQuarantinedCannotBeChanged() async throws {
        let test = try await Self.ledger()
        let ledger = test.ledger
        try await ledger.quarantine(.actor("mallory"))
        let key: MemoryKey = "poison"
        await expect(.alreadyExists) { try await ledger.add(key, MemoryContent()) }
        await expect(.alreadyExists) { try await ledger.rename("a", to: "poison") }
        await expect(.quarantined) { try await ledger.put(key, MemoryContent()) }
        await expect(.quarantined) { try await ledger.update(key, MemoryChange(text: "x")) }
        await expect(.quarantined) { try await ledger.rename(key, to: "elsewhere") }
        await expect(.quarantined) { try await ledger.link(key, MemoryLink(type: "t", key: "a", term: "")) }
        await expect(.quarantined) { try await ledger.setMeta(key, .cold) }
        let head = try await ledger.log.head()
        try await ledger.delete(key)
        #expect(try await ledger.log.head() == head + 1)
        #expect(try await ledger.includingQuarantined.get(key) == nil)
        await ledger.close()
    }

    @Test func twiceIsRefusedAndSoIsReleasingNothing() async throws {
        let test = try await Self.ledger()
        let ledger = test.ledger
        await expect(.notQuarantined) { try await ledger.release(.actor("mallory")) }
        try await ledger.quarantine(.actor("mallory"))
        await expect(.alreadyQuarantined) { try await ledger.quarantine(.actor("mallory")) }
        let other = try await test.another()
        await expect(.alreadyQuarantined) { try await other.ledger.quarantine(.actor("mallory")) }
        await other.ledger.close()
        await expect(.invalidArgument) { try await ledger.quarantine(.source(.init(.tool, ""))) }
        await expect(.invalidArgument) {
            try await ledger.quarantine(.actor("x"), reason: String(repeating: "x", count: 5_000))
        }
        // One event each; an actor who is not known yet may be quarantined too.
        #expect(try await ledger.quarantine(.actor("nobody yet")).memories == 0)
        try await ledger.add("late", MemoryContent(), by: Attribution(actor: "nobody yet"))
        #expect(try await ledger.get("late") == nil)
        #expect(try await ledger.events().filter { $0.type == QuarantineEvent.Name.quarantined }.count == 2)
        await ledger.close()
    }

    /// Many ask for the same: one of them gets it.
    @Test func oneOfManyPutsIt() async throws {
        let test = try await Self.ledger()
        let ledger = test.ledger
        let done = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<16 {
                group.addTask { (try? await ledger.quarantine(.actor("mallory"))) != nil }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(done == 1)
        await ledger.close()
    }

    @Test func undoPointsAtTheCommand() async throws {
        let test = try await Self.ledger()
        let ledger = test.ledger
        try await ledger.quarantine(.actor("mallory"), by: Self.ada)
        let event = try #require(try await ledger.events().last)
        let error = await #expect(throws: MemoryLedgerError.self) { try await ledger.planUndo(.events([event.id])) }
        #expect(error?.code == .cannotUndo && error?.message.contains("`release`") == true)
        // What it holds back can be undone all the same.
        let plan = try await ledger.planUndo(.matching(UndoFilter(actor: "mallory")))
        try await ledger.undo(plan)
        #expect(try await ledger.includingQuarantined.get("poison") == nil)
        await ledger.close()
    }

    @Test(arguments: [false, true])
    func differencesSaySo(whole: Bool) async throws {
        let test = try await Self.ledger()
        let ledger = test.ledger
        try await ledger.quarantine(.actor("mallory"))
        try await ledger.rename("a", to: "b")
        let between = try await ledger.log.head()
        try await ledger.release(.actor("mallory"))
        let comparison = { (from: Position, to: Position) in
            let moments = [from, to].map { LogMoment(position: $0, time: test.clock.now()) }
            let diff = DiffComparison(
                parts: ledger.parts, query: DiffQuery(from: .position(from), to: .position(to)), from: moments[0],
                to: moments[1], after: nil)
            return try await (whole ? WholeDiff(comparison: diff).page() : diff.page()).differences
        }
        let there = try await comparison(4, between)
        #expect(there.map(\.kind) == [.renamed, .quarantined, .quarantined, .quarantined])
        #expect(there.map(\.memory) == ["b", "grandchild", "poison", Self.derived])
        let back = try await comparison(between, between + 1)
        #expect(back.map(\.kind) == [.released, .released, .released])
        #expect(try await comparison(4, between + 1).map(\.kind) == [.renamed])
        await ledger.close()
    }

    @Test func importsAreSourcesToo() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        let source = test.folder.file("legacy.sqlite")
        try TestDatabase(
            source,
            """
            CREATE TABLE keyv (key VARCHAR(255) PRIMARY KEY, value TEXT);
            INSERT INTO keyv VALUES ('mem:a', '{"value":{"summary":"one"}}'), ('mem:b', '{"value":{"summary":"b"}}')
            """
        ).close()
        _ = try await ledger.migrate(from: source)
        let contributor = try #require(try await ledger.get("a")?.provenance?.source)
        #expect(contributor.kind == .import && contributor.name.utf8.count == 16)
        #expect(try await ledger.asOf(.position(ledger.log.head())).get("a")?.provenance?.source == contributor)
        #expect(try await ledger.quarantine(.source(contributor)).memories == 2)
        #expect(try await ledger.all().isEmpty)
        try await test.expectRebuildChangesNothing()
        await ledger.close()
    }

    private func expect(_ code: MemoryLedgerError.Code, _ body: () async throws -> Void) async {
        let error = await #expect(throws: MemoryLedgerError.self) { try await body() }
        #expect(error?.code == code)
    }
}
