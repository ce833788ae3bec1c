import EmbeddedLedger
import EventLog
import Foundation
import LedgerCapabilities
import LedgerStorage
import SQLiteEventLog
import Testing

@testable import MemoryLedger

/// Goal: a migration that is killed at any moment goes on when it is run again, and ends as if nothing had happened.
/// Method: a process migrates a large source and is killed (SIGKILL) at seeded random moments, again and again; then
/// it runs to its end, and the rows are compared with those of a migration that was not interrupted.
@Suite struct MigrationKillTests {
    static let seed: UInt64 = 314_159
    static let sources = 3
    static let killsPerSource = 4
    static let rows = 2_400

    private static func makeSource(_ path: String, _ random: inout SeededGenerator) throws {
        let database = try TestDatabase(
            path, "CREATE TABLE keyv (key VARCHAR(255) PRIMARY KEY, value TEXT); BEGIN")
        let insert = try database.connection.statement("INSERT INTO keyv VALUES (?, ?)")
        for index in 0..<rows {
            let target = Int.random(in: 0..<rows, using: &random)
            let value: String
            switch index % 50 {
            case 7: value = "{\"value\":"
            case 8: value = "[\(index)]"
            case 9: value = "{\"value\":{\"summary\":\"old\"},\"expires\":1}"
            default:
                let link = "{\"type\":\"design\",\"key\":\"k\(target)\",\"term\":\"t\",\"weight\":0.5}"
                let text = String(repeating: "word \(target) ", count: target % 40)
                value = "{\"value\":{\"summary\":\"s\(index)\",\"text\":\"\(text)\",\"links\":[\(link)]}}"
            }
            // Some rows mean the same key.
            let key = index % 40 == 3 ? "mem:mem:k\(index - 1)" : "mem:k\(index)"
            insert.bind(1, key)
            insert.bind(2, value)
            try insert.run()
        }
        try database.execute("COMMIT")
        database.close()
    }

    /// The rows of the projection without what tells only when they came: ids, positions, versions.
    private static func rows(_ ledger: MemoryLedger) throws -> [String] {
        let queries = [
            """
            SELECT json_array(namespace, key, domain, summary, text, type, keywords, links, extra, meta, expires_at)
            FROM memories ORDER BY namespace, key
            """,
            """
            SELECT json_array(l.namespace, l.from_key, l.to_key, l.link_type, l.term, l.weight)
            FROM memory_links l ORDER BY l.namespace, l.from_key, l.id
            """,
            "SELECT json_array(namespace, key, in_degree) FROM link_targets ORDER BY namespace, key",
            "SELECT json_array(namespace, memories, links, links_without_target) FROM namespaces ORDER BY namespace",
            """
            SELECT json_array(hex(row_key), hex(row_hash), outcome, reason, namespace, key) FROM import_rows
            ORDER BY row_key
            """,
        ]
        return try ledger.log.inFile.file.readSnapshot { sqlite in
            var found: [String] = []
            for query in queries {
                let rows = try sqlite.statement(query)
                defer { rows.reset() }
                while try rows.step() { found.append(rows.text(0)) }
            }
            return found
        }
    }

    @Test(.timeLimit(.minutes(10)), arguments: 0..<sources)
    func aKilledMigrationGoesOn(index: Int) async throws {
        let seed = Self.seed + UInt64(index)
        var random = SeededGenerator(seed: seed)
        let test = try await TestLedger.open()
        let source = test.folder.file("legacy.sqlite")
        try Self.makeSource(source, &random)
        let bytes = try Data(contentsOf: URL(filePath: source))
        let expected = try await test.ledger.migrate(from: source)
        #expect(expected.rows == Self.rows && expected.quarantined > 0 && expected.expired > 0)

        let killed = test.folder.file("killed.sqlite")
        let arguments = [
            "migrate", killed, "--source", source, "--now", "\(Timestamp.start.milliseconds)", "--checkpoint-pages",
            "64",
            "--batch-rows", "100", "--report", test.folder.file("report"),
        ]
        // The first dies at once where it has read a row, the others a random moment after one.
        let part = Self.rows / Self.killsPerSource
        for kill in 0..<Self.killsPerSource {
            let row = kill * part + Int.random(in: 1...part, using: &random)
            let pause = kill == 0 ? 0 : Int.random(in: 0...8_000, using: &random)
            let process = try LedgerProcess(
                arguments + ["--kill-at-row", "\(row)", "--kill-after-us", "\(pause)"])
            _ = try await process.exitCode()
        }
        // One more dies at any time, perhaps while it opens the files.
        let last = try LedgerProcess(arguments)
        try await Task.sleep(for: .milliseconds(Int.random(in: 1...60, using: &random)))
        last.killNow()
        let process = try LedgerProcess(arguments)
        #expect(try await process.exitCode() == 0, "seed \(seed)")
        var options = test.ledger.options
        options.file.access = .readWrite
        let ledger = try await MemoryLedger.open(at: killed, options: options)
        #expect(try Self.rows(ledger) == Self.rows(test.ledger), "seed \(seed)")

        let report = try await ledger.migrate(from: source)
        #expect(report.imported == 0 && report.firstPosition == nil)
        #expect(report.duplicates == expected.imported && report.quarantined == expected.quarantined)
        #expect((report.memories, report.links) == (expected.memories, expected.links))
        #expect(report.verified == expected.verified && report.verified.different.isEmpty)
        let started = try await ledger.events(EventFilter(types: [MemoryEvent.Name.legacyImportStarted]))
        #expect(started.count > 1, "none was killed on its way")
        // Each row is in the log once, whatever was killed.
        let imported = try await ledger.events(EventFilter(types: [MemoryEvent.Name.legacyRowImported]))
        #expect(imported.count == Self.rows, "seed \(seed)")
        let digest = try await ledger.digest()
        try await ledger.rebuild()
        #expect(try await ledger.digest() == digest)
        #expect(try Data(contentsOf: URL(filePath: source)) == bytes)
        await ledger.close()
        await test.ledger.close()
    }
}
