import EventLog
import Foundation
import Testing

@testable import MemoryLedger

/// Goal: a database whose native tables the old program has upgraded is known again, row by row, whatever namespace a
/// row was in. Method: files in each layout that one version made of another's, with what was done in the ledger in
/// between.
@Suite(.onEveryBackend) struct MigrationUpgradedTests {
    // MARK: The first upgrade drops the namespaces

    @Test func rowsAreKnownWithoutTheirNamespaces() async throws {
        let source = try await GrowingSource.open()
        try source.replace(
            NativeLayout.first + ["a", "b", "c", "gone"].map { NativeLayout.row("mem", $0, "one") }.joined()
                + ["d", "e"].map { NativeLayout.row("proj", $0, "one") }.joined() + NativeLayout.row("", "plain", "one")
        )
        let first = try await source.migrate()
        #expect(first.source.format == .kvMemory1 && first.imported == 7)
        try await source.ledger.delete("gone")
        try source.change(NativeLayout.upgrade)
        for isDryRun in [true, false] {
            let upgraded = try await source.migrate { $0.isDryRun = isDryRun }
            #expect(upgraded.source.format == .kvMemory2 && upgraded.source.lineage == first.source.lineage)
            #expect((upgraded.duplicates, upgraded.firstPosition) == (7, nil), "\(upgraded.quarantine)")
            #expect(upgraded.verified.compared == 6)
        }
        // From then on some rows change: in what they say, or in their statistics alone.
        try source.change(
            #"UPDATE memories SET meta = json_set(meta, '$.access_count', 9, '$.last_accessed_at', 99);"#
                + "UPDATE memories SET summary = 'two' WHERE key IN ('a', 'd', 'gone');"
                + NativeLayout.upgradedRow("new", "two"))
        let changed = try await source.migrate()
        #expect(changed.source.lineage == first.source.lineage)
        #expect((changed.imported, changed.duplicates) == (3, 4), "\(changed.quarantine)")
        #expect(changed.quarantine.map(\.key) == ["gone"] && changed.statisticsAdvanced == 4)
        try await expectTaken(source)
        let again = try await source.migrate()
        #expect((again.firstPosition, again.duplicates, again.quarantined) == (nil, 7, 1))
        // A later version goes on with the tables.
        try source.change(NativeLayout.later)
        let later = try await source.migrate()
        #expect((later.imported, later.duplicates, later.quarantined) == (0, 7, 1))
        try source.change("UPDATE memories SET text = 'three' WHERE key IN ('b', 'd')")
        #expect(try await source.migrate().imported == 2)
        #expect(try await source.ledger.get(MemoryKey(namespace: "proj", key: "d"))?.content.text == "three")
        try await source.finish()
    }

    /// What the layout has no column for stays as it was, and so does the namespace, with the links in it.
    private func expectTaken(_ source: GrowingSource) async throws {
        for key: MemoryKey in ["a", MemoryKey(namespace: "proj", key: "d")] {
            let memory = try #require(try await source.ledger.get(key))
            #expect(memory.content.summary == "two" && memory.meta.accessCount == 9)
            #expect((memory.content.domain, memory.content.type, memory.content.keywords) == ("d", "design", ["k"]))
        }
        #expect(try await source.ledger.get("b")?.meta.accessCount == 9)
        #expect(try await source.ledger.get("b")?.content.domain == "d")
        for key: MemoryKey in ["gone", "d"] { #expect(try await source.summary(key) == nil) }
        #expect(try await source.summary(MemoryKey(namespace: "proj", key: "e")) == "one")
        #expect(try await source.summary("new") == "two")
    }

    /// The upgrade died where a key stood in two namespaces; a later start went on with what was there.
    @Test func whatAnUpgradeThatDiedLeftIsKnown() async throws {
        let source = try await GrowingSource.open()
        try source.replace(
            NativeLayout.first + NativeLayout.row("proj", "both", "of proj", created: 10)
                + NativeLayout.row("mem", "one", "one", created: 11)
                + NativeLayout.row("mem", "both", "of mem", created: 12)
                + NativeLayout.row("proj", "late", "late", created: 13))
        let first = try await source.migrate()
        #expect(first.imported == 4)
        try source.change(NativeLayout.brokenUpgrade(through: 2))
        let died = try await source.migrate()
        #expect(died.tables.map(\.table) == ["memories", "memories_legacy"] && died.rows == 6)
        #expect(died.source.lineage == first.source.lineage)
        #expect((died.duplicates, died.firstPosition) == (6, nil), "\(died.quarantine)")
        try source.change("UPDATE memories SET summary = 'on' WHERE key = 'both'")
        let changed = try await source.migrate()
        #expect((changed.imported, changed.duplicates, changed.quarantined) == (1, 5, 0), "\(changed.quarantine)")
        #expect(try await source.summary(MemoryKey(namespace: "proj", key: "both")) == "on")
        #expect(try await source.summary("both") == "of mem")
        #expect(try await source.migrate().firstPosition == nil)
        try await source.finish()
    }

    /// Neither says whose the row is: it is no namespace's, and overwrites nothing.
    @Test func aRowOfTwoNamespacesIsGuessedToBeNeithers() async throws {
        let source = try await GrowingSource.open()
        let others = ["x", "y", "z"].map { NativeLayout.row("mem", $0, "one") }.joined()
        try source.replace(
            NativeLayout.first + others + NativeLayout.row("proj", "both", "of proj", created: 10)
                + NativeLayout.row("mem", "both", "of mem", created: 12))
        let first = try await source.migrate()
        try source.change(
            NativeLayout.brokenUpgrade(through: 4) + "DROP TABLE memories_legacy;"
                + NativeLayout.upgradedRow("both", "made anew", created: 50))
        let report = try await source.migrate()
        #expect(report.source.lineage == first.source.lineage && report.quarantine.map(\.key) == ["both"])
        #expect(try await source.summary("both") == "of mem")
        #expect(try await source.summary(MemoryKey(namespace: "proj", key: "both")) == "of proj")
        #expect(try await source.migrate().firstPosition == nil)
        try await source.finish()
    }

    /// What was set aside of an upgraded database of which nothing was the same is what its rows were before.
    @Test func whatWasSetAsideAfterAnUpgradeIsTakenByHand() async throws {
        let source = try await GrowingSource.open()
        try source.replace(
            NativeLayout.first + ["a", "b"].map { NativeLayout.row("mem", $0, "one") }.joined()
                + NativeLayout.row("proj", "c", "one"))
        let first = try await source.migrate()
        try source.change(
            NativeLayout.upgrade + "UPDATE memories SET summary = 'two';" + NativeLayout.upgradedRow("new", "two"))
        let another = try await source.migrate()
        #expect(another.source.isAnother && (another.imported, another.quarantined) == (2, 2))
        try source.change("UPDATE memories SET meta = json_set(meta, '$.access_count', 9)")
        let report = try await source.migrate(continues: true)
        #expect(report.source.lineage == first.source.lineage && report.source.united == [another.source.lineage])
        #expect((report.imported, report.duplicates, report.quarantined) == (2, 2, 0), "\(report.quarantine)")
        for key: MemoryKey in ["a", "b", "c", "new"] { #expect(try await source.summary(key) == "two") }
        #expect(try await source.ledger.get("a")?.content.domain == "d")
        #expect(try await source.migrate().firstPosition == nil)
        try await source.finish()
    }

    /// From Keyv to the first native tables to those without namespaces, all in one file.
    @Test func everyStepFromKeyvOnIsKnown() async throws {
        let source = try await GrowingSource.open()
        let keys = [("mem", "a"), ("mem", "b"), ("proj", "c"), ("proj", "d")]
        let meta = GrowingSource.meta(10, 15, 1)
        try source.replace(
            GrowingSource.keyvTable + keys.map { GrowingSource.entry("\($0):\($1)", "one", meta) }.joined())
        let first = try await source.migrate()
        try source.change(NativeLayout.first + keys.map { NativeLayout.row($0, $1, "two", created: 10) }.joined())
        let native = try await source.migrate()
        #expect((native.imported, native.duplicates, native.quarantined) == (4, 4, 0), "\(native.quarantine)")
        for upgrade in [NativeLayout.upgrade, NativeLayout.later] {
            try source.change(upgrade)
            let upgraded = try await source.migrate()
            #expect(upgraded.source.lineage == first.source.lineage)
            #expect((upgraded.duplicates, upgraded.firstPosition) == (8, nil), "\(upgraded.quarantine)")
        }
        try source.change("UPDATE memories SET summary = 'three' WHERE key IN ('a', 'c')")
        let changed = try await source.migrate()
        #expect((changed.imported, changed.duplicates, changed.quarantined) == (2, 6, 0), "\(changed.quarantine)")
        for key: MemoryKey in ["a", MemoryKey(namespace: "proj", key: "c")] {
            #expect(try await source.summary(key) == "three")
        }
        try await source.finish()
    }

    // MARK: The later upgrades

    /// Rows of links get a term, times and counts, which no row of the layout before had.
    @Test func linksThatALaterVersionTookOverAreNoChange() async throws {
        let source = try await GrowingSource.open()
        try source.replace(
            NativeLayout.second + ["a", "b", "c"].map { NativeLayout.upgradedRow($0, "one") }.joined()
                + "INSERT INTO memory_links (from_key, to_key, link_type, weight, created_at) VALUES "
                + "('a', 'x', 'design', 0.5, 10), ('b', 'x', 'design', 0.5, 10), ('c', 'x', 'design', 0.5, 10);")
        let first = try await source.migrate()
        try source.change(NativeLayout.later)
        let later = try await source.migrate()
        #expect(later.source.lineage == first.source.lineage && (later.duplicates, later.quarantined) == (3, 0))
        try source.change("UPDATE memory_links SET created_at = 30, access_count = 4")
        #expect(try await source.migrate().duplicates == 3)
        try source.change("UPDATE memory_links SET term = 'why' WHERE from_key = 'a'")
        #expect(try await source.migrate().imported == 1)
        #expect(try await source.ledger.get("a")?.content.links.map(\.term) == ["why"])
        try await source.finish()
    }
}

/// Native tables as the old program's versions made and upgraded them.
private enum NativeLayout {
    static let first = """
        CREATE TABLE memories(
            key TEXT NOT NULL, namespace TEXT NOT NULL, domain TEXT NOT NULL, summary TEXT NOT NULL, text TEXT NOT NULL,
            type TEXT NOT NULL, keywords TEXT, meta TEXT, links TEXT, created_at INTEGER NOT NULL,
            PRIMARY KEY (namespace, key));
        CREATE TABLE memory_links(
            id INTEGER PRIMARY KEY AUTOINCREMENT, namespace TEXT NOT NULL, from_key TEXT NOT NULL, to_key TEXT NOT NULL,
            link_type TEXT NOT NULL, weight REAL DEFAULT 0.5, created_at INTEGER NOT NULL);
        """

    private static let secondMemories = """
        CREATE TABLE memories(
            key TEXT PRIMARY KEY, summary TEXT NOT NULL, text TEXT NOT NULL, meta TEXT NOT NULL,
            links TEXT NOT NULL DEFAULT '[]', created_at INTEGER NOT NULL);
        """

    /// Of 1.1.0 and 1.2.0.
    static let second =
        secondMemories
            + """
            CREATE TABLE memory_links(
                id INTEGER PRIMARY KEY AUTOINCREMENT, from_key TEXT NOT NULL, to_key TEXT NOT NULL,
                link_type TEXT NOT NULL, weight REAL DEFAULT 0.5, created_at INTEGER NOT NULL, UNIQUE(from_key, to_key, link_type));
            """

    private static let links = #"[{"type":"design","key":"x","term":"t","weight":0.5}]"#

    static func row(_ namespace: String, _ key: String, _ summary: String, created: Int = 10) -> String {
        "INSERT INTO memories VALUES ('\(key)', '\(namespace)', 'd', '\(summary)', 'text', 'design', '[\"k\"]', "
            + "'\(GrowingSource.meta(created, 20, 2))', '\(links)', \(created));"
    }

    static func upgradedRow(_ key: String, _ summary: String, created: Int = 10) -> String {
        "REPLACE INTO memories (key, summary, text, meta, links, created_at) VALUES ('\(key)', '\(summary)', 'text', "
            + "'\(GrowingSource.meta(created, 20, 2))', '\(links)', \(created));"
    }

    /// What 1.1.0 did to the first layout.
    static let upgrade =
        begun + "INSERT INTO memories SELECT key, summary, text, meta, links, created_at FROM memories_legacy;"
        + "DROP TABLE memories_legacy;"

    /// The same, dead after so many rows.
    static func brokenUpgrade(through row: Int) -> String {
        begun + "INSERT INTO memories SELECT key, summary, text, meta, links, created_at FROM memories_legacy "
            + "WHERE rowid <= \(row);"
    }

    private static let begun = "ALTER TABLE memories RENAME TO memories_legacy; DROP TABLE memory_links;" + second

    /// What later versions add to it.
    static let later = """
        ALTER TABLE memories ADD COLUMN score REAL;
        ALTER TABLE memory_links ADD COLUMN term TEXT NOT NULL DEFAULT '';
        ALTER TABLE memory_links ADD COLUMN access_count INTEGER DEFAULT 0;
        ALTER TABLE memory_links ADD COLUMN last_accessed_at INTEGER;
        UPDATE memories SET score = 50;
        """
}
