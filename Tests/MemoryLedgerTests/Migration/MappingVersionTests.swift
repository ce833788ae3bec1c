import EventLog
import Foundation
import SQLiteEventLog
import Testing

import class EventLogTesting.FixedClock

@testable import MemoryLedger

/// Goal: a corrected mapping mends memories by a rebuild, and brings rows that were set aside only when their source is
/// migrated again. Method: a ledger with the events that the first mapping made, and the migration of the same rows.
@Suite(.onEveryBackend) struct MappingVersionTests {
    private static let rows = [
        ("mem:cut", #"{"value":{"summary":"cut \ud83d"}}"#), ("mem:taken", #"{"value":{"summary":"late \ud83d"}}"#),
        ("mem:list", #"{"value":{"keywords":["a",1]}}"#), ("mem:none", #"{"value":7}"#),
    ]

    private func source(_ test: TestLedger) throws -> String {
        let path = test.folder.file("kv.db")
        let database = try TestDatabase(path, "CREATE TABLE keyv (key VARCHAR(255) PRIMARY KEY, value TEXT)")
        for (key, value) in Self.rows { try database.execute("INSERT INTO keyv VALUES ('\(key)', '\(value)')") }
        database.close()
        return path
    }

    /// What version 1 appended for the rows.
    private func importByVersion1(_ test: TestLedger) async throws {
        let hash = [UInt8](repeating: 7, count: 32)
        let now = test.clock.now()
        func new(_ event: MemoryEvent) throws -> NewEvent {
            NewEvent(
                id: test.ledger.options.ids.next(at: now), type: event.type,
                schemaVersion: MemoryEvent.schemaVersion, payload: try event.payload(), occurredAt: now)
        }
        let start = LegacyImportStart(
            path: "/old/kv.db", sourceSHA256: hash, lineage: hash, format: "keyv", table: "keyv", sizeBytes: 1,
            mappingVersion: 1)
        var appends = [
            StreamAppend(MemoryStream.importStream(lineage: hash), events: [try new(.legacyImportStarted(start))])
        ]
        for (key, value) in Self.rows {
            let row = LegacyRow.keyv(key, value)
            let memory = try #require(LegacyMapping(version: 1).identify(row))
            let event = LegacyRowImport(
                row: row, sourceSHA256: hash, lineage: hash, mappingVersion: 1, namespace: "mem", knownNamespaces: [],
                keepExpired: false, importedAt: now, truncatedAtBytes: nil)
            appends.append(StreamAppend(MemoryStream.name(memory), events: [try new(.legacyRowImported(event))]))
        }
        _ = try await test.ledger.log.append(appends)
    }

    @Test func whatWasSetAsideComesByMigratingAgain() async throws {
        let test = try await TestLedger.open()
        try await importByVersion1(test)
        try await test.ledger.add("taken", MemoryContent(summary: "mine"))
        try await test.ledger.rebuild()
        #expect(try await test.ledger.get("cut") == nil)
        #expect(try await test.ledger.get("taken")?.content.summary == "mine")
        // A memory is mended.
        let list = try #require(try await test.ledger.get("list"))
        #expect(JSONValue.object(list.content.extra).description == #"{"keywords":[1]}"#)
        let path = try source(test)
        var options = MigrationOptions()
        for isDryRun in [true, false] {
            options.isDryRun = isDryRun
            let report = try await test.ledger.migrate(from: path, options: options)
            #expect(report.source.isContinued)
            #expect((report.imported, report.duplicates, report.quarantined) == (1, 1, 2), "\(report.quarantine)")
            #expect(report.repaired.map(\.key) == ["cut"])
            let taken = report.quarantine.first { $0.key == "mem:taken" }
            #expect(taken?.reason.contains("written or changed in the ledger") == true)
        }
        let memory = try #require(try await test.ledger.get("cut"))
        #expect(memory.content.summary == "cut \u{fffd}")
        // In the key's own stream, where an `add` sees it.
        #expect(try await test.ledger.log.version(of: MemoryStream.name("cut")) == 2)
        #expect(try await test.ledger.get("taken")?.content.summary == "mine")
        try await test.expectRebuildChangesNothing()
        let again = try await test.ledger.migrate(from: path)
        #expect((again.imported, again.duplicates, again.quarantined, again.firstPosition) == (0, 2, 2, nil))
        await test.ledger.close()
    }

    // MARK: When rows happened

    @Test func aRowOccurredWhenItsMemoryWasMade() async throws {
        let test = try await TestLedger.open()
        let now = test.clock.now().milliseconds
        let path = test.folder.file("kv.db")
        let times: [(key: String, created: String, occurred: Int64)] = [
            ("made", "1700000000000", 1_700_000_000_000), ("future", "\(now + 1)", now), ("old", "-5", now),
            ("zero", "0", now), ("huge", "9223372036854775807", now), ("text", "\"x\"", now), ("now", "\(now)", now),
        ]
        let database = try TestDatabase(path, "CREATE TABLE keyv (key VARCHAR(255) PRIMARY KEY, value TEXT)")
        for time in times {
            try database.execute(
                "INSERT INTO keyv VALUES ('mem:\(time.key)', "
                    + "'{\"value\":{\"summary\":\"S\",\"meta\":{\"created_at\":\(time.created)}}}')")
        }
        _ = try await test.ledger.migrate(from: path)
        for time in times {
            let event = try await test.ledger.log.readStream(MemoryStream.name(MemoryKey(key: time.key))).events.first
            #expect(event?.occurredAt.milliseconds == time.occurred, "\(time.key)")
        }
        let past = try await test.ledger.asOf(.occurred(Timestamp(milliseconds: 1_700_000_000_000)))
        #expect(try await past.get("made")?.content.summary == "S")
        #expect(try await past.get("now") == nil)
        // A row that has changed did so after its last import.
        test.clock.advance(10_000)
        try database.execute(
            #"UPDATE keyv SET value = '{"value":{"summary":"T","meta":{"created_at":1700000000000}}}' WHERE key = 'mem:made'"#
        )
        _ = try await test.ledger.migrate(from: path)
        let events = try await test.ledger.log.readStream(MemoryStream.name("made")).events
        #expect(events.map(\.occurredAt.milliseconds) == [1_700_000_000_000, now + 10_000])
        await test.ledger.close()
    }

    /// The native tables' column, in seconds, where the statistics say nothing.
    @Test func theColumnCountsToo() async throws {
        let test = try await TestLedger.open()
        let path = test.folder.file("kv.db")
        try TestDatabase(
            path,
            """
            CREATE TABLE memories (key TEXT PRIMARY KEY, summary TEXT, text TEXT, meta TEXT, created_at INTEGER);
            INSERT INTO memories VALUES ('a', 'S', 'T', '{}', 1700000000);
            """
        ).close()
        _ = try await test.ledger.migrate(from: path)
        let event = try await test.ledger.log.readStream(MemoryStream.name("a")).events.first
        #expect(event?.occurredAt.milliseconds == 1_700_000_000_000)
        await test.ledger.close()
    }
}
