import EventLog
import Foundation
import LedgerStorage
import MemoryLedger
import MemoryLedgerTesting
import Testing

/// Goal: a replay is the same every time, and a golden file tells which memory changed and how. Method: the sample with
/// every hard case is recorded, then its rows are changed one way at a time.
@Suite struct ReplayedMigrationTests {
    private let folder: TemporaryFolder
    private let source: String
    private let golden: URL

    init() throws {
        folder = try TemporaryFolder()
        source = try folder.database("kv.sqlite", try keyvSample())
        golden = URL(fileURLWithPath: folder.file("goldens/agent.json"))
    }

    private func record() async throws {
        let recorded = try await expectFailure {
            try await ReplayedMigration(of: source).expectUnchanged(from: golden, recording: true)
        }
        #expect(recorded.message.hasPrefix("Recorded "))
    }

    @Test func aReplayIsTheSameEveryTime() async throws {
        let (first, second) = (try await ReplayedMigration(of: source), try await ReplayedMigration(of: source))
        #expect(first.digest == second.digest)
        #expect(first.report == second.report)
        #expect(first.report.rows == first.report.imported + first.report.quarantined)
        #expect(first.report.verified.equal == first.report.verified.compared)
        #expect(try await first.ledger.get(MemoryKey(key: "node_1"))?.content.summary == "Note 1 on the schema")
        let before = try await first.ledger.digest()
        try await first.ledger.rebuild()
        #expect(try await first.ledger.digest() == before)
    }

    @Test func whatWasRecordedIsUnchanged() async throws {
        try await record()
        try await ReplayedMigration(of: source).expectUnchanged(from: golden, recording: false)
        try await ReplayedMigration(of: source).expectUnchanged(from: golden.path, recording: false)
        // The same rows in another file at another place.
        let copy = try folder.database("copy.sqlite", try keyvSample() + "CREATE TABLE other (a);")
        try await ReplayedMigration(of: copy).expectUnchanged(from: golden, recording: false)
    }

    @Test func recordingAgainChangesNothing() async throws {
        try await record()
        let before = try Data(contentsOf: golden)
        try await record()
        #expect(try Data(contentsOf: golden) == before)
    }

    struct Change: Sendable, CustomTestStringConvertible {
        var sql: String
        var headline: String
        var lines: [String]
        var testDescription: String { headline }
    }

    @Test(arguments: [
        Change(
            sql: """
                UPDATE keyv SET value = json_set(value, '$.value.summary', 'Another', '$.value.meta.access_count', 99)
                WHERE key = 'mem:node_7'
                """,
            headline: "1 memory changed",
            lines: [
                "  mem:node_7", #"-   summary: "Note 7 on the cache""#, #"+   summary: "Another""#,
                "-   access_count: 7", "+   access_count: 99",
            ]),
        Change(
            sql: "DELETE FROM keyv WHERE key = 'mem:node_8'", headline: "1 memory gone",
            lines: ["- mem:node_8 is gone", "  mem:node_9", "-   in_degree: 2", "+   in_degree: 1", "- rows: 353"]),
        Change(
            sql: #"INSERT INTO keyv VALUES ('mem:fresh', '{"value":{"summary":"new"}}')"#, headline: "1 memory new",
            lines: ["+ mem:fresh is new", "- rows: 353", "+ rows: 354"]),
        Change(
            sql: "UPDATE keyv SET value = 'broken' WHERE key = 'mem:node_9'", headline: "other rows in quarantine",
            lines: ["- mem:node_9 is gone"]),
    ])
    func whatChangedIsNamed(change: Change) async throws {
        try await record()
        try folder.database("kv.sqlite", change.sql)
        let failure = try await expectFailure {
            try await ReplayedMigration(of: source).expectUnchanged(from: golden, recording: false)
        }
        #expect(failure.message.contains(change.headline))
        for line in change.lines { #expect(failure.difference.contains(line), "\(failure)") }
    }

    /// A digest that differs is a change, unless another version of the projector made it.
    @Test(arguments: [false, true])
    func digestsAreComparedWithinAVersion(isOther: Bool) async throws {
        try await record()
        var text = try String(contentsOf: golden, encoding: .utf8)
        let digest = try #require(text.firstMatch(of: /"memory_links": "(\w+)"/)).1
        text = text.replacingOccurrences(of: digest, with: String(repeating: "0", count: 64))
        if isOther { text.replace(/"memory_links":\d+/, with: #""memory_links":9999"#) }
        try text.write(to: golden, atomically: true, encoding: .utf8)
        let replay = try await ReplayedMigration(of: source)
        if isOther { return try await replay.expectUnchanged(from: golden, recording: false) }
        let failure = try await expectFailure { try await replay.expectUnchanged(from: golden, recording: false) }
        #expect(failure.message.contains("no memory changed, but rows of memory_links did"))
    }

    /// A long text is not in the file, but that it changed is.
    @Test func longValuesAreComparedByTheirHash() async throws {
        try await record()
        let recorded = try String(contentsOf: golden, encoding: .utf8)
        #expect(recorded.utf8.count < 400_000)
        try folder.database(
            "kv.sqlite",
            "UPDATE keyv SET value = json_set(value, '$.value.text', value || 'x') WHERE key = 'mem:large'")
        let failure = try await expectFailure {
            try await ReplayedMigration(of: source).expectUnchanged(from: golden, recording: false)
        }
        let lines = failure.difference.filter { $0.contains("  text: ") }
        #expect(lines.count == 2)
        #expect(lines.allSatisfy { $0.contains(#""sha256":""#) && $0.contains(#""begins":""#) })
    }

    @Test func manyChangesAreCounted() async throws {
        try await record()
        try folder.database(
            "kv.sqlite",
            "UPDATE keyv SET value = json_set(value, '$.value.domain', 'all') WHERE key LIKE 'mem:node%'")
        let failure = try await expectFailure {
            try await ReplayedMigration(of: source).expectUnchanged(from: golden, recording: false)
        }
        #expect(failure.message.contains("300 memories changed"))
        #expect(failure.difference.contains("… 280 memories more"))
    }

    @Test(arguments: [nil, "", "{}", "no JSON", #"{"format":2,"memories":[]}"#])
    func aFileThatIsMissingOrNoneSaysHowToRecord(contents: String?) async throws {
        try FileManager.default.createDirectory(
            at: golden.deletingLastPathComponent(), withIntermediateDirectories: true)
        if let contents { try contents.write(to: golden, atomically: true, encoding: .utf8) }
        let failure = try await expectFailure {
            try await ReplayedMigration(of: source).expectUnchanged(from: golden, recording: false)
        }
        #expect(failure.message.contains("MEMLEDGER_RECORD=1"))
    }

    @Test func aFolderThatCannotBeWrittenIsSaid() async throws {
        let failure = try await expectFailure {
            try await ReplayedMigration(of: source).expectUnchanged(
                from: URL(fileURLWithPath: source + "/golden.json"), recording: true)
        }
        #expect(failure.message.contains("cannot be written"))
    }

    @Test func theClockDecidesWhatHasExpired() async throws {
        let early = FixedClock(Timestamp(milliseconds: 1_700_000_000_000))
        let (then, now) = (
            try await ReplayedMigration(of: source, clock: early), try await ReplayedMigration(of: source)
        )
        #expect(then.report.expired < now.report.expired)
    }

    @Test func aDryRunInMemoryLeavesTheLedgerAsItIs() async throws {
        let ledger = try await MemoryLedger.forTesting()
        var options = MigrationOptions()
        options.isDryRun = true
        let report = try await ledger.migrate(from: source, options: options)
        #expect(report.isDryRun && report.imported > 300)
        #expect(try await ledger.recordedEvents().isEmpty)
    }

    @Test func aSourceThatIsNoneIsAnError() async throws {
        await #expect(throws: LegacySourceError.self) { try await ReplayedMigration(of: folder.file("nothing")) }
        // Beside the test's own file, as a golden file that is named so.
        let beside = try await #require(throws: LegacySourceError.self) { try await ReplayedMigration(of: "no.db") }
        let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path
        #expect("\(beside)".contains(here + "/no.db"), "\(beside)")
    }
}
