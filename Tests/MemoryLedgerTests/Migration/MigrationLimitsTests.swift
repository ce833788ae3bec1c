import EventLog
import Foundation
import LedgerCapabilities
import SQLiteEventLog
import Testing

@testable import MemoryLedger

/// Goal: nothing that a source holds ends a migration after its first append. Method: rows beyond what the log takes,
/// behind rows that were appended before.
@Suite(.onEveryBackend) struct MigrationLimitsTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var limit: @Sendable (inout EventLogLimits) -> Void
        var quarantined: Int

        static let all = [
            Case(testDescription: "payload", limit: { $0.payloadBytes = 64 << 10 }, quarantined: 2),
            Case(testDescription: "stream name", limit: { $0.streamNameBytes = 64 }, quarantined: 0),
            Case(testDescription: "events", limit: { $0.appendEvents = 2 }, quarantined: 0),
        ]
    }

    @Test(arguments: Case.all)
    func aRowThatTheLogDoesNotTakeIsSetAside(test: Case) async throws {
        let ledger = try await TestLedger.open { test.limit(&$0.file.limits) }
        let path = ledger.folder.file("kv.db")
        let long = String(repeating: "x", count: 60_000)
        let key = String(repeating: "k", count: 100)
        try TestDatabase(
            path,
            GrowingSource.nativeTable + GrowingSource.memory("a", "one", "{}")
                + GrowingSource.memory("b", long, "{}") + GrowingSource.memory(key, "one", "{}")
                + GrowingSource.memory("c", "one", "{}") + GrowingSource.memory("d", "one", "{}")
                + (0..<40).map {
                    "INSERT INTO memory_links VALUES (\($0), 'c', 'a', 'bug', '\(String(repeating: "t", count: 1_500))\($0)', 1);"
                }.joined()
        ).close()
        var options = MigrationOptions()
        options.batchRows = 1
        for turn in 0..<2 {
            let report = try await ledger.ledger.migrate(from: path, options: options)
            #expect(report.rows == report.imported + report.duplicates + report.quarantined)
            #expect((report.rows, report.quarantined) == (5, test.quarantined), "\(report.quarantine)")
            #expect(report.verified.different.isEmpty)
            #expect(turn == 0 || report.firstPosition == nil)
        }
        for id: MemoryKey in ["a", "d", MemoryKey(key: key)] {
            #expect(try await ledger.ledger.get(id)?.content.summary == "one")
        }
        try await ledger.expectRebuildChangesNothing()
        await ledger.ledger.close()
    }

    /// The namespaces that are known are in every event.
    @Test func anEventThatIsTooLargeForWhatItHoldsBesidesIsSetAside() async throws {
        let ledger = try await TestLedger.open { $0.file.limits.payloadBytes = 64 << 10 }
        let path = ledger.folder.file("kv.db")
        let rows =
            GrowingSource.entry("mem:a", "one")
            + GrowingSource.entry("mem:b", String(repeating: "x", count: 40_000))
        try TestDatabase(path, GrowingSource.keyvTable + rows + GrowingSource.entry("mem:c", "one")).close()
        var options = MigrationOptions()
        options.batchRows = 1
        options.namespaces = (0..<300).map { "n\($0)" + String(repeating: "s", count: 100) }
        for turn in 0..<2 {
            let report = try await ledger.ledger.migrate(from: path, options: options)
            #expect((report.rows, report.quarantine.map(\.key)) == (3, ["mem:b"]))
            #expect(report.verified.different.isEmpty)
            #expect(turn == 0 || report.firstPosition == nil)
        }
        try await ledger.expectRebuildChangesNothing()
        await ledger.ledger.close()
    }

    /// A row that is known from before Keyv 6 split its key holds the key twice.
    @Test func anEventWithALongKeyTwiceIsSetAside() async throws {
        let ledger = try await TestLedger.open { $0.file.limits.payloadBytes = 64 << 10 }
        let path = ledger.folder.file("kv.db")
        let key = String(repeating: "k", count: 40_000)
        try TestDatabase(
            path, GrowingSource.keyvTable + ["a", key, "c"].map { GrowingSource.entry("mem:\($0)", "one") }.joined()
        ).close()
        var options = MigrationOptions()
        options.batchRows = 1
        let first = try await ledger.ledger.migrate(from: path, options: options)
        #expect((first.imported, first.quarantined) == (2, 1))
        try FileManager.default.removeItem(atPath: path)
        try TestDatabase(
            path,
            "CREATE TABLE keyv (namespace TEXT, key TEXT, value TEXT, expires INTEGER, UNIQUE (key, namespace));"
                + ["a", key, "c"].map {
                    #"INSERT INTO keyv VALUES ('mem', '\#($0)', '{"value":{"summary":"two","meta":{}}}', NULL);"#
                }.joined()
        ).close()
        options.continuesEarlierImport = true
        for turn in 0..<2 {
            let report = try await ledger.ledger.migrate(from: path, options: options)
            #expect((report.rows, report.quarantined) == (3, 1))
            #expect((report.imported, report.duplicates) == (turn == 0 ? (2, 0) : (0, 2)))
            #expect(report.verified.different.isEmpty)
            #expect(turn == 0 || report.firstPosition == nil)
        }
        for id: MemoryKey in ["a", "c"] { #expect(try await ledger.ledger.get(id)?.content.summary == "two") }
        try await ledger.expectRebuildChangesNothing()
        await ledger.ledger.close()
    }

    /// A protected namespace is written to with the master key or not at all, whichever row of the source is its first.
    @Test(.inAFile) func aLockedNamespaceIsFoundBeforeAnythingIsImported() async throws {
        let test = try await TestLedger.openProtected()
        _ = try await test.ledger.protect("people")
        await test.ledger.close()
        let locked = try await TestLedger.openProtected(in: test.folder, key: nil)
        let path = test.folder.file("kv.db")
        let rows = GrowingSource.entry("mem:a", "one") + GrowingSource.entry("people:b", "one")
        try TestDatabase(path, GrowingSource.keyvTable + rows).close()
        let head = try await locked.ledger.log.head()
        var options = MigrationOptions()
        options.batchRows = 1
        await expectLogError(.masterKeyMissing) { _ = try await locked.ledger.migrate(from: path, options: options) }
        #expect(try await locked.ledger.log.head() == head)
        try TestDatabase(path, "DELETE FROM keyv WHERE key = 'people:b'").close()
        #expect(try await locked.ledger.migrate(from: path, options: options).imported == 1)
        await locked.ledger.close()
        let open = try await TestLedger.openProtected(in: test.folder)
        try TestDatabase(path, rows).close()
        #expect(try await open.ledger.migrate(from: path, options: options).imported == 1)
        await open.ledger.close()
    }
}
