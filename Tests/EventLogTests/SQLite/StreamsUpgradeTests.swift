import EventLog
import EventLogTesting
import LedgerCapabilities
import LedgerStorage
import Testing

@testable import SQLiteEventLog

/// Goal: a ledger of format 3, whose heads of streams stand in one table with their names, is read and verified as it
/// is, and goes on in the present format.
/// Method: the tables of a present ledger are brought to the former layout; what is read is compared with what it held.
@Suite struct StreamsUpgradeTests {
    private static let streams = 40

    /// 300 events in two segments and a tail.
    private static func former() async throws -> LogFile {
        let file = try LogFile()
        for part in 0..<3 {
            let log = try file.open()
            for index in 0..<100 {
                _ = try await log.append(to: StreamName("s/\((index * (part + 3)) % streams)"), file.events(1))
            }
            await log.close()
            if part < 2 { try await SegmentTests.index(file) }
        }
        try makeFormer(file.path)
        return file
    }

    /// Gives a ledger of the present format the tables and the number of format 3.
    static func makeFormer(_ path: String) throws {
        try RawSQLite.run(
            path,
            """
            CREATE TABLE kept AS SELECT * FROM streams;
            DROP VIEW streams; DROP TABLE stream_names; DROP TABLE stream_heads;
            """,
            StreamsUpgrade.formerTable, "INSERT INTO streams SELECT * FROM kept; DROP TABLE kept",
            "PRAGMA user_version = 3")
    }

    private static func isFormer(_ file: LogFile) throws -> Bool {
        let raw = try RawSQLite(file.path)
        let hasTable = try raw.sqlite.hasTable("stream_heads")
        #expect(try raw.sqlite.integer("PRAGMA user_version") == (hasTable ? LedgerFile.formatVersion : 3))
        return !hasTable
    }

    /// Each stream's version is what its events say.
    private static func expectHeads(_ log: SQLiteEventLog) async throws {
        let all = try await log.all()
        for (stream, events) in Dictionary(grouping: all, by: \.stream) {
            #expect(try await log.version(of: stream) == events.last?.version, "\(stream)")
            #expect(try await log.readStream(stream, limit: 1_000).events == events)
        }
        let wanted = all.filter { $0.stream.rawValue.hasPrefix("s/1") }
        #expect(try await log.all(EventFilter(streamPrefix: "s/1")) == wanted)
    }

    @Test func itIsReadAndVerifiedAsItIs() async throws {
        let file = try await Self.former()
        let log = try file.open(.test(.readOnly))
        try await Self.expectHeads(log)
        let report = try await log.verify(deep: true)
        #expect(report.isClean && report.events == 300, "\(report.damages)")
        await log.close()
        #expect(try Self.isFormer(file))
    }

    @Test func itGoesOnInThePresentFormat() async throws {
        let file = try await Self.former()
        let log = try file.open()
        #expect(try !Self.isFormer(file))
        try await Self.expectHeads(log)
        for index in 0..<50 {
            _ = try await log.append(to: StreamName("s/\(index)"), file.events(1))
        }
        try await Self.expectHeads(log)
        await log.close()
        try await SegmentTests.index(file)
        let again = try file.open()
        try await Self.expectHeads(again)
        let report = try await again.verify(deep: true)
        #expect(report.isClean && report.events == 350, "\(report.damages)")
        await again.close()
    }

    /// SQLite would rewrite such views if the table were renamed, and fail at the broken one.
    @Test func aPersonsViewsStayAsTheyAre() async throws {
        let file = try await Self.former()
        try RawSQLite.run(
            file.path, "CREATE VIEW longest AS SELECT name FROM streams ORDER BY version DESC LIMIT 1",
            "CREATE VIEW broken AS SELECT * FROM gone")
        let log = try file.open()
        try await Self.expectHeads(log)
        await log.close()
        let raw = try RawSQLite(file.path)
        #expect(try raw.sqlite.integer("SELECT count(*) FROM longest") == 1)
        #expect(try raw.sqlite.integer("SELECT count(*) FROM sqlite_master WHERE name LIKE '%former%'") == 0)
    }

    /// To go on would begin the stream again at version 1.
    @Test func aTableWithOtherValuesIsNotUpgraded() async throws {
        let file = try await Self.former()
        try RawSQLite.run(file.path, "UPDATE streams SET stream_id = 'x' WHERE name = 's/3'")
        await expectError(.damagedLog) { _ = try file.open() }
        #expect(try Self.isFormer(file))
    }

    @Test(arguments: [
        "UPDATE streams SET version = version + 1 WHERE name = 's/3'", "DELETE FROM streams WHERE name = 's/3'",
    ])
    func itsDamageIsNamed(sql: String) async throws {
        let file = try await Self.former()
        try RawSQLite.run(file.path, sql)
        let log = try file.open(.test(.readOnly))
        #expect(try await log.verify().damages.map(\.kind) == [.damagedIndex])
        await log.close()
    }

    /// Neither format is taken for the other.
    @Test(arguments: [true, false])
    func aFormatThatIsNotItsOwnIsDamage(isFormer: Bool) async throws {
        let file = isFormer ? try await Self.former() : try LogFile()
        if !isFormer { try await file.make([[1]]) }
        try RawSQLite.run(file.path, "PRAGMA user_version = \(isFormer ? 4 : 3)")
        let log = try file.open(.test(.readOnly))
        #expect(try await log.verify().damages.contains { $0.kind == .damagedSchema })
        await log.close()
    }
}
