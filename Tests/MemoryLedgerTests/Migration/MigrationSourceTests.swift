import EventLog
import Foundation
import LedgerStorage
import SQLiteEventLog
import Testing

@testable import MemoryLedger

/// Goal: a source that cannot be read is a typed error, and the ledger stays as it is; the largest and the strangest
/// that can be read come whole. Method: sources of every kind through `migrate`.
@Suite(.onEveryBackend) struct MigrationSourceTests {
    private static let empty = "CREATE TABLE keyv (key VARCHAR(255) PRIMARY KEY, value TEXT);"

    enum Broken: String, CaseIterable {
        case locked, truncated, noise, missing, folder, otherTables, emptyFile

        var code: LegacySourceError.Code {
            switch self {
            case .locked: .locked
            case .truncated: .truncated
            case .noise, .emptyFile: .notADatabase
            case .missing: .notFound
            case .folder: .isDirectory
            case .otherTables: .unknownFormat
            }
        }

        /// Answers the path, and what has to live as long as the test.
        func make(in folder: TemporaryFolder) throws -> (String, TestDatabase?) {
            let path = folder.file(rawValue)
            switch self {
            case .locked: return (path, try TestDatabase(path, empty + "BEGIN EXCLUSIVE"))
            case .truncated:
                let whole = try Data(contentsOf: URL(filePath: Sample.keyv.make(in: folder)))
                try whole.prefix(whole.count - 1_000).write(to: URL(filePath: path))
            case .noise: try Data(repeating: 0x5a, count: 10_000).write(to: URL(filePath: path))
            case .emptyFile: try Data().write(to: URL(filePath: path))
            case .missing: break
            case .folder: try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            case .otherTables: try TestDatabase(path, "CREATE TABLE notes (a, b)").close()
            }
            return (path, nil)
        }
    }

    @Test(arguments: Broken.allCases, [false, true])
    func aBrokenSourceIsATypedErrorAndChangesNothing(broken: Broken, isDryRun: Bool) async throws {
        let test = try await TestLedger.open()
        try await test.ledger.add("a", MemoryContent())
        let (path, holder) = try broken.make(in: test.folder)
        var options = MigrationOptions()
        options.sourceBusyMilliseconds = 30
        options.isDryRun = isDryRun
        let error = await #expect(throws: LegacySourceError.self) {
            try await test.ledger.migrate(from: path, options: options)
        }
        #expect(error?.code == broken.code)
        #expect(error?.path == path && error.map { "\($0)" }?.hasPrefix(path) == true)
        #expect(try await test.ledger.log.head() == 1)
        #expect(try await test.ledger.all().count == 1)
        withExtendedLifetime(holder) {}
        await test.ledger.close()
    }

    /// The error says what to do, and doing that helps.
    @Test func aLockThatIsGoneIsNoProblem() async throws {
        let test = try await TestLedger.open()
        let (path, holder) = try Broken.locked.make(in: test.folder)
        try holder?.execute("COMMIT")
        #expect(try await test.ledger.migrate(from: path).rows == 0)
        await test.ledger.close()
    }

    @Test func anEmptyTableIsNothingToDo() async throws {
        let test = try await TestLedger.open()
        let path = test.folder.file("empty.sqlite")
        try TestDatabase(path, Self.empty).close()
        let report = try await test.ledger.migrate(from: path)
        #expect((report.rows, report.imported, report.duplicates, report.quarantined) == (0, 0, 0, 0))
        #expect((report.expired, report.memories) == (0, 0))
        #expect(report.links == 0 && report.verified == .init() && report.firstPosition == nil)
        #expect(!report.needsAttention && report.quarantine.isEmpty)
        #expect(try await test.ledger.log.head() == 0)
        await test.ledger.close()
    }

    @Test func sixteenMebibytesComeWhole() async throws {
        let test = try await TestLedger.open()
        let path = test.folder.file("large.sqlite")
        let text = String(repeating: "0123456789abcdé", count: 1 << 20)
        let database = try TestDatabase(path, Self.empty)
        let insert = try database.connection.statement("INSERT INTO keyv VALUES ('mem:a', ?)")
        insert.bind(1, "{\"value\":{\"text\":\"\(text)\"}}")
        try insert.run()
        database.close()
        #expect(text.utf8.count == 16 << 20)
        let report = try await test.ledger.migrate(from: path)
        #expect((report.imported, report.verified.equal) == (1, 1))
        #expect(try await test.ledger.get("a")?.content.text == text)
        try await test.expectRebuildChangesNothing()
        await test.ledger.close()
    }

    /// Keyv writes texts; a blob may hold one, or anything.
    @Test func binaryValuesAreKeptByteByByte() async throws {
        let test = try await TestLedger.open()
        let path = test.folder.file("binary.sqlite")
        try TestDatabase(
            path,
            Self.empty + """
                INSERT INTO keyv VALUES ('mem:noise', x'00ff80'), ('mem:empty', x''), ('mem:null', NULL), (x'6d656d3a62', 1),
                    ('mem:text', CAST('{"value":{"summary":"in a blob"}}' AS BLOB)),
                    ('mem:utf8', CAST(x'7b2276616c7565223a7b2274657874223a22ff227d7d' AS TEXT));
                """
        ).close()
        let report = try await test.ledger.migrate(from: path)
        #expect(report.rows == 6 && report.rows == report.imported + report.quarantined)
        #expect(report.quarantined >= 4 && report.quarantine.allSatisfy { !$0.reason.isEmpty })
        #expect(report.verified.different.isEmpty && report.needsAttention)
        let events = try await test.ledger.events(EventFilter(types: [MemoryEvent.Name.legacyRowImported]))
        let values = try events.map { event -> LegacyCell in
            guard case .legacyRowImported(let row)? = try MemoryEvent.decode(event) else { return .null }
            return row.row.value
        }
        #expect(values.contains(.blob([0, 0xff, 0x80])))
        #expect(values.contains { if case .text(let bytes) = $0 { bytes.contains(0xff) } else { false } })
        try await test.expectRebuildChangesNothing()
        await test.ledger.close()
    }
}
