import EmbeddedLedger
import EventLog
import Foundation
import LedgerCapabilities
import LedgerStorage
import Projections
import SQLiteEventLog
import Testing

@testable import MemoryLedger

/// Goal: invariant 1, deleting every projection table and rebuilding gives equal digests, and invariant 3 of the
/// projector: `memory_links` and the `links` column say the same. Method: a ledger with every type of event; tables
/// dropped, changed and left over by hand; one event in a transaction against all in one.
@Suite(.onEveryBackend) struct LedgerRebuildTests {
    static let tables = [
        "departures", "ended_hidings", "ended_links", "ended_quarantines", "ended_texts", "expiring_texts",
        "hidden_memories", "import_rows", "import_sources", "ledger_policy", "link_targets", "memories",
        "memory_derivations",
        "memory_links", "memory_marks", "memory_origins", "namespace_events", "namespaces", "origins",
        "prefixed_lives", "quarantined", "quarantines", "renames", "standing_texts",
    ]

    @Test func theDigestNamesEveryTable() async throws {
        let test = try await TestLedger.open()
        try await EveryEvent.write(test)
        let digest = try await test.ledger.digest()
        #expect(digest.tables.keys.sorted() == Self.tables)
        #expect(try await digest.position == test.ledger.log.head())
        #expect(Set(digest.tables.values).count == Self.tables.count)
        #expect(digest.tables.values.allSatisfy { $0.utf8.count == 64 })
        await test.ledger.close()
    }

    @Test(arguments: [true, false])
    func deletingEveryTableAndOpeningAnewGivesEqualDigests(alsoProgress: Bool) async throws {
        let test = try await TestLedger.open()
        try await EveryEvent.write(test)
        let digest = try await test.ledger.digest()
        await test.ledger.close()
        let database = try TestDatabase(test.path)
        for table in Self.tables { try database.execute("DROP TABLE \(table)") }
        if alsoProgress { try database.execute("DELETE FROM projection_positions") }
        database.close()
        for access in [LedgerFileOptions.Access.readOnly, .readWrite] {
            let again = try await test.another(access: access)
            #expect(try await again.ledger.digest() == digest)
            #expect(try await again.ledger.all().count == EveryEvent.memories)
            await again.ledger.close()
        }
    }

    /// But `memory_marks`, which a memory with few events has none of, what expires, and statuses that were set back.
    @Test(arguments: tables.filter { !["memory_marks", "ended_hidings", "expiring_texts"].contains($0) })
    func aTableThatWasChangedByHandIsMended(table: String) async throws {
        let test = try await TestLedger.open()
        try await EveryEvent.write(test)
        let digest = try await test.ledger.digest()
        let database = try TestDatabase(test.path)
        // Most of these tables have no rowid.
        let columns = [
            "import_rows": "row_key", "memories": "id", "memory_links": "id", "import_sources": "id", "origins": "id",
            "memory_origins": "memory", "memory_derivations": "memory", "quarantined": "memory",
            "ended_quarantines": "memory", "quarantines": "origin", "ledger_policy": "name", "ended_texts": "memory",
            "standing_texts": "memory", "expiring_texts": "began", "hidden_memories": "memory",
            "ended_hidings": "memory",
        ]
        let column = columns[table] ?? "namespace"
        try database.execute("DELETE FROM \(table) WHERE \(column) IN (SELECT \(column) FROM \(table) LIMIT 1)")
        database.close()
        let changed = try await test.ledger.digest()
        #expect(changed.tables.filter { $0.value != digest.tables[$0.key] }.keys.sorted() == [table])
        let own = MemoryProjector().projections.filter { $0.schema.tableNames.contains(table) }.map(\.name)
        #expect(own.count == 1)
        let error = await #expect(throws: EventLogError.self) { try await test.ledger.rebuild(own) }
        #expect(error?.code == .digestMismatch && error?.difference?.tables.map(\.table) == [table])
        #expect(error?.difference?.tables.first?.missing ?? 0 > 0 && error?.difference?.tables.first?.changed == 0)
        #expect(try await test.ledger.digest() == changed)
        try await test.ledger.rebuild(own, onDifference: .replace)
        #expect(try await test.ledger.digest() == digest)
        await test.ledger.close()
    }

    @Test func leftoversOfAnInterruptedRebuildAreClearedAway() async throws {
        let test = try await TestLedger.open()
        try await EveryEvent.write(test)
        try Data("half a database".utf8).write(to: URL(fileURLWithPath: test.path + "-rebuild"))
        try await test.expectRebuildChangesNothing()
        #expect(!FileManager.default.fileExists(atPath: test.path + "-rebuild"))
        await test.ledger.close()
    }

    /// All events in one append, so that the projector has nothing written when the next comes.
    @Test func oneTransactionOrManyMakeTheSameRows() async throws {
        let many = try await TestLedger.open()
        try await EveryEvent.write(many)
        let events = try await many.ledger.events()
        let one = try await TestLedger.open()
        _ = try await one.ledger.log.append(
            events.map { event in
                StreamAppend(
                    event.stream,
                    events: [
                        NewEvent(
                            id: event.id, type: event.type, schemaVersion: event.schemaVersion, payload: event.payload,
                            occurredAt: event.occurredAt, attribution: event.attribution)
                    ])
            })
        #expect(try await one.ledger.digest() == many.ledger.digest())
        try await many.expectRebuildChangesNothing()
        await one.ledger.close()
        await many.ledger.close()
    }

    @Test func linkRowsAndTheLinksColumnSayTheSame() async throws {
        let test = try await TestLedger.open()
        try await EveryEvent.write(test)
        for _ in 0..<2 {
            let wrong = try test.ledger.tables.read {
                try $0.integer(
                    """
                    SELECT count(*) FROM memories m WHERE
                        (SELECT json_group_array(json_array(link_type, ifnull(given_key, to_key), term, weight)) FROM
                            (SELECT * FROM memory_links l WHERE l.id >> 20 = m.id ORDER BY l.id))
                        <> (SELECT json_group_array(json_array(value->>'type', value->>'key', value->>'term',
                            CAST(value->>'weight' AS REAL))) FROM json_each(m.links))
                        OR m.in_degree <> (SELECT count(*) FROM memory_links l
                            WHERE l.namespace = m.namespace AND l.to_key = m.key)
                        OR m.out_degree <> (SELECT count(l.to_key) FROM memory_links l WHERE l.id >> 20 = m.id)
                        OR json_extract(m.meta, '$.id') <> m.key
                    """)
            }
            #expect(wrong == 0)
            try await test.ledger.rebuild()
        }
        await test.ledger.close()
    }

    /// An imported memory that was changed here is ours, also after a rebuild that saw both events together.
    @Test func aRebuildRemembersThatAnImportedMemoryWasChanged() async throws {
        let test = try await TestLedger.open()
        let path = test.folder.file("kv.db")
        let source = try TestDatabase(
            path,
            """
            CREATE TABLE keyv (key VARCHAR(255) PRIMARY KEY, value TEXT);
            INSERT INTO keyv VALUES ('mem:a', '{"value":{"summary":"first"}}'), ('mem:b', '{"value":{"links":[
                {"type":"bug","key":"a","term":"t"}]}}'), ('mem:c', '{"value":{"summary":"third"}}');
            """)
        _ = try await test.ledger.migrate(from: path)
        try await test.ledger.update("a", MemoryChange(summary: "mine"))
        try await test.ledger.unlink("b", from: "a")
        try await test.ledger.link("c", MemoryLink(type: "bug", key: "a", term: "t"))
        try await test.expectRebuildChangesNothing()
        try source.execute("UPDATE keyv SET value = '{\"value\":{\"summary\":\"theirs\"}}'")
        let report = try await test.ledger.migrate(from: path)
        #expect((report.imported, report.quarantined) == (0, 3))
        #expect(try await test.ledger.get("a")?.content.summary == "mine")
        try await test.expectRebuildChangesNothing()
        await test.ledger.close()
    }

    /// What this version does not know is kept, reported and left alone.
    @Test func unknownEventsAreKeptAndReported() async throws {
        let test = try await TestLedger.open()
        try await test.ledger.add("a", MemoryContent(summary: "it"))
        let unknown = NewEvent(id: EventID(high: .max, low: 1), type: "MemoryBlessed", payload: [1])
        _ = try await test.ledger.log.append(to: MemoryStream.name("a"), [unknown])
        #expect(try await test.ledger.statistics().unknownTypes == ["MemoryBlessed"])
        #expect(try await test.ledger.get("a")?.content.summary == "it")
        try await test.ledger.update("a", MemoryChange(summary: "new"))
        try await test.ledger.rename("a", to: "b")
        #expect(try await test.ledger.events().contains { $0.type == "MemoryBlessed" && $0.payload == [1] })
        try await test.expectRebuildChangesNothing()
        await test.ledger.close()
    }
}
