import EventLog
import Foundation
import Testing

@testable import MemoryLedger

/// A ledger and a legacy database that changes between its migrations.
struct GrowingSource {
    let test: TestLedger
    let path: String

    static func open() async throws -> GrowingSource {
        let test = try await TestLedger.open()
        return GrowingSource(test: test, path: test.folder.file("kv.db"))
    }

    var ledger: MemoryLedger { test.ledger }

    /// Another database takes the place of the one that lies there.
    func replace(_ sql: String) throws {
        try? FileManager.default.removeItem(atPath: path)
        try change(sql)
    }

    func change(_ sql: String) throws { try TestDatabase(path, sql).close() }

    @discardableResult
    func migrate(
        continues: Bool = false, _ configure: (inout MigrationOptions) -> Void = { _ in }
    ) async throws -> MigrationReport {
        var options = MigrationOptions()
        options.continuesEarlierImport = continues
        configure(&options)
        test.clock.advance(1_000)
        let report = try await ledger.migrate(from: path, options: options)
        #expect(report.rows == report.imported + report.duplicates + report.quarantined)
        #expect(report.verified.different.isEmpty, "\(report.verified.different)")
        return report
    }

    func summary(_ key: MemoryKey) async throws -> String? { try await ledger.get(key)?.content.summary }

    /// A rebuild changes nothing, and the past of each stream is what the tables of each moment say.
    func finish(_ comment: Comment = "") async throws {
        try await PastReaderTests.expectSame(ledger, comment, stride: 1, mayNeedTables: true)
        try await test.expectRebuildChangesNothing(comment)
        await ledger.close()
    }

    // MARK: Rows

    static let keyvTable = "CREATE TABLE keyv (key VARCHAR(255) PRIMARY KEY, value TEXT);"
    static let nativeTable = """
        CREATE TABLE memories(key TEXT PRIMARY KEY, summary TEXT, text TEXT, meta TEXT, created_at INTEGER, score REAL);
        CREATE TABLE memory_links(id INTEGER PRIMARY KEY, from_key TEXT, to_key TEXT, link_type TEXT, term TEXT,
            weight REAL);
        """

    static func meta(_ created: Int, _ accessed: Int, _ count: Int = 0) -> String {
        #"{"created_at":\#(created),"last_accessed_at":\#(accessed),"access_count":\#(count)}"#
    }

    static func entry(_ key: String, _ summary: String, _ meta: String = "{}") -> String {
        #"REPLACE INTO keyv (key, value) VALUES ('\#(key)', '{"value":{"summary":"\#(summary)","meta":\#(meta)}}');"#
    }

    static func memory(_ key: String, _ summary: String, _ meta: String) -> String {
        "REPLACE INTO memories VALUES ('\(key)', '\(summary)', '', '\(meta)', 5, 50);"
    }

    static func keyv(_ rows: [(String, String)]) -> String {
        keyvTable + rows.map { entry("mem:\($0.0)", $0.1) }.joined()
    }
}
