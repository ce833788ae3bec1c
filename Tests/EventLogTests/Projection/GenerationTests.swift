import EmbeddedLedger
import EventLog
import Foundation
import LedgerCapabilities
import LedgerStorage
import Testing

@testable import Projections
@testable import SQLiteEventLog

/// Goal: a rebuilt generation serves only where the serving one held what the log says, or where somebody wants it all
/// the same; the former one stays and can serve again. Method: rows changed by hand before rebuilds; going back and
/// forth with appends in between.
@Suite struct GenerationTests {
    private func differing(_ test: ProjectedLog) -> String { test.file.path + "-rebuild-differs" }

    @Test func equalGenerationsSaySo() async throws {
        let test = try await ProjectedLog(LogFile())
        try await test.append(3)
        let report = try await test.host.rebuild()
        #expect(report.comparisons == [ProjectionComparison(projection: "tally", outcome: .equal)])
        #expect(report.difference == nil && report.skipped == [])
        #expect(!FileManager.default.fileExists(atPath: differing(test)))
        await test.log.close()
    }

    @Test func aDifferenceIsAnErrorThatShowsTheRowsAndKeepsBoth() async throws {
        let test = try await ProjectedLog(LogFile())
        for stream in ["a", "b", "c"] { try await test.append(2, to: StreamName(stream)) }
        let digest = try test.host.digest().tables
        try RawSQLite.run(
            test.file.path,
            "UPDATE tally SET events = 7 WHERE stream = 'b'",
            "DELETE FROM tally WHERE stream = 'a'", "INSERT INTO tally VALUES ('x''y', 1, 1, 1)")
        let tampered = try test.host.digest().tables
        let error = await expectError(.digestMismatch) { try await test.host.rebuild() }
        let difference = try #require(error?.difference)
        #expect(difference.position == 6 && difference.keptPath == differing(test))
        let table = try #require(difference.tables.first)
        #expect(difference.tables.count == 1 && table.table == "tally" && table.projection == "tally")
        #expect(table.servingDigest == tampered["tally"] && table.rebuiltDigest == digest["tally"])
        #expect((table.changed, table.missing, table.surplus) == (1, 1, 1))
        #expect(
            table.rows == [
                RowDifference(kind: .missing, key: [.init(column: "stream", value: "'a'")], columns: []),
                RowDifference(
                    kind: .changed, key: [.init(column: "stream", value: "'b'")],
                    columns: [.init(column: "events", serving: "7", rebuilt: "2")]),
                RowDifference(kind: .surplus, key: [.init(column: "stream", value: "'x''y'")], columns: []),
            ])
        #expect(error?.message.contains("tally in 3 rows") == true)
        // Both are kept: the serving one serves, the rebuilt one can be looked at.
        #expect(try test.host.digest().tables == tampered && test.state()?.generation == 1)
        let kept = try RawSQLite(differing(test))
        #expect(try TableDigest.sha256(of: "tally", kept.sqlite) == digest["tally"])
        await test.log.close()
    }

    @Test func theRebuiltOneServesWhereItIsWanted() async throws {
        let test = try await ProjectedLog(LogFile())
        try await test.append(3)
        let digest = try test.host.digest().tables
        try RawSQLite.run(test.file.path, "UPDATE tally SET events = 7")
        await expectError(.digestMismatch) { try await test.host.rebuild() }
        let report = try await test.host.rebuild(onDifference: .replace)
        #expect(report.comparisons.map(\.outcome) == [.different] && report.difference?.tables.first?.changed == 1)
        #expect(try test.host.digest().tables == digest && test.state()?.generation == 2)
        #expect(try test.leftovers() == 0)
        await test.log.close()
    }

    @Test func rowsBeyondTheBoundAreCountedAndLongValuesCut() async throws {
        let test = try await ProjectedLog(LogFile())
        for index in 0..<15 { try await test.append(1, to: StreamName("s\(10 + index)")) }
        let long = String(repeating: "x", count: 300)
        try RawSQLite.run(test.file.path, "UPDATE tally SET bytes = bytes || '\(long)' || CAST(events AS TEXT)")
        let table = await expectError(.digestMismatch) { try await test.host.rebuild() }?.difference?.tables.first
        #expect(table?.changed == 15 && table?.rows.count == GenerationDifference.maximumShownRows)
        let value = try #require(table?.rows.first?.columns.first)
        #expect(value.rebuilt == "9" && value.serving.utf8.count < 100 && value.serving.hasSuffix("…'"))
        await test.log.close()
    }

    @Test func whatCannotBeComparedIsReplacedAndSaidToBe() async throws {
        let file = try LogFile()
        let later = TallyProjector(name: "later")
        let test = try await ProjectedLog(file, [TallyProjector(), later], deliveries: ["later": .catchingUp])
        try await test.append(2)
        try RawSQLite.run(file.path, "DROP TABLE tally")
        let report = try await test.host.rebuild()
        #expect(
            report.comparisons.map(\.outcome) == [
                .notCompared("its tables were missing"),
                .notCompared("it stood at position 0, and the log at 2"),
            ])
        #expect(try test.tally() == ["s": 2] && test.tally("later") == ["s": 2])
        await test.log.close()
        let new = try await ProjectedLog(file, [TallyProjector(version: 2)])
        #expect(try new.tally() == ["s": 4])
        await new.log.close()
    }

    @Test func otherColumnsAreADifference() async throws {
        let test = try await ProjectedLog(LogFile())
        try await test.append(1)
        try RawSQLite.run(test.file.path, "ALTER TABLE tally ADD COLUMN more TEXT")
        let table = await expectError(.digestMismatch) { try await test.host.rebuild() }?.difference?.tables.first
        #expect(table?.servingColumns == ["stream", "events", "bytes", "schema_version", "more"] && table?.count == 0)
        await test.log.close()
    }

    // MARK: Going back

    @Test func goingBackServesTheFormerGenerationWithWhatCameSince() async throws {
        let test = try await ProjectedLog(LogFile())
        try await test.append(3)
        await expectError(.noFormerGeneration) { try await test.host.rollBack() }
        try RawSQLite.run(test.file.path, "UPDATE tally SET bytes = bytes + 1000")
        let tampered = try test.host.digest().tables
        try await test.host.rebuild(onDifference: .replace)
        let mended = try test.host.digest().tables
        #expect(
            try await test.host.rollBack() == [ProjectionState(name: "tally", version: 1, generation: 1, position: 3)])
        #expect(try test.host.digest().tables == tampered)
        try await test.host.rollBack()
        #expect(try test.host.digest().tables == mended && test.state()?.generation == 2)
        // Events of the meantime are applied to the generation that did not serve.
        try await test.append(2, to: "t")
        #expect(try await test.host.rollBack().first?.position == 5)
        #expect(try test.tally() == ["s": 3, "t": 2] && test.state()?.generation == 1)
        try await test.append(1, to: "s")
        #expect(try await test.host.rollBack().first?.generation == 2)
        #expect(try test.tally() == ["s": 4, "t": 2])
        // The next one is newer than both.
        try await test.host.rollBack()
        #expect(try await test.host.rebuild(onDifference: .replace).projections.first?.generation == 3)
        let index = "SELECT count(*) FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = 'tally'"
        #expect(try test.log.file.read { try $0.integer(index) } == 1)
        let (before, after) = try await test.digestsAroundRebuild()
        #expect(before == after)
        await test.log.close()
    }

    /// Another process has the ledger open and what it remembers is of the other generation.
    @Test func anotherWriterGoesOnWithTheGenerationThatServes() async throws {
        let test = try await ProjectedLog(LogFile())
        let other = try await ProjectedLog(test.file)
        try await test.append(1)
        for round in 1...4 {
            try await other.append(1)
            if round.isMultiple(of: 2) { try await test.host.rollBack() } else { try await test.host.rebuild() }
            try await other.append(1)
            try await test.append(1)
            #expect(try test.tally() == ["s": 1 + 3 * round])
        }
        let (before, after) = try await test.digestsAroundRebuild()
        #expect(before == after)
        await other.log.close()
        await test.log.close()
    }

    @Test func aFormerGenerationOfAnotherVersionIsRefused() async throws {
        let file = try LogFile()
        let old = try await ProjectedLog(file)
        try await old.append(2)
        await old.log.close()
        let new = try await ProjectedLog(file, [TallyProjector(version: 2)])
        let error = await expectError(.noFormerGeneration) { try await new.host.rollBack(["tally"]) }
        #expect(error?.message.contains("is of version 1, which this program, with version 2, would rebuild") == true)
        #expect(try new.tally() == ["s": 4] && new.state()?.generation == 2)
        await new.log.close()
    }

    @Test func aFormerGenerationCanBeForgotten() async throws {
        let test = try await ProjectedLog(LogFile())
        try await test.append(2)
        try await test.host.rebuild()
        let tables = "SELECT count(*) FROM sqlite_master WHERE name GLOB 'former_tally'"
        #expect(try test.log.file.read { try $0.integer(tables) } == 1)
        #expect(try await test.host.forgetFormer().map(\.generation) == [1])
        #expect(try await test.host.forgetFormer() == [])
        #expect(try test.log.file.read { try $0.integer(tables) } == 0)
        await expectError(.noFormerGeneration) { try await test.host.rollBack() }
        #expect(try test.tally() == ["s": 2])
        await test.log.close()
    }

    /// A view that somebody made goes on showing what serves.
    @Test func viewsFollowTheServingGeneration() async throws {
        let test = try await ProjectedLog(LogFile())
        try RawSQLite.run(test.file.path, "CREATE VIEW mine AS SELECT sum(events) AS n FROM tally")
        try await test.append(2)
        try await test.host.rebuild()
        try await test.append(1)
        #expect(try test.log.file.read { try $0.integer("SELECT n FROM mine") } == 3)
        try await test.host.rollBack()
        #expect(try test.log.file.read { try $0.integer("SELECT n FROM mine") } == 3)
        await test.log.close()
    }

    // MARK: Verifying

    @Test func verifyingComparesAndChangesNothing() async throws {
        let test = try await ProjectedLog(LogFile())
        try await test.append(3)
        let equal = try await test.host.verify()
        #expect(equal.isEqual && equal.position == 3 && equal.difference == nil)
        try RawSQLite.run(test.file.path, "UPDATE tally SET bytes = 1")
        let digest = try test.host.digest().tables
        let different = try await test.host.verify(["tally"])
        #expect(!different.isEqual && different.difference?.tables.first?.changed == 1)
        #expect(different.difference?.keptPath == nil)
        #expect(try test.host.digest().tables == digest && test.state()?.generation == 1)
        await test.log.close()
        let reader = try test.file.open(.test(.readOnly))
        let host = ProjectionStore(log: reader, projectors: [TallyProjector()])
        #expect(try await host.verify().difference == different.difference)
        await reader.close()
        let folder = URL(fileURLWithPath: test.file.path).deletingLastPathComponent().path
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).allSatisfy { !$0.contains("verify") })
    }

    /// The ledger's name is so long that no longer one can be made beside it.
    @Test func verifyingTakesTheTemporaryFolderWhereNothingCanBeMadeBesideTheLedger() async throws {
        let test = try await ProjectedLog(LogFile())
        try await test.append(3)
        await test.log.close()
        let folder = URL(fileURLWithPath: test.file.path).deletingLastPathComponent()
        let path = folder.appendingPathComponent(String(repeating: "l", count: 249)).path
        try FileManager.default.moveItem(atPath: test.file.path, toPath: path)
        #expect(throws: (any Error).self) { try SideDatabase(path: path + "-verify-1", rights: .ofOwner) }
        let log = try SQLiteEventLog(path: path, options: .test(.readOnly), clock: test.file.clock)
        #expect(try await ProjectionStore(log: log, projectors: [TallyProjector()]).verify().isEqual)
        await log.close()
    }

    @Test(.timeLimit(.minutes(10)))
    func verifyingGoesOnBesideWriters() async throws {
        let test = try await ProjectedLog(LogFile())
        _ = try await test.log.append(to: "s", test.file.events(ProjectionStore.batchEvents + 100))
        let isDone = Shared(false)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { while !isDone.value { try await test.append(1) } }
            for _ in 0..<4 { #expect(try await test.host.verify().isEqual) }
            isDone.change { $0 = true }
            try await group.waitForAll()
        }
        await test.log.close()
    }

    @Test func aRateAndTheTimeThatIsLeft() {
        let start = RebuildStatus(projections: [], position: 0, head: 10, elapsed: .zero)
        #expect(start.eventsPerSecond == 0 && start.secondsRemaining == nil)
        let half = RebuildStatus(projections: [], position: 500, head: 2_000, elapsed: .milliseconds(250))
        #expect(half.eventsPerSecond == 2_000 && half.secondsRemaining == 0.75)
    }
}
