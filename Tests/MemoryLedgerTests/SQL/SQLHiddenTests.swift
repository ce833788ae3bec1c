import EventLog
import Testing

import class EventLogTesting.FixedClock

@testable import MemoryLedger

/// Goal: a query sees nothing of what is held back, gone, or locked. Method: each way of hiding a memory, and each
/// view.
@Suite struct SQLHiddenTests {
    private static let texts = TableQuery.columns.map { "SELECT * FROM \($0.view)" }

    /// Everything that the views show, as one text.
    private static func shown(_ reading: some MemoryReading) async throws -> String {
        var all = ""
        for text in texts { all += try await reading.query(TableQuery(text)).rows.description }
        return all
    }

    private static func keys(_ reading: some MemoryReading) async throws -> [JSONValue] {
        try await reading.query(TableQuery("SELECT key FROM memories ORDER BY key")).rows.map { $0[0] }
    }

    @Test func whatIsQuarantined() async throws {
        let test = try await TestLedger.open()
        let ledger = test.ledger
        let web = Provenance(source: .init(.tool, "web"))
        try await ledger.add("tea", MemoryContent(summary: "Green"))
        try await ledger.add(
            "held",
            MemoryContent(
                summary: "poison", links: [MemoryLink(type: "bug", key: "tea", term: "secretterm", weight: 1)]),
            from: web)
        let before = try await ledger.log.head()
        try await ledger.quarantine(.source(.init(.tool, "web")))
        #expect(try await Self.keys(ledger) == ["tea"])
        #expect(try await ledger.query(TableQuery("SELECT count(*) FROM memory_links")).rows == [[0]])
        let shown = try await Self.shown(ledger)
        #expect(!shown.contains("poison") && !shown.contains("secretterm") && !shown.contains("held"))
        // As of before it was held back, it shows; and it shows again once it is released.
        #expect(try await Self.keys(ledger.asOf(.position(before))) == ["held", "tea"])
        try await ledger.release(.source(.init(.tool, "web")))
        #expect(try await Self.keys(ledger) == ["held", "tea"])
        #expect(try await Self.keys(ledger.asOf(.position(before + 1))) == ["tea"])
        await ledger.close()
    }

    @Test func whatHasExpired() async throws {
        let test = try await TestLedger.open()
        let path = test.folder.file("kv.db")
        let expires = test.clock.now().milliseconds + 1_000
        try TestDatabase(
            path,
            """
            CREATE TABLE keyv (key VARCHAR(255) PRIMARY KEY, value TEXT);
            INSERT INTO keyv VALUES ('mem:old', '{"value":{"summary":"bygone","links":[{"type":"bug","key":"other",\
            "term":"t"}]},"expires":\(expires)}'), ('mem:other', '{"value":{"summary":"other","links":[]}}');
            """
        ).close()
        _ = try await test.ledger.migrate(from: path)
        #expect(try await Self.keys(test.ledger) == ["old", "other"])
        test.clock.advance(999)
        #expect(try await Self.keys(test.ledger) == ["old", "other"])
        test.clock.advance(1)
        #expect(try await Self.keys(test.ledger) == ["other"])
        #expect(try await !Self.shown(test.ledger).contains("bygone"))
        #expect(try await test.ledger.query(TableQuery("SELECT * FROM memory_links")).rows == [])
        await test.ledger.close()
    }

    @Test func whatWasDeletedRenamedOrErased() async throws {
        let test = try await TestLedger.openProtected()
        let ledger = test.ledger
        try await ledger.protect("people")
        try await ledger.add(.person("ada"), MemoryContent(summary: "countess"))
        try await ledger.add(.person("bob"), MemoryContent(summary: "builder"))
        try await ledger.add(.person("cyd"), MemoryContent(summary: "dancer"))
        let before = try await ledger.log.head()
        try await ledger.delete(.person("bob"))
        try await ledger.rename(.person("cyd"), to: "charisse")
        #expect(try await Self.keys(ledger) == ["ada", "charisse"])
        _ = try await ledger.erase(.memory(.person("ada")), reason: "asked for")
        #expect(try await Self.keys(ledger) == ["charisse"])
        #expect(try await !Self.shown(ledger).contains("countess"))
        // The past has a placeholder of it.
        let past = try await Self.shown(ledger.asOf(.position(before)))
        #expect(!past.contains("countess") && past.contains("builder") && past.contains("dancer"))
        await ledger.close()
    }

    /// A namespace's name may be anything that SQL gives a meaning to.
    @Test(arguments: ["people", "o'hara", "a\" OR 1=1 --", "x') OR ('1'='1", "人"])
    func whatIsLocked(namespace: String) async throws {
        let test = try await TestLedger.openProtected()
        let ledger = test.ledger
        try await ledger.add("tea", MemoryContent(summary: "Green"))
        let early = try await ledger.log.head()
        try await ledger.protect(namespace)
        let key = MemoryKey(namespace: namespace, key: "ada")
        try await ledger.add(
            key,
            MemoryContent(
                summary: "countess", keywords: ["secretword"], links: [MemoryLink(type: "bug", key: "bob", term: "t")]))
        try await ledger.add(MemoryKey(namespace: namespace, key: "bob"), MemoryContent(summary: "builder"))
        #expect(try await Self.keys(ledger) == ["ada", "bob", "tea"])
        #expect(try await ledger.query(TableQuery("SELECT 1")).locked == [])
        await ledger.close()
        for other: [UInt8]? in [nil, Array(repeating: 9, count: 32)] {
            let locked = try await TestLedger.openProtected(in: test.folder, key: other)
            #expect(try await Self.keys(locked.ledger) == ["tea"])
            let shown = try await Self.shown(locked.ledger)
            for secret in ["countess", "builder", "secretword", "ada", "bob", namespace] where secret != "people" {
                #expect(!shown.contains(secret), "\(secret): \(shown)")
            }
            let found = try await locked.ledger.query(TableQuery("SELECT namespace, memories FROM namespaces"))
            #expect(found.rows == [["mem", 1]] && found.locked == [namespace])
            #expect(try await locked.ledger.query(TableQuery("SELECT count(*) FROM memory_links")).rows == [[0]])
            #expect(try await Self.keys(locked.ledger.asOf(.position(early))) == ["tea"])
            await locked.ledger.close()
        }
        let again = try await TestLedger.openProtected(in: test.folder)
        #expect(try await Self.keys(again.ledger) == ["ada", "bob", "tea"])
        await again.ledger.close()
    }
}
