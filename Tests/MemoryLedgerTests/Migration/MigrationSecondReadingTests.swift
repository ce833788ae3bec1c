import EventLog
import Foundation
import LedgerStorage
import Synchronization
import Testing

@testable import MemoryLedger

/// Goal: each batch is compared beside the import, and what the second reading finds or fails at is said all the same.
/// Method: batches of a few rows; the ledger's tables are changed behind the import's back, the second connection to
/// the source is shown other rows, and the migration is cancelled between batches.
@Suite(.onEveryBackend) struct MigrationSecondReadingTests {
    private static let rows = 12

    private static func options(_ progress: @escaping @Sendable (Int, Int) -> Void = { _, _ in }) -> MigrationOptions {
        var options = MigrationOptions()
        options.batchRows = 3
        options.progress = progress
        return options
    }

    private static func source() async throws -> GrowingSource {
        let source = try await GrowingSource.open()
        try source.change(GrowingSource.keyv((0..<rows).map { ("k\($0)", "summary \($0)") }))
        return source
    }

    /// A migration whose second reading sees this in the place of the table.
    private static func migrate(_ source: GrowingSource, seeing view: String) async throws -> MigrationReport {
        let prepared = try PreparedMigration(from: source.path, options: options())
        let second = try #require(try prepared.sources().first).second
        try second.connection.execute(
            "PRAGMA query_only = OFF; CREATE TEMP VIEW keyv AS \(view); PRAGMA query_only = ON")
        return try await source.ledger.migrate(prepared, options: options(), by: Attribution())
    }

    @Test func progressCountsWhatIsComparedBatchByBatch() async throws {
        let source = try await Self.source()
        let seen = Mutex<[Int]>([])
        let options = Self.options { done, total in
            #expect(total == Self.rows)
            seen.withLock { $0.append(done) }
        }
        let report = try await source.ledger.migrate(from: source.path, options: options)
        #expect(seen.withLock { $0 } == [3, 6, 9, 12])
        #expect(report.verified.equal == Self.rows && report.verified.compared == Self.rows)
        try await source.finish()
    }

    @Test(arguments: [0, 4, rows - 1]) func aRowThatIsChangedInTheLedgerIsNoticed(row: Int) async throws {
        let source = try await Self.source()
        let log = AlteringLog(
            forwarded: source.ledger.parts.log, tables: source.test.path,
            sql: "UPDATE memories SET text = 'altered' WHERE key = 'k\(row)'")
        let parts = LedgerParts(source.ledger.parts, log: log)
        let migration = LegacyMigration(parts, source.ledger.embedded, Self.options(), by: Attribution())
        let report = try await migration.migrate(PreparedMigration(from: source.path, options: Self.options()))
        #expect(report.imported == Self.rows)
        #expect(report.verified.different == [.init(namespace: "mem", key: "k\(row)", field: "text")])
        #expect(report.verified.equal == Self.rows - 1)
        await source.ledger.close()
    }

    @Test(arguments: [0, 4, rows - 1]) func aRowThatReadsOtherwiseTheSecondTimeIsNoticed(row: Int) async throws {
        let source = try await Self.source()
        let report = try await Self.migrate(
            source,
            seeing: """
                SELECT rowid AS rowid, key, iif(key = 'mem:k\(row)', '{"value":{"summary":"other"}}', value) AS value
                FROM main.keyv
                """)
        #expect(report.imported == Self.rows)
        #expect(report.verified.different == [.init(namespace: "mem", key: "k\(row)", field: "summary")])
        #expect(report.verified.equal == Self.rows - 1)
        try await source.finish()
    }

    @Test(arguments: [0, 4, rows - 1]) func whatTheSecondReadingFailsAtEndsTheMigration(row: Int) async throws {
        let source = try await Self.source()
        let error = await #expect(throws: LegacySourceError.self) {
            try await Self.migrate(
                source,
                seeing: """
                    SELECT rowid AS rowid, iif(key = 'mem:k\(row)', json(replace(key, 'mem', '{')), key) AS key, value
                    FROM main.keyv
                    """)
        }
        #expect(error?.code == .unreadable, "\(String(describing: error))")
        // What was appended until then stays, whole batches of it, and the next migration goes on.
        let stored = try await source.ledger.all().count
        #expect(stored % 3 == 0 && stored > row)
        let report = try await source.migrate()
        #expect(report.duplicates == stored && report.imported == Self.rows - stored)
        try await source.finish()
    }

    @Test(arguments: [1, 2, 3]) func aCancelledMigrationGoesOnWithTheNext(batches: Int) async throws {
        let source = try await Self.source()
        let options = Self.options { done, _ in
            if done == 3 * batches { withUnsafeCurrentTask { $0?.cancel() } }
        }
        await #expect(throws: CancellationError.self) {
            try await Task { try await source.ledger.migrate(from: source.path, options: options) }.value
        }
        let stored = try await source.ledger.all().count
        #expect(stored % 3 == 0 && stored >= 3 * batches)
        let report = try await source.migrate()
        #expect(report.duplicates == stored && report.imported == Self.rows - stored)
        try await source.finish()
    }

    @Test func theSourceCannotChangeBetweenTheReadings() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("kv.db")
        let writer = try TestDatabase(path, GrowingSource.keyv([("a", "as it was")]))
        let source = try LegacySource(path: path)
        #expect(throws: SQLiteFailure.self) { try writer.execute(GrowingSource.entry("mem:a", "changed")) }
        let read = try #require(try LegacySecondReading(source.second).next())
        #expect(read.expectation?.summary == "as it was")
        source.database.close()
        try writer.execute(GrowingSource.entry("mem:a", "changed"))
    }

    @Test func bothConnectionsReadOnePrivateCopy() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("kv.db")
        let writer = try TestDatabase(path, "PRAGMA journal_mode = WAL;" + GrowingSource.keyv([("a", "as it was")]))
        let source = try LegacySource(path: path)
        try writer.execute(GrowingSource.entry("mem:a", "changed"))
        let read = try #require(try LegacySecondReading(source.second).next())
        #expect(read.expectation?.summary == "as it was")
        source.database.close()
    }
}

/// Changes the ledger's tables after each append, before these are read again.
private struct AlteringLog: ForwardingEventLog {
    let forwarded: any EventLog
    let tables: String
    let sql: String

    func append(_ appends: [StreamAppend]) async throws -> AppendResult {
        let result = try await forwarded.append(appends)
        try TestDatabase(tables, "PRAGMA busy_timeout = 600000;" + sql).close()
        return result
    }
}
