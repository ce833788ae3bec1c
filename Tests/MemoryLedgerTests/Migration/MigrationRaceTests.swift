import EventLog
import Foundation
import LedgerCapabilities
import LedgerStorage
import SQLiteEventLog
import Testing

@testable import MemoryLedger

/// Goal: two migrations at once, of one source or of two, both end well, with every row accounted for. Method: real
/// processes on one ledger that does not exist before, with one folder for the copies.
@Suite(.onEveryBackend) struct MigrationRaceTests {
    private static let rows = 600

    private func makeSource(_ path: String, _ prefix: String) throws {
        let database = try TestDatabase(path, "CREATE TABLE keyv (key TEXT PRIMARY KEY, value TEXT); BEGIN")
        let insert = try database.connection.statement("INSERT INTO keyv VALUES (?, ?)")
        for index in 0..<Self.rows {
            insert.bind(1, "mem:\(prefix)\(index)")
            insert.bind(2, #"{"value":{"summary":"\#(prefix) \#(index)"}}"#)
            try insert.run()
        }
        try database.execute("COMMIT")
        database.close()
    }

    @Test(.inAFile, .timeLimit(.minutes(5)), arguments: [["a", "a"], ["a", "b"], ["a", "a", "b", "b"]])
    func migrationsAtOnceEndWell(sources: [String]) async throws {
        let folder = try TemporaryFolder()
        for name in Set(sources) { try makeSource(folder.file(name), name) }
        let processes = try sources.enumerated().map { index, name in
            try LedgerProcess([
                "migrate", folder.file("ledger.sqlite"), "--source", folder.file(name), "--batch-rows", "50",
                "--backups", folder.file("backups"), "--report", folder.file("report\(index)"),
            ])
        }
        for process in processes { #expect(try await process.exitCode() == 0) }
        for index in sources.indices {
            let json = try #require(FileManager.default.contents(atPath: folder.file("report\(index)")))
            let report = try JSONParser.parse([UInt8](json))
            let counts = ["imported", "duplicates", "quarantined"].map { report[$0]?.number?.int64 ?? -1 }
            #expect(counts.reduce(0, +) == Int64(Self.rows) && counts[2] == 0, "\(counts)")
            #expect(report["verified"]?["different"]?.array?.isEmpty == true)
        }
        let copies = try FileManager.default.contentsOfDirectory(atPath: folder.file("backups"))
        #expect(copies.count == Set(sources).count && copies.allSatisfy { $0.hasSuffix(".sqlite") })
        let test = try await TestLedger.open(in: folder, access: .readWrite)
        #expect(try await test.ledger.all().count == Set(sources).count * Self.rows)
        try await test.expectRebuildChangesNothing()
        await test.ledger.close()
    }
}
