import EventLog
import EventLogTesting
import Testing

@testable import MemoryLedger
@testable import Projections

/// Goal: a moment after events that cannot be read is answered for the namespaces that can be, as it is with the master
/// key; what is compared or kept is refused; and nothing that was built with the key serves who has none. Method: one
/// ledger, each of its positions asked with the key and without it.
@Suite struct LockedMomentTests {
    private static let web = Contributor.source(Provenance.Source(.tool, "web"))

    /// What can be asked of a moment of the namespace that is in the open.
    private static func answers(_ reading: some MemoryReading) async throws -> [String] {
        var query = MemoryFilter(namespace: "mem")
        var found = ["\(try await reading.list(MemoryQuery(query)).memories)"]
        found.append("\(try await reading.outlines(MemoryQuery(query)).memories)")
        query.source = Provenance.Source(.tool, "web")
        found.append("\(try await reading.list(MemoryQuery(query)).memories.map(\.key))")
        query.source = nil
        for filter in [query, MemoryFilter(namespace: "mem", status: .active)] {
            let page = try await reading.search(MemorySearch("green", filter))
            found.append("\(page.memories.map { "\($0.key) \($0.summary)" }.sorted()) \(page.total)")
        }
        let sql = "SELECT key, text, in_degree, source, trust, derived_from FROM memories WHERE namespace = 'mem'"
        found.append("\(try await reading.query(TableQuery(sql + " ORDER BY key")).rows)")
        found.append("\(try await reading.hubs()) \(try await reading.components().total)")
        for key: MemoryKey in ["tea", "cup", "mem:tea", "mug"] {
            found.append("\(String(describing: try await reading.get(key)))")
            if try await reading.get(key) != nil {
                found.append("\(try await reading.history(of: key).entries.count)")
                found.append("\(try await reading.blame(key))")
            }
        }
        for counts in try await reading.statistics().namespaces where counts.namespace == "mem" {
            found.append("\(counts.memories) \(counts.quarantined) \(counts.links) \(counts.linksWithoutTarget)")
            found.append("\(counts.events.map { "\($0.key) \($0.value)" }.sorted())")
        }
        return found
    }

    /// Memories in the open, some of which come from one of a protected namespace, and quarantines that come and go.
    private static func filled() async throws -> TestLedger {
        let test = try await TestLedger.openProtected()
        let ledger = test.ledger
        try await ledger.protect("people")
        try await ledger.add("cup", MemoryContent(summary: "a green cup"))
        let page = Provenance(source: Provenance.Source(.tool, "web"), trust: 30)
        try await ledger.add(.person("ada"), MemoryContent(summary: "green countess"), from: page)
        try await ledger.add(
            "tea", MemoryContent(summary: "green tea", links: [MemoryLink(type: "bug", key: "cup", term: "in")]),
            from: Provenance(derivedFrom: [.person("ada")]))
        try await ledger.update(.person("ada"), MemoryChange(text: "analyst"))
        try await ledger.quarantine(web, reason: "wrong")
        try await ledger.rename("cup", to: "mug")
        try await ledger.release(web)
        try await ledger.add(.person("bob"), MemoryContent(summary: "green builder"))
        try await ledger.update("tea", MemoryChange(text: "green leaves"))
        return test
    }

    @Test func everyPositionIsAnsweredAsWithTheKey() async throws {
        let test = try await Self.filled()
        let head = try await test.ledger.log.head()
        var expected: [[String]] = []
        for position in 1...head {
            expected.append(try await Self.answers(test.ledger.asOf(.position(position))))
        }
        await test.ledger.close()
        let locked = try await TestLedger.openProtected(in: test.folder, key: nil)
        for position in 1...head {
            let past = try await locked.ledger.asOf(.position(position))
            let found = try await Self.answers(past)
            for (own, other) in zip(found, expected[Int(position) - 1]) {
                #expect(own == other, "position \(position)")
            }
            #expect(try await past.statistics().locked == ["people"])
            #expect(try await past.statistics().namespaces.map(\.namespace).contains("people") == false)
        }
        await locked.ledger.close()
    }

    /// What is compared or kept is whole or refused; with the key nothing is left out.
    @Test func whatIsKeptNeedsTheKey() async throws {
        let test = try await Self.filled()
        let head = try await test.ledger.log.head()
        await test.ledger.close()
        let locked = try await TestLedger.openProtected(in: test.folder, key: nil)
        let ledger = locked.ledger
        let past = try await ledger.asOf(.position(head))
        #expect(try await past.list().memories.map(\.key) == ["mug", "tea"])
        let calls: [() async throws -> Void] = [
            { _ = try await past.digest() }, { try await past.readTables { _ in } },
            { _ = try await ledger.checkout(at: .position(head), to: test.folder.file("out.sqlite")) },
            { _ = try await ledger.takeSnapshot() }, { _ = try await ledger.explain(.position(head)) },
            { _ = try await ledger.rebuild() },
        ]
        for (number, call) in calls.enumerated() {
            let error = await expectLogError(.masterKeyMissing) { try await call() }
            #expect(error?.message.contains("countess") != true, "\(number)")
        }
        // What had occurred by a time cannot be told if something was quarantined: no table says by whom it was made.
        await expectLogError(.masterKeyMissing) { _ = try await ledger.asOf(.occurred(test.clock.now())).list() }
        await ledger.close()
    }

    /// Before anything was quarantined, nothing of a locked namespace decides about another one.
    @Test func whatHadOccurredBeforeAQuarantineNeedsNoKey() async throws {
        let test = try await TestLedger.openProtected()
        try await test.ledger.protect("people")
        try await test.ledger.add(.person("ada"), MemoryContent(summary: "green countess"))
        try await test.ledger.add("cup", MemoryContent(summary: "a green cup"))
        let before = test.clock.now()
        test.clock.advance(1_000)
        try await test.ledger.quarantine(Self.web, reason: "wrong")
        let after = test.clock.now()
        let expected = try await Self.answers(test.ledger.asOf(.occurred(before)))
        await test.ledger.close()
        let locked = try await TestLedger.openProtected(in: test.folder, key: nil)
        locked.clock.advance(1_000)
        let past = try await locked.ledger.asOf(.occurred(before))
        #expect(try await Self.answers(past) == expected)
        #expect(try await past.search(MemorySearch("green")).memories.map(\.key) == ["cup"])
        await expectLogError(.masterKeyMissing) { _ = try await locked.ledger.asOf(.occurred(after)).list() }
        await locked.ledger.close()
    }

    /// A view that was built while all could be read answers nothing once a namespace is locked.
    @Test func viewsAreNotShared() async throws {
        let test = try await TestLedger.openProtected()
        try await test.ledger.protect("people")
        try await test.ledger.add(MemoryKey(namespace: "diary", key: "day"), MemoryContent(summary: "green"))
        try await test.ledger.add("tea", MemoryContent(summary: "green tea"))
        let head = try await test.ledger.log.head()
        let locked = try await TestLedger.openProtected(in: test.folder, key: nil)
        let past = try await locked.ledger.asOf(.position(head))
        #expect(try await past.list().memories.map(\.key) == ["day", "tea"])
        let sql = TableQuery("SELECT namespace FROM namespaces ORDER BY 1")
        #expect(try await past.query(sql).rows == [["diary"], ["mem"]])
        // Nothing before the moment is encrypted, so the whole can be built, too: another view.
        #expect(locked.ledger.moments.openMoments == 1)
        #expect(try await past.digest() == test.ledger.asOf(.position(head)).digest())
        #expect(locked.ledger.moments.openMoments == 2)
        try await test.ledger.protect("diary")
        let listed = try await past.list()
        #expect(listed.memories.map(\.key) == ["tea"] && listed.locked == ["diary", "people"])
        #expect(try await past.query(sql).rows == [["mem"]])
        #expect(locked.ledger.moments.openMoments == 3)
        await locked.ledger.close()
        await test.ledger.close()
    }

    /// A row of a legacy database was a memory of one namespace, and then of another that is locked: its events there
    /// would be missing in the first.
    @Test(.inAFile) func anImportThatCrossesNeedsTheKey() async throws {
        let test = try await TestLedger.openProtected()
        try await test.ledger.protect("people")
        let path = test.folder.file("kv.db")
        let rows = ["people:b", "mem:a", "mem:c", "mem:d"].map { GrowingSource.entry($0, "one") }
        try TestDatabase(path, GrowingSource.keyvTable + rows.joined()).close()
        var options = MigrationOptions()
        options.tables = [.init(name: "keyv", namespace: "mem")]
        _ = try await test.ledger.migrate(from: path, options: options)
        let before = try await test.ledger.log.head()
        #expect(try await test.ledger.list(MemoryQuery(MemoryFilter(namespace: "mem"))).memories.count == 4)
        try TestDatabase(path, "UPDATE keyv SET value = replace(value, 'one', 'two') WHERE key = 'people:b'").close()
        options.tables = []
        _ = try await test.ledger.migrate(from: path, options: options)
        let head = try await test.ledger.log.head()
        #expect(try await test.ledger.list(MemoryQuery(MemoryFilter(namespace: "mem"))).memories.count == 3)
        await test.ledger.close()
        let locked = try await TestLedger.openProtected(in: test.folder, key: nil)
        #expect(try await locked.ledger.asOf(.position(before)).list().memories.count == 4)
        let past = try await locked.ledger.asOf(.position(head))
        await expectLogError(.masterKeyMissing) { _ = try await past.list() }
        await expectLogError(.masterKeyMissing) {
            _ = try await locked.ledger.asOf(.occurred(test.clock.now())).list()
        }
        await locked.ledger.close()
    }
}
