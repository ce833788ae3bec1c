import EventLog
import LedgerStorage
import Testing

@testable import Projections
@testable import SQLiteEventLog

/// Goal: whatever a rebuild replaces was compared, if it could be and was to be. Method: a projector of three
/// projections, of which one cannot stay and another was tampered with, while the third is rebuilt.
@Suite struct BuiltTogetherTests {
    private func log() async throws -> ProjectedLog {
        let test = try await ProjectedLog(LogFile(), [CountingProjector("counting", "a", "b", "c")])
        try await test.append("A", "B", "A")
        return test
    }

    @Test func whatIsReplacedBesidesIsCompared() async throws {
        let test = try await log()
        let good = try test.host.digest().tables
        // Where b is missing, c cannot stay beside a new a either.
        try RawSQLite.run(test.file.path, "DROP TABLE b", "UPDATE c SET events = 9 WHERE type = 'A'")
        let error = await expectError(.digestMismatch) { try await test.host.rebuild(["a"]) }
        #expect(error?.difference?.tables.map(\.table) == ["c"])
        #expect(try test.generations() == ["a": 1, "b": 1, "c": 1])
        #expect(try test.integer("SELECT events FROM c WHERE type = 'A'") == 9)
        let report = try await test.host.rebuild(["a"], onDifference: .replace)
        #expect(report.projections.map(\.name) == ["a", "b", "c"])
        #expect(report.comparisons.map(\.outcome) == [.equal, .notCompared("its tables were missing"), .different])
        #expect(report.difference?.tables.map(\.table) == ["c"])
        #expect(try test.host.digest().tables == good)
        await test.log.close()
    }

    @Test func whatIsEqualIsReplacedWithoutAWord() async throws {
        let test = try await log()
        try RawSQLite.run(test.file.path, "DROP TABLE b")
        let report = try await test.host.rebuild(["a"])
        #expect(report.projections.map(\.name) == ["a", "b", "c"])
        #expect(report.comparisons.map(\.outcome) == [.equal, .notCompared("its tables were missing"), .equal])
        #expect(try await test.host.verify().isEqual)
        await test.log.close()
    }

    /// What stays is not compared: it was not asked for.
    @Test func whatStaysMayDiffer() async throws {
        let test = try await log()
        try RawSQLite.run(test.file.path, "UPDATE c SET events = 9")
        let report = try await test.host.rebuild(["a"])
        #expect(report.projections.map(\.name) == ["a"] && report.comparisons.map(\.outcome) == [.equal])
        #expect(try test.generations() == ["a": 2, "b": 1, "c": 1])
        await test.log.close()
    }

    /// It is looked at again under the lock.
    @Test func whatCannotStayAnyMoreIsComparedFirst() async throws {
        let test = try await log()
        let builder = try await GenerationBuilder.begin(
            test.host.chosen(["a"]), test.host, in: SideDatabase(beside: test.file.path))
        defer { builder.discard() }
        let feed = try test.log.makeFeed(after: 0)
        let before = try await test.host.compare(builder, feed, isToServe: true, thenIndex: true)
        #expect(before.comparisons.map(\.projection) == ["a"])
        try RawSQLite.run(test.file.path, "DROP TABLE b", "UPDATE c SET events = 9")
        await #expect(throws: GenerationBuilder.NotCompared.self) {
            try await test.log.onWriter { sqlite in
                _ = try builder.swapIn(test.log.committed(sqlite), sqlite, compared: before.comparisons)
            }
        }
        #expect(try test.generations() == ["a": 1, "b": 1, "c": 1])
        let after = try await test.host.compare(builder, feed, isToServe: true, thenIndex: true)
        #expect(after.comparisons.map(\.projection) == ["a", "b", "c"] && after.comparisons[2].outcome == .different)
        await test.log.close()
    }
}
