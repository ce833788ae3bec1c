import EventLog
import Foundation
import LedgerStorage
import Testing

@testable import MemoryLedger

/// Goal: a checkout in a layout of the old program is what that program would have written, and says what it cannot
/// hold. Method: the samples there and back, and single rows byte by byte.
@Suite(.onEveryBackend) struct LegacyCheckoutTests {
    @Test(arguments: Sample.allCases, LegacyLayout.allCases)
    func aSampleComesBackAsItWas(sample: Sample, layout: LegacyLayout) async throws {
        let test = try await TestLedger.open()
        _ = try await test.ledger.migrate(from: try sample.make(in: test.folder))
        let unchanged = try await RoundTrip(test, layout)
        try unchanged.expectNothingLost("unchanged")
        if layout == .keyv { #expect(unchanged.report.entries.isEmpty, "\(unchanged.report.entries)") }
        try await test.ledger.put(
            "new", MemoryContent(text: "written here", links: [MemoryLink(type: "bug", key: "a", term: "")]))
        if let first = try await test.ledger.everyMemory().first {
            try await test.ledger.update(first.id, MemoryChange(text: "changed here"))
        }
        try await RoundTrip(test, layout).expectNothingLost("changed")
        await test.ledger.close()
    }

    @Test func anEntryIsWhatTheOldProgramWrites() async throws {
        let test = try await TestLedger.open()
        let content = MemoryContent(
            domain: "d", summary: ":s", text: "\u{8}\u{1}\"é", type: "bug", keywords: [":k"],
            links: [MemoryLink(type: "design", key: ":b", term: "t", weight: 1e-7)])
        try await test.ledger.add("a", content)
        let file = test.folder.file("kv.db")
        let report = try await test.ledger.checkout(in: .keyv, to: file)
        #expect(!report.needsAttention)
        #expect(
            try Self.rows(file, "SELECT key || ' ' || value FROM keyv") == [
                #"mem:a {"value":{"domain":"d","summary":"::s","text":"\b\u0001\"é","type":"bug","#
                    + #""links":[{"type":"design","key":"::b","term":"t","weight":1e-7}],"keywords":["::k"],"#
                    + #""meta":{"id":"a","created_at":1769177364852,"last_accessed_at":1769177364852,"#
                    + #""last_linked_at":1769177364852,"in_degree":0,"out_degree":1,"access_count":0,"#
                    + #""traverse_count":0,"status":"active"}}}"#
            ])
        await test.ledger.close()
    }

    /// Keyv takes `a` and `mem:a` for one key, and `a:b` in `x` and `b` in `x:a` for one row.
    @Test func ofTwoMemoriesWithOneRowOneIsReported() async throws {
        let test = try await TestLedger.open()
        let source = test.folder.file("native.db")
        try TestDatabase(
            source,
            """
            CREATE TABLE memories (namespace, key, summary, text, keywords, links, PRIMARY KEY (namespace, key));
            CREATE TABLE given (namespace, key);
            INSERT INTO given VALUES ('mem', 'a'), ('mem', 'mem:a'), ('mem', 'mem:alone'), ('x', 'a:b'), ('x:a', 'b');
            INSERT INTO memories SELECT namespace, key, 's', 't', '[]', '[]' FROM given;
            DROP TABLE given;
            """
        ).close()
        _ = try await test.ledger.migrate(from: source)
        #expect(try await test.ledger.everyMemory().count == 5)
        let trip = try await RoundTrip(test, .keyv)
        try trip.expectNothingLost("keyv")
        let found = trip.report.entries.map { "\($0.namespace) \($0.key) \($0.isLeftOut) \($0.fields.map(\.name))" }
        #expect(
            Set(found) == [
                #"x a:b true ["memory"]"#, #"mem mem:a true ["memory"]"#, #"mem mem:alone false ["key"]"#,
            ])
        #expect(trip.report.namespaces == ["x:a"])
        #expect(try Self.rows(trip.file, "SELECT key FROM keyv ORDER BY key") == ["mem:a", "mem:alone", "x:a:b"])
        let native = try await RoundTrip(test, .kvMemory2)
        try native.expectNothingLost("kv-memory-2")
        #expect(native.report.leftOut == 1 && native.report.memories == 4)
        await test.ledger.close()
    }

    @Test func theTablesOfLayoutFourAreAsTheOldProgramHasThem() async throws {
        let test = try await TestLedger.open()
        let links = [
            MemoryLink(type: "bug", key: "b", term: "x"), MemoryLink(type: "bug", key: "b", term: "again"),
            MemoryLink(type: "bug", key: "gone", term: ""), MemoryLink(type: "bug", term: "no key"),
        ]
        try await test.ledger.add("a", MemoryContent(text: "green tea", links: links))
        try await test.ledger.add("b", MemoryContent(summary: "second"))
        try await test.ledger.add(MemoryKey(namespace: "Proj", key: "b"), MemoryContent(domain: "d"))
        let file = test.folder.file("kv.db")
        let report = try await test.ledger.checkout(in: .kvMemory2, to: file)
        #expect(try Self.rows(file, "PRAGMA integrity_check; ") == ["ok"])
        #expect(try Self.rows(file, "PRAGMA journal_mode") == ["wal"])
        #expect(try Self.rows(file, "PRAGMA foreign_key_check") == [])
        #expect(try Self.rows(file, "SELECT key FROM memories ORDER BY key") == ["Proj:b", "a", "b"])
        #expect(try Self.rows(file, "SELECT key FROM memories_fts WHERE memories_fts MATCH '\"tea\"'") == ["a"])
        #expect(
            try Self.rows(
                file,
                "SELECT from_key || to_key || link_type || term || weight || created_at || access_count FROM memory_links"
            ) == ["abbugx0.517691773648520"])
        #expect(try Self.rows(file, "SELECT count(*) FROM kv_cache") == ["0"])
        let fields = Dictionary(uniqueKeysWithValues: report.entries.map { ($0.namespace + ":" + $0.key, $0.fields) })
        #expect(
            fields["mem:a"]?.map(\.reason) == [
                "1 link has no key and is left out. 1 link leads to a key that is not in the file and is left out. "
                    + "1 link is left out, because another of its type leads to the same key."
            ])
        #expect(fields["mem:b"] == nil)
        #expect(fields["Proj:b"]?.map(\.name) == ["namespace", "key", "domain"])
        await test.ledger.close()
    }

    @Test(arguments: LegacyLayout.allCases)
    func whatExpiresGoesWithItsExpiryOrIsReported(layout: LegacyLayout) async throws {
        let test = try await TestLedger.open()
        let source = test.folder.file("old.db")
        try TestDatabase(
            source,
            """
            CREATE TABLE keyv (key VARCHAR(255) PRIMARY KEY, value TEXT);
            INSERT INTO keyv VALUES ('mem:soon', '{"value":{"text":"t"},"expires":\(Timestamp.start.milliseconds + 10)}'),
                ('mem:later', '{"value":{"text":"t"},"expires":\(Timestamp.start.milliseconds + 9000)}');
            """
        ).close()
        _ = try await test.ledger.migrate(from: source)
        test.clock.advance(1_000)
        let trip = try await RoundTrip(test, layout)
        try trip.expectNothingLost("expiry")
        let found = trip.report.entries.map { "\($0.key) \($0.isLeftOut) \($0.fields.map(\.name))" }
        switch layout {
        case .keyv:
            #expect(found.isEmpty)
            let expiry =
                "SELECT json_extract(value, '$.expires') - \(Timestamp.start.milliseconds) FROM keyv ORDER BY key"
            #expect(try Self.rows(trip.file, expiry) == ["9000", "10"])
        case .kvMemory2:
            #expect(found == [#"later false ["expires"]"#, #"soon true ["memory"]"#])
        }
        await test.ledger.close()
    }

    @Test func quarantinedMemoriesAreCountedAndLeftOut() async throws {
        let test = try await TestLedger.open()
        try await test.ledger.add("good", MemoryContent(text: "t"), by: Attribution(actor: "ann"))
        try await test.ledger.add("bad", MemoryContent(text: "t"), by: Attribution(actor: "mallory"))
        try await test.ledger.quarantine(.actor("mallory"))
        let trip = try await RoundTrip(test, .keyv)
        #expect(trip.report.quarantined == 1 && trip.report.memories == 1 && trip.report.needsAttention)
        try trip.expectNothingLost("quarantine")
        let before = try await RoundTrip(test, .keyv, at: .position(2))
        #expect(before.report.quarantined == 0 && before.report.memories == 2 && before.report.moment.position == 2)
        await test.ledger.close()
    }

    /// Neither the ledger, nor what belongs to it, nor the source of a migration, nor what is no database.
    @Test(.inAFile) func whatMustStayIsNotReplaced() async throws {
        let test = try await TestLedger.open()
        let source = try Sample.keyv6.make(in: test.folder)
        _ = try await test.ledger.migrate(from: source)
        let copy = test.folder.file("copy.db")
        try FileManager.default.copyItem(atPath: source, toPath: copy)
        let text = test.folder.file("notes.txt")
        try Data("notes".utf8).write(to: URL(filePath: text))
        for path in [test.path, test.path + "-key", source, copy, text] {
            let before = FileManager.default.contents(atPath: path)
            await #expect(throws: EventLogError.self, "\(path)") {
                try await test.ledger.checkout(in: .keyv, to: path, replacing: true)
            }
            #expect(FileManager.default.contents(atPath: path) == before)
        }
        let own = test.folder.file("own.db")
        for layout in LegacyLayout.allCases {
            try await test.ledger.checkout(in: layout, to: own, replacing: true)
            #expect(try await !Self.names(test).contains { $0.hasPrefix(".own") || $0.hasPrefix("own.db-") })
        }
        await test.ledger.close()
    }

    @Test func aCancelledCheckoutLeavesNothing() async throws {
        let test = try await TestLedger.open()
        try await test.ledger.add("a", MemoryContent(text: "t"))
        let file = test.folder.file("kv.db")
        let ledger = test.ledger
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await ledger.checkout(in: .kvMemory2, to: file)
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try await Self.names(test).allSatisfy { $0.hasPrefix("ledger.sqlite") })
        await test.ledger.close()
    }

    // MARK: Helpers

    private static func names(_ test: TestLedger) async throws -> [String] { Array(try test.folder.contents().keys) }

    /// The first column of every row.
    private static func rows(_ path: String, _ sql: String) throws -> [String] {
        let database = try TestDatabase(path)
        defer { database.close() }
        let row = try database.connection.statement(sql)
        defer { row.reset() }
        var rows: [String] = []
        while try row.step() { rows.append(row.text(0)) }
        return rows
    }
}
