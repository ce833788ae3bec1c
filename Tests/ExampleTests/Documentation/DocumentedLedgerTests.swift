import EventLog
import EventLogTesting
import Foundation
import MemoryLedger
import Projections
import Testing

/// Goal: what the documentation shows of a ledger of memories holds. Method: it is compiled, and run in memory where it
/// needs no file.
@Suite struct DocumentedLedgerTests {
    let tea = MemoryKey(key: "tea")
    let me = Attribution(actor: "me")

    private func ledgerOfTea() async throws -> MemoryLedger {
        let ledger = try await MemoryLedger.inMemory()
        try await ledger.add(tea, MemoryContent(summary: "Likes green tea"), by: Attribution(actor: "importer"))
        try await ledger.add(MemoryKey(key: "coffee"), MemoryContent(summary: "Never after noon"), by: me)
        return ledger
    }

    @Test func memoriesAreWritten() async throws {
        let ledger = try await MemoryLedger.inMemory()
        let tea = MemoryKey(key: "tea")  // in the namespace "mem"
        let login = MemoryKey(namespace: "project", key: "ui:login")
        let content = MemoryContent(domain: "food", summary: "Likes green tea", keywords: ["tea", "taste"])
        try await ledger.add(tea, content)
        try await ledger.put(login, content)
        if let memory = try await ledger.get(tea) {
            print(memory.content.summary, memory.meta.accessCount, memory.version)
        }
        let version = try await ledger.update(tea, MemoryChange(summary: "Likes black tea"))
        try await ledger.update(tea, MemoryChange(domain: "drinks"), expecting: version)
        try await ledger.link(tea, MemoryLink(type: "design", key: "coffee", term: "taste", weight: 0.8))
        let changed = try #require(try await ledger.get(tea))
        #expect(changed.content.domain == "drinks" && changed.content.links.count == 1)
        await ledger.close()
    }

    @Test func memoriesSayWhereTheyComeFrom() async throws {
        let ledger = try await MemoryLedger.inMemory()
        let (key, content) = (tea, MemoryContent(summary: "Likes green tea"))
        let page = Provenance(source: .init(.tool, "web-search"), trust: 40)
        try await ledger.add(key, content, from: page, by: Attribution(actor: "assistant"))
        let web = Contributor.source(.init(.tool, "web-search"))
        let report = try await ledger.previewQuarantine(web)
        print(report.memories, report.keys)
        try await ledger.quarantine(.source(.init(.tool, "web-search")), reason: "poisoned", by: me)
        for quarantine in try await ledger.quarantines() { print(quarantine.contributor, quarantine.memories) }
        #expect(report.memories == 1)
        #expect(try await ledger.get(key) == nil)
        await ledger.close()
    }

    @Test func memoriesAreListed() async throws {
        let ledger = try await ledgerOfTea()
        var query = MemoryQuery(namespace: "mem", limit: 1)
        repeat {
            let page = try await ledger.list(query)
            for memory in page.memories { print(memory.key, memory.content.summary) }
            query.after = page.next
        } while query.after != nil
        let page = try await ledger.outlines(MemoryQuery(namespace: "mem"))
        for memory in page.memories { print(memory.id.key, memory.summary) }
        for namespace in try await ledger.statistics().namespaces { print(namespace.namespace, namespace.memories) }
        let key = try await ledger.resolve(MemoryKey(key: "mem:tea")).key  // "tea", unless there is "mem:tea"
        #expect(key == "tea")
        #expect(try await Self.summary(of: tea, in: ledger) == "Likes green tea")
        await ledger.close()
    }

    static func summary(of memory: MemoryKey, in memories: some MemoryReading) async throws -> String? {
        try await memories.get(memory)?.content.summary
    }

    @Test func memoriesAreChosen() async throws {
        let ledger = try await ledgerOfTea()
        var filter = MemoryFilter(namespace: "mem", domain: "food")
        filter.leastTrust = 50
        let page = try await ledger.list(MemoryQuery(filter, limit: 20))
        #expect(page.memories.isEmpty)
        await ledger.close()
    }

    @Test func memoriesAreReadBySomebody() async throws {
        let ledger = try await ledgerOfTea()
        let (request, key) = ("request-7", tea)
        let reader = ledger.reading(by: Attribution(actor: "assistant", correlationID: request))
        let memory = try await reader.get(key)
        #expect(memory != nil)
        do {
            try await ledger.rename(tea, to: "coffee")
        } catch let error as MemoryLedgerError where error.code == .alreadyExists {
            print(error)
        }
        await ledger.close()
    }

    @Test func thePastIsAsked() async throws {
        let ledger = try await ledgerOfTea()
        let then = try await ledger.asOf(.position(1))
        let memory = try await then.get(MemoryKey(key: "tea"))
        #expect(memory != nil)
        #expect(try await then.get(MemoryKey(key: "coffee")) == nil)
        let digest = try await ledger.digest()
        print(digest.position, digest.tables["memories"] ?? "")
        let explanation = try await ledger.explain(.position(1))
        for projection in explanation.projections { print(projection.name, projection.tables.map(\.name)) }
        let unread = try await ledger.unreadEvents()
        print(unread.unknown, unread.newer)
        #expect(unread.unknown.isEmpty && !explanation.projections.isEmpty)
        await ledger.close()
    }

    @Test func historyIsRead() async throws {
        let ledger = try await ledgerOfTea()
        let page = try await ledger.history(of: MemoryKey(key: "tea"))
        for entry in page.entries { print(entry.event.recordedAt, entry.event.type, entry.delta.fields) }
        let withReads = try await ledger.history(of: tea, HistoryQuery(includesReads: true, limit: 20))
        #expect(withReads.entries.count == page.entries.count)
        let blame = try await ledger.blame(tea)
        for field in blame.fields { print(field.field, field.setBy.attribution.actor ?? "somebody") }
        #expect(blame.fields.first?.setBy.attribution.actor == "importer")
        await ledger.close()
    }

    @Test func momentsAreCompared() async throws {
        let ledger = try await ledgerOfTea()
        let yesterday = Timestamp(milliseconds: 0)
        let page = try await ledger.diff(DiffQuery(from: .time(yesterday)))
        for difference in page.differences { print(difference.kind, difference.memory, difference.delta.fields) }
        var query = DiffQuery(from: .position(1), namespace: "mem")  // until now
        query.includesStatistics = true
        let since = try await ledger.diff(query)
        #expect(page.differences.count == 2 && since.differences.count == 1)
        await ledger.close()
    }

    @Test func eventsAreUndone() async throws {
        let ledger = try await ledgerOfTea()
        let plan = try await ledger.planUndo(.matching(UndoFilter(actor: "importer", since: .position(0))))
        for change in plan.changes { print(change.kind, change.memory) }
        if plan.conflicts.isEmpty { try await ledger.undo(plan, by: Attribution(actor: "me")) }
        #expect(try await ledger.get(tea) == nil)
        let event = try #require(try await ledger.log.event(at: 2))
        let single = try await ledger.planUndo(.events([event.id]))
        for change in single.changes { print(change.kind, change.memory) }
        #expect(single.changes.count == 1)
        await ledger.close()
    }

    @Test func changesAreFollowed() async throws {
        let ledger = try await ledgerOfTea()
        // Each goes on until its task is cancelled.
        for follow in [Self.followAdditions, Self.followMemories, Self.followAll] {
            let task = Task { try await follow(ledger, 0) }
            task.cancel()
            _ = await task.result
        }
        await ledger.close()
    }

    @Sendable private static func followAdditions(_ ledger: MemoryLedger, _ seen: Position) async throws {
        for try await event in ledger.subscribe() {
            guard case .added(let content, _)? = event.body as? MemoryEvent else { continue }
            print("\(event.recorded.stream) was added: \(content.summary)")
        }
    }

    @Sendable private static func followMemories(_ ledger: MemoryLedger, _ seen: Position) async throws {
        for try await change in ledger.subscribe(after: seen) {
            switch change.body {
            case let event as MemoryEvent: print(change.recorded.position, event.words)
            default: break
            }
        }
    }

    @Sendable private static func followAll(_ ledger: MemoryLedger, _ seen: Position) async throws {
        for try await change in ledger.subscribe(after: seen) {
            print(change.recorded.position, change.recorded.attribution.actor ?? "somebody", change.body?.words ?? "")
        }
    }

    @Test func whatIsDemandedIsSaid() async throws {
        var options = MemoryLedgerOptions()
        options.requireActor = true
        options.snapshots = .off
        let ledger = try await MemoryLedger.inMemory(options: options)
        let policy = try ledger.policy()
        print(policy.requiresActor, policy.auditsReads)
        #expect(policy.requiresActor)
        try await ledger.setPolicy(LedgerPolicyChange(requiresActor: true), by: Attribution(actor: "admin"))
        await ledger.close()
    }

    @Test func theFormerMethodsAreThere() async throws {
        let ledger = try await MemoryLedger.inMemory()
        let memories = KVMemory(ledger, namespace: "mem", by: Attribution(actor: "assistant"))
        try await memories.add("tea", MemoryContent(summary: "Likes green tea"))
        let tea = try await memories.get("tea")
        #expect(tea != nil)
        let service = KVMemoryService(ledger, by: Attribution(actor: "assistant"))
        let session = service.sessions.open(namespace: "mem")
        let linked = try await service.getMemory(session: session, "tea")
        #expect(linked != nil)
        await ledger.close()
    }

    @Test func jsonIsKept() throws {
        let value: JSONValue = ["summary": "UI", "weight": 0.5, "keywords": ["a", "b"]]
        let count = value["keywords"]?.array?.count  // 2
        #expect(count == 2)
        let tea: JSONObject = ["key": "tea", "summary": "Likes green tea"]
        let key = tea["key"]?.string  // "tea"
        #expect(key == "tea")
        let list = try JSONParser.parse(Array(#"["tea", 1.50]"#.utf8))
        print(list.compactBytes.count)  // every digit is kept
        #expect(list.compactBytes.count == 12)
    }

    @Test func aLedgerStandsOnAnyLog() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("tables.sqlite").path
        let log = InMemoryEventLog(clock: SystemTimeSource())
        let ledger = try await MemoryLedger.open(on: log, tables: path)
        try await ledger.add(tea, MemoryContent())
        #expect(try await log.head() == 1)
        await ledger.close()
    }
}
