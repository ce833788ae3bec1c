import EventLog
import LedgerStorage
import Testing

@testable import Projections
@testable import SQLiteEventLog

/// Goal: what no projector of this program builds any more is never taken for what the log says, and can be let go of
/// with all that is its own, and nothing else. Method: logs that programs with other projectors had open before.
@Suite struct ForeignProjectionTests {
    private static let former = CountingProjector("counting", "a", "b")
    private static let present = CountingProjector("counting", "a")

    /// A log of two events that the projectors have taken.
    private func file(_ projectors: any Projector...) async throws -> LogFile {
        let file = try LogFile()
        let test = try await ProjectedLog(file, projectors)
        try await test.append("A", "B")
        try await test.host.rebuild()
        await test.log.close()
        return file
    }

    private func foreign(_ test: ProjectedLog) throws -> [ProjectionState] {
        try test.log.file.read { try ForeignProjections(to: test.host, $0).states }
    }

    private func tables(_ test: ProjectedLog) throws -> [String] {
        try test.log.file.read { sqlite in
            let rows = try sqlite.statement("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
            defer { rows.reset() }
            var names: [String] = []
            while try rows.step() { names.append(rows.text(0)) }
            return names
        }
    }

    /// A program that builds it still would go on with rows that have not followed the log.
    @Test func whatAProjectorBuildsNoMoreIsBuiltAgainByAProgramThatDoes() async throws {
        let file = try await file(Self.former)
        let test = try await ProjectedLog(file, [Self.present])
        #expect(try foreign(test) == [ProjectionState(name: "b", version: 0, generation: 2, position: 2)])
        #expect(try test.generations() == ["a": 2])
        try await test.append("A")
        await test.log.close()
        let again = try await ProjectedLog(file, [Self.former])
        #expect(try again.integer("SELECT events FROM b WHERE type = 'A'") == 2)
        #expect(try foreign(again).isEmpty)
        #expect(try await again.host.verify().isEqual)
        await again.log.close()
    }

    @Test func itGoesWithItsTables() async throws {
        let file = try await file(Self.former)
        let test = try await ProjectedLog(file, [Self.present])
        let before = try tables(test)
        let dropped = try await test.host.forgetFormer(["b"])
        #expect(dropped == [ProjectionState(name: "b", version: 0, generation: 2, position: 2)])
        #expect(try Set(before).subtracting(tables(test)) == ["b", "former_b"])
        #expect(try foreign(test).isEmpty && test.integer("SELECT count(*) FROM former_projections") == 1)
        await expectError(.unknownProjection) { try await test.host.forgetFormer(["b"]) }
        try await test.append("A")
        #expect(try await test.host.verify().isEqual)
        await test.log.close()
    }

    /// With its letters, and what another program's module made of it.
    @Test func anotherProgramsGoesWholly() async throws {
        let file = try await file(Self.present, TallyProjector())
        try RawSQLite.run(
            file.path, "CREATE VIRTUAL TABLE words USING fts5(word)", "INSERT INTO words VALUES ('secret')",
            "CREATE VIRTUAL TABLE broken USING fts5(word)", "DROP TABLE broken_config",
            "CREATE TABLE my_notes (text TEXT)",
            "INSERT INTO projection_generations VALUES ('words', 'search', 3, 1)",
            "INSERT INTO projection_positions VALUES ('search', 2)",
            "INSERT INTO dead_letters VALUES ('words', 1, 2, 'waiting', 'secret', 1, 0, 0)")
        let unnoted = try await ProjectedLog(file, [Self.present])
        #expect(try foreign(unnoted).map(\.name) == ["tally", "words"])
        let error = await expectError(.invalidArgument) { try await unnoted.host.forgetFormer(["tally", "words"]) }
        #expect(error?.message.contains("It was not noted which tables the projection words has") == true)
        #expect(error?.message.contains("my_notes") == true && error?.message.contains("tally") == false)
        #expect(error?.message.contains("stream") == false)
        #expect(try tables(unnoted).contains("words") && foreign(unnoted).count == 2)
        await unnoted.log.close()
        try RawSQLite.run(
            file.path,
            """
            INSERT INTO projection_tables SELECT name, 'words' FROM sqlite_master
            WHERE type = 'table' AND (name LIKE 'words%' OR name LIKE 'broken%')
            """)
        let test = try await ProjectedLog(file, [Self.present])
        let dropped = try await test.host.forgetFormer(["words", "tally"])
        #expect(dropped.map(\.name) == ["tally", "words"])
        #expect(try !tables(test).contains { $0.hasPrefix("words") || $0.contains("tally") || $0.hasPrefix("broken") })
        #expect(try tables(test).contains("my_notes"), "a person's own table")
        #expect(try test.integer("SELECT count(*) FROM dead_letters") == 0)
        #expect(try test.integer("SELECT count(*) FROM projection_positions") == 1)
        #expect(try await test.host.verify().isEqual)
        await test.log.close()
    }

    /// What a former version of a projection had besides goes when the new one is built.
    @Test func aTableThatAProjectionHasNoMoreGoes() async throws {
        let file = try await file(CountingProjector("counting", [("a", "t1"), ("b", "b")]))
        let test = try await ProjectedLog(file, [CountingProjector("counting", [("a", "t2"), ("b", "b")], version: 2)])
        let left = try tables(test)
        #expect(left.contains("t2") && !left.contains("t1"))
        #expect(try test.integer("SELECT count(*) FROM projection_tables") == 2)
        #expect(try await test.host.verify().isEqual)
        await test.log.close()
    }

    /// What a person had it do without stays so if it is built again.
    @Test func skippedEventsStaySkipped() async throws {
        let file = try await file(Self.former)
        try RawSQLite.run(file.path, "INSERT INTO dead_letters VALUES ('b', 2, 2, 'skipped', 'odd', 1, 0, 0)")
        let without = try await ProjectedLog(file, [Self.present])
        await without.log.close()
        let again = try await ProjectedLog(file, [Self.former])
        let isSkipped = "SELECT EXISTS (SELECT 1 FROM dead_letters WHERE state = 'skipped' AND projection = 'b')"
        #expect(try again.integer(isSkipped) == 1)
        await again.log.close()
    }

    @Test func withoutNamesOnlyFormerGenerationsGo() async throws {
        let file = try await file(Self.former)
        let test = try await ProjectedLog(file, [Self.present])
        #expect(try await test.host.forgetFormer().map(\.name) == ["a"])
        #expect(try foreign(test).map(\.name) == ["b"] && tables(test).contains("b"))
        await test.log.close()
    }
}
