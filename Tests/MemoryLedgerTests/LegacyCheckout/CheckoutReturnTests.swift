import EventLog
import Foundation
import SQLiteEventLog
import Testing

@testable import MemoryLedger

/// Goal: a checkout that the old program went on with comes back into the ledger that wrote it: what is the ledger's
/// own is known, what was changed there is taken over, and only what changed on both sides is set aside. Method: both
/// layouts, with the statistics of every row written again, and rows changed there, here, or in both places.
@Suite(.onEveryBackend) struct CheckoutReturnTests {
    /// A ledger with memories that were imported, changed, renamed, written and deleted here, checked out.
    private struct Trip {
        let source: GrowingSource
        let layout: LegacyLayout
        let file: String
        let before: [Memory]

        var ledger: MemoryLedger { source.ledger }

        init(_ layout: LegacyLayout) async throws {
            source = try await GrowingSource.open()
            self.layout = layout
            try source.replace(
                GrowingSource.keyv(["kept", "changed", "renamed", "deleted"].map { ($0, "imported") }))
            try await source.migrate()
            let ledger = source.ledger
            try await ledger.update("changed", MemoryChange(summary: "here"))
            try await ledger.rename("renamed", to: "moved")
            try await ledger.delete("deleted")
            try await ledger.add(
                "own",
                MemoryContent(
                    domain: "d", summary: "here", type: "bug", keywords: ["k"],
                    links: [
                        MemoryLink(type: "design", key: "kept", term: "t"), MemoryLink(type: "bug", term: "no key"),
                        MemoryLink(type: "bug", key: "missing", term: "no target"),
                    ]))
            for key: MemoryKey in ["both", "alike", "gone"] {
                try await ledger.add(key, MemoryContent(summary: "here"))
            }
            try await ledger.add(
                MemoryKey(namespace: "Proj", key: "own"), MemoryContent(summary: "here", keywords: ["p"]))
            file = source.test.folder.file("back.db")
            source.test.clock.advance(1_000)
            try await ledger.checkout(in: layout, to: file)
            before = try await ledger.everyMemory()
        }

        /// Rewrites the statistics of every row, as the old program does when it reads.
        func readThere() throws {
            switch layout {
            case .keyv:
                try run(
                    "UPDATE keyv SET value = json_set(value, '$.value.meta.access_count', 9, "
                        + "'$.value.meta.last_accessed_at', 1800000000000)")
            case .kvMemory2:
                try run(
                    "UPDATE memories SET meta = json_set(meta, '$.access_count', 9, '$.score', 12), score = 12, "
                        + "created_at = created_at + 1; UPDATE memory_links SET access_count = 7, last_accessed_at = 8;"
                )
            }
        }

        func changeThere(_ key: String, _ summary: String) throws {
            switch layout {
            case .keyv:
                let row = key.contains(":") ? key : "mem:\(key)"
                try run("UPDATE keyv SET value = json_set(value, '$.value.summary', '\(summary)') WHERE key = '\(row)'")
            case .kvMemory2: try run("UPDATE memories SET summary = '\(summary)' WHERE key = '\(key)'")
            }
        }

        func addThere(_ key: String, _ summary: String) throws {
            switch layout {
            case .keyv: try run(GrowingSource.entry("mem:\(key)", summary))
            case .kvMemory2: try run("INSERT INTO memories VALUES ('\(key)', '\(summary)', '', '{}', 5, NULL)")
            }
        }

        func run(_ sql: String) throws { try TestDatabase(file, sql).close() }

        func comeBack(from path: String? = nil, continues: Bool = false) async throws -> MigrationReport {
            source.test.clock.advance(1_000)
            var options = MigrationOptions()
            options.continuesEarlierImport = continues
            let report = try await ledger.migrate(from: path ?? file, options: options)
            #expect(report.rows == report.imported + report.duplicates + report.quarantined)
            #expect(report.verified.different.isEmpty, "\(report.verified.different)")
            return report
        }

        func finish() async throws { try await source.finish("\(layout)") }
    }

    @Test(arguments: LegacyLayout.allCases, [false, true])
    func whatComesBackUnchangedIsKnown(layout: LegacyLayout, wasRead: Bool) async throws {
        let trip = try await Trip(layout)
        if wasRead { try trip.readThere() }
        let report = try await trip.comeBack()
        #expect(
            (report.rows, report.imported, report.duplicates, report.quarantined) == (8, 0, 8, 0),
            "\(report.quarantine)")
        #expect(!report.needsAttention && report.source.isContinued)
        #expect(try await trip.ledger.everyMemory().map(\.content) == trip.before.map(\.content))
        #expect(try await trip.comeBack().firstPosition == nil)
        // The first database is what it was.
        let first = try await trip.source.migrate()
        #expect(first.firstPosition == nil && first.duplicates == 4)
        try await trip.finish()
    }

    @Test(arguments: LegacyLayout.allCases)
    func whatWasChangedThereIsTakenOver(layout: LegacyLayout) async throws {
        let trip = try await Trip(layout)
        try trip.readThere()
        let keys: [MemoryKey] = ["kept", "changed", "moved", "own", MemoryKey(namespace: "Proj", key: "own")]
        for key in keys { try trip.changeThere(key.namespace == "mem" ? key.key : "Proj:own", "there") }
        // So that most rows are the same.
        for number in 0..<3 { try trip.addThere("new\(number)", "there") }
        let report = try await trip.comeBack(continues: true)
        #expect((report.imported, report.duplicates, report.quarantined) == (8, 3, 0), "\(report.quarantine)")
        for key in keys { #expect(try await trip.source.summary(key) == "there", "\(key)") }
        #expect(try await trip.source.summary("new0") == "there")
        #expect(try await trip.ledger.everyMemory().count == trip.before.count + 3)
        let old = try #require(trip.before.first { $0.id == "own" }).content
        let own = try #require(try await trip.ledger.get("own")).content
        // What the layout cannot hold is as it was.
        #expect((own.domain, own.type, own.keywords, own.links) == (old.domain, old.type, old.keywords, old.links))
        #expect(try await trip.ledger.get(MemoryKey(namespace: "Proj", key: "own"))?.content.keywords == ["p"])
        #expect(try await trip.comeBack().firstPosition == nil)
        // It goes on.
        try trip.changeThere("own", "later")
        try trip.changeThere("both", "later")
        #expect(try await trip.comeBack().imported == 2)
        for key: MemoryKey in ["own", "both"] { #expect(try await trip.source.summary(key) == "later") }
        try trip.changeThere("own", "here")
        #expect(try await trip.comeBack().imported == 1)
        #expect(try await trip.source.summary("own") == "here")
        // What is changed here then stays.
        try await trip.ledger.update("own", MemoryChange(summary: "mine"))
        try trip.changeThere("own", "last")
        #expect(try await trip.comeBack().quarantined == 1)
        #expect(try await trip.source.summary("own") == "mine")
        try await trip.finish()
    }

    /// What was changed there was set by the migration, the rest by who set it before; and the migration can be undone.
    @Test(arguments: LegacyLayout.allCases)
    func aChangeThatCameBackIsLookedBackUpon(layout: LegacyLayout) async throws {
        let trip = try await Trip(layout)
        let old = try #require(trip.before.first { $0.id == "own" })
        let added = try #require(try await trip.ledger.blame("own").fields.first { $0.field == "keywords" }).setBy
        try trip.changeThere("own", "there")
        #expect(try await trip.comeBack().imported == 1)
        let blame = try await trip.ledger.blame("own")
        #expect(blame.fields.first { $0.field == "keywords" }?.setBy == added)
        let summary = try #require(blame.fields.first { $0.field == "summary" })
        #expect(summary.value == "there" && summary.setBy.position > added.position)
        #expect(blame.links.count == 3 && blame.links.allSatisfy { $0.madeBy == added })
        let head = try await trip.ledger.log.head()
        let undo = UndoFilter(since: .position(summary.setBy.position - 1))
        let plan = try await trip.ledger.planUndo(.matching(undo))
        #expect(plan.conflicts.isEmpty, "\(plan.conflicts)")
        _ = try await trip.ledger.undo(plan)
        #expect(try await trip.ledger.get("own")?.content == old.content)
        #expect(try await trip.ledger.log.head() > head)
        try await trip.finish()
    }

    /// Links are taken over with what the layout cannot hold, and follow a rename here where they were not changed.
    @Test func linksAreTakenOverBesideThoseWithoutAPlace() async throws {
        let trip = try await Trip(.kvMemory2)
        try trip.run("UPDATE memory_links SET term = 'there'")
        #expect(try await trip.comeBack().imported == 1)
        let links = try #require(try await trip.ledger.get("own")).content.links
        #expect(links.map(\.term) == ["there", "no key", "no target"])
        #expect(links.map(\.key) == ["kept", nil, "missing"])
        try await trip.ledger.rename("kept", to: "elsewhere")
        try trip.changeThere("own", "there")
        #expect(try await trip.comeBack().imported == 1)
        let own = try #require(try await trip.ledger.get("own")).content
        #expect(own.summary == "there" && own.links.map(\.key) == ["elsewhere", nil, "missing"])
        try await trip.finish()
    }

    /// Keyv 6 upgrades its table in place.
    @Test func aCheckoutThatKeyvSixUpgradedIsKnown() async throws {
        let trip = try await Trip(.keyv)
        try trip.changeThere("own", "there")
        try trip.run(MigrationLaterTablesTests.keyv6)
        let report = try await trip.comeBack()
        #expect(report.source.format == .keyv6 && report.source.isCheckout)
        #expect((report.imported, report.duplicates, report.quarantined) == (1, 7, 0), "\(report.quarantine)")
        #expect(try await trip.source.summary("own") == "there")
        try await trip.finish()
    }

    @Test(arguments: LegacyLayout.allCases)
    func whatChangedOnBothSidesIsSetAside(layout: LegacyLayout) async throws {
        let trip = try await Trip(layout)
        try trip.readThere()
        for key in ["both", "gone"] { try trip.changeThere(key, "there") }
        try trip.changeThere("alike", "alike")
        try trip.addThere("new", "there")
        try await trip.ledger.update("both", MemoryChange(summary: "mine"))
        try await trip.ledger.update("alike", MemoryChange(summary: "alike"))
        try await trip.ledger.update("own", MemoryChange(summary: "mine"))
        try await trip.ledger.rename("kept", to: "elsewhere")
        try await trip.ledger.delete("gone")
        let report = try await trip.comeBack()
        #expect((report.imported, report.duplicates, report.quarantined) == (1, 6, 2), "\(report.quarantine)")
        let row = { (key: String) in layout == .keyv ? "mem:\(key)" : key }
        #expect(Set(report.quarantine.map(\.key)) == [row("both"), row("gone")])
        #expect(report.quarantine.allSatisfy { $0.reason.contains("since this file was checked out") })
        for key: MemoryKey in ["both", "own"] { #expect(try await trip.source.summary(key) == "mine") }
        for key: MemoryKey in ["gone", "kept"] { #expect(try await trip.source.summary(key) == nil) }
        #expect(try await trip.source.summary("elsewhere") == "imported")
        #expect(try await trip.source.summary("new") == "there")
        let again = try await trip.comeBack()
        #expect(again.firstPosition == nil && again.quarantined == 2)
        try await trip.finish()
    }

    /// What the layout has no place for keeps no row from saying what its memory says by now.
    @Test(arguments: LegacyLayout.allCases)
    func theSameChangeOnBothSidesIsADuplicate(layout: LegacyLayout) async throws {
        let trip = try await Trip(layout)
        let project = MemoryKey(namespace: "Proj", key: "own")
        for (row, memory) in [("own", "own" as MemoryKey), ("Proj:own", project)] {
            try trip.changeThere(row, "alike")
            try await trip.ledger.update(memory, MemoryChange(summary: "alike"))
        }
        let before = try await trip.ledger.everyMemory().map(\.content)
        let report = try await trip.comeBack()
        #expect((report.imported, report.duplicates, report.quarantined) == (0, 8, 0), "\(report.quarantine)")
        #expect(try await trip.ledger.everyMemory().map(\.content) == before)
        try await trip.finish()
    }

    /// A row that was set aside is a duplicate as soon as its memory says the same, part by part as it was written.
    @Test(arguments: LegacyLayout.allCases)
    func whatWasPutTogetherByHandIsADuplicate(layout: LegacyLayout) async throws {
        let trip = try await Trip(layout)
        try trip.changeThere("own", "there")
        try await trip.ledger.update("own", MemoryChange(summary: "mine", text: "mine"))
        #expect(try await trip.comeBack().quarantined == 1)
        // Another change there does not make the first one known.
        switch layout {
        case .keyv:
            try trip.run(
                "UPDATE keyv SET value = json_set(value, '$.value.text', 'mine') WHERE key = 'mem:own'")
        case .kvMemory2: try trip.run("UPDATE memories SET text = 'mine' WHERE key = 'own'")
        }
        #expect(try await trip.comeBack().quarantined == 1)
        try await trip.ledger.update("own", MemoryChange(summary: "there"))
        let report = try await trip.comeBack()
        #expect((report.imported, report.quarantined) == (0, 0), "\(report.quarantine)")
        #expect(try await trip.comeBack().firstPosition == nil)
        try await trip.finish()
    }

    /// Only `mem` is without its name in front of the keys of the native layout, in links, too.
    @Test func linksWithinANamespaceComeBackWithoutItsName() async throws {
        let source = try await GrowingSource.open()
        let key = { (name: String) in MemoryKey(namespace: "Proj", key: name) }
        try await source.ledger.add(
            key("a"), MemoryContent(summary: "a", links: [MemoryLink(type: "design", key: "b", term: "t")]))
        for name in ["b", "c"] { try await source.ledger.add(key(name), MemoryContent(summary: name)) }
        try await source.ledger.checkout(in: .kvMemory2, to: source.path)
        try source.change(
            "INSERT INTO memory_links (from_key, to_key, link_type, term, created_at) "
                + "VALUES ('Proj:a', 'Proj:c', 'bug', 'there', 5)")
        #expect(try await source.migrate().imported == 1)
        let links = try #require(try await source.ledger.get(key("a"))).content.links
        #expect(links.map(\.key) == ["b", "c"] && links.map(\.term) == ["t", "there"])
        try await source.finish()
    }

    /// What a checkout leaves of itself may be copied: the rows decide.
    @Test(arguments: LegacyLayout.allCases)
    func anotherDatabaseWithTheMarkIsNoCheckout(layout: LegacyLayout) async throws {
        let trip = try await Trip(layout)
        try trip.run(
            layout == .keyv
                ? #"UPDATE keyv SET value = '{"value":{"summary":"theirs"}}'"#
                : "UPDATE memories SET summary = 'theirs'")
        let report = try await trip.comeBack()
        #expect(report.imported <= 1 && report.source.isAnother, "\(report)")
        let contents = Dictionary(uniqueKeysWithValues: try await trip.ledger.everyMemory().map { ($0.id, $0.content) })
        for memory in trip.before { #expect(contents[memory.id] == memory.content) }
        // By hand they are taken for it.
        let continued = try await trip.comeBack(continues: true)
        #expect(continued.quarantined == 0, "\(continued.quarantine)")
        for memory in trip.before { #expect(try await trip.source.summary(memory.id) == "theirs", "\(memory.id)") }
        try await trip.finish()
    }

    /// Another ledger's checkout says nothing of this one's memories.
    @Test(arguments: LegacyLayout.allCases)
    func anotherLedgersCheckoutIsAnyDatabase(layout: LegacyLayout) async throws {
        let trip = try await Trip(layout)
        let other = try await Trip(layout)
        try await other.ledger.update("own", MemoryChange(summary: "theirs"))
        try FileManager.default.removeItem(atPath: other.file)
        try await other.ledger.checkout(in: layout, to: other.file)
        let report = try await trip.comeBack(from: other.file)
        #expect(report.quarantine.contains { $0.key == (layout == .keyv ? "mem:own" : "own") })
        #expect(try await trip.source.summary("own") == "here")
        await other.ledger.close()
        try await trip.finish()
    }

    /// A row that says what the memory of its key says is a duplicate, whichever database it is from.
    @Test func theSameMemoryOfAnotherDatabaseIsADuplicate() async throws {
        let source = try await GrowingSource.open()
        try await source.ledger.add("own", MemoryContent(summary: "one"))
        try source.replace(GrowingSource.keyv([("a", "one"), ("b", "one"), ("c", "one")]))
        try await source.migrate()
        try source.replace(
            GrowingSource.keyv([("a", "one"), ("b", "other"), ("c", "other"), ("own", "one"), ("d", "one")]))
        let report = try await source.migrate()
        #expect(report.source.isAnother)
        #expect((report.imported, report.duplicates, report.quarantined) == (1, 2, 2), "\(report.quarantine)")
        try source.change(GrowingSource.entry("mem:own", "two"))
        #expect(try await source.migrate().quarantine.map(\.key).sorted() == ["mem:b", "mem:c", "mem:own"])
        #expect(try await source.summary("own") == "one")
        try await source.finish()
    }
}
