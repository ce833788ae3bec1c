import EventLog
import LedgerStorage
import Projections
import Testing

@testable import SQLiteEventLog

/// Goal: a program that opens a ledger finds projections that its own program has built from every event, or an error;
/// never rows of another version. Method: programs of several versions, tables that were taken away by hand, events
/// that were not projected.
@Suite struct ProjectionOpeningTests {
    @Test func aNewerVersionRebuilds() async throws {
        let file = try LogFile()
        let old = try await ProjectedLog(file)
        try await old.append(4)
        #expect(try old.state() == ProjectionState(name: "tally", version: 1, generation: 1, position: 4))
        await old.log.close()
        let new = try await ProjectedLog(file, [TallyProjector(version: 2)])
        #expect(try new.tally() == ["s": 8])
        #expect(try new.state() == ProjectionState(name: "tally", version: 2, generation: 2, position: 4))
        try await new.append(1)
        #expect(try new.tally() == ["s": 10])
        await new.log.close()
        // Once is enough.
        let again = try await ProjectedLog(file, [TallyProjector(version: 2)])
        #expect(try again.state()?.generation == 2)
        await again.log.close()
    }

    /// Otherwise no process could write to the ledger any more.
    @Test func aNewerVersionSetsAsideWhatItRefuses() async throws {
        let file = try LogFile()
        let old = try await ProjectedLog(file, [TallyProjector(badType: "None")])
        for type in ["Good", "Bad", "Good", "Bad", "Good"] as [EventType] {
            _ = try await old.log.append(to: "s", [file.event([1], type)])
        }
        await old.log.close()
        let new = try await ProjectedLog(file, [TallyProjector(version: 2)])
        #expect(try new.tally() == ["s": 6])
        #expect(try new.state() == ProjectionState(name: "tally", version: 2, generation: 2, position: 5))
        let letters = try new.host.deadLetters()
        #expect(letters.map(\.position) == [2, 4])
        #expect(letters.allSatisfy { $0.state == .waiting && $0.reason == "this one is bad" })
        #expect(try new.leftovers() == 0)
        try await new.append(1)
        #expect(try new.tally() == ["s": 8])
        // One that is asked for is strict.
        await expectError(.projectionFailed) { try await new.host.rebuild() }
        await new.log.close()
    }

    /// What half of a refused event makes of the next ones is not their fault.
    @Test func onlyWhatIsRefusedByItselfIsSetAside() async throws {
        let file = try LogFile()
        let old = try await ProjectedLog(file)
        for type in ["Good", "Half", "Good", "Good", "Half", "Good"] as [EventType] {
            _ = try await old.log.append(to: "s", [file.event([1], type)])
        }
        await old.log.close()
        let new = try await ProjectedLog(file, [TallyProjector(version: 2, halfType: "Half")])
        #expect(try new.host.deadLetters().map(\.position) == [2, 5])
        #expect(try new.tally() == ["s": 8])
        await new.log.close()
    }

    @Test func anOlderProgramIsRefused() async throws {
        let file = try LogFile()
        let new = try await ProjectedLog(file, [TallyProjector(version: 3)])
        try await new.append(1)
        await new.log.close()
        let error = await expectError(.newerFormat) { _ = try await ProjectedLog(file, [TallyProjector(version: 2)]) }
        #expect(error?.message.contains("version 3") == true)
    }

    /// A program that has been running since before the newer one came.
    @Test func anOlderProgramThatIsStillRunningCannotWrite() async throws {
        let file = try LogFile()
        let projectors = [TallyProjector(), TallyProjector(name: "later")]
        let old = try await ProjectedLog(file, projectors, deliveries: ["later": .catchingUp])
        try await old.append(2)
        let new = try await ProjectedLog(
            file, [TallyProjector(version: 2), TallyProjector(name: "later", version: 2)],
            deliveries: ["later": .catchingUp])
        await expectError(.newerFormat) { try await old.append(1) }
        await expectError(.newerFormat) { try await old.host.catchUp("later") }
        await expectError(.newerFormat) { try await old.host.rebuild() }
        #expect(try await new.log.head() == 2)
        #expect(try new.tally() == ["s": 4])
        #expect(try new.leftovers() == 0)
        try await new.append(1)
        #expect(try await new.host.catchUp("later") == 3)
        #expect(try new.tally() == ["s": 6] && new.tally("later") == ["s": 6])
        await old.log.close()
        await new.log.close()
    }

    @Test func aLogThatNobodyProjectedIsBuilt() async throws {
        let file = try LogFile()
        try await file.make([[1], [2], [3]])
        let test = try await ProjectedLog(file)
        #expect(try test.tally() == ["s": 3])
        #expect(try test.state()?.position == 3)
        await test.log.close()
        let plain = try file.open()
        _ = try await plain.append(to: "s", file.events(2))
        await plain.close()
        // What merely lags catches up, in the tables that serve.
        let again = try await ProjectedLog(file)
        #expect(try again.tally() == ["s": 5])
        #expect(try again.state() == ProjectionState(name: "tally", version: 1, generation: 2, position: 5))
        await again.log.close()
    }

    /// Invariant 1 of the architecture, with what a shell can do to the tables.
    @Test(arguments: [
        ["DROP TABLE tally", "DELETE FROM projection_positions"], ["DROP TABLE tally"],
        ["DELETE FROM projection_positions"], ["DELETE FROM projection_generations"],
        ["DROP TABLE projection_positions", "DROP TABLE projection_generations"],
        ["DROP INDEX idx_tally_events", "DELETE FROM projection_positions"], ["ALTER TABLE tally RENAME TO elsewhere"],
        ["UPDATE projection_positions SET position = 99"],
    ])
    func tablesThatWereTakenAwayAreBuiltAnew(statements: [String]) async throws {
        let file = try LogFile()
        let first = try await ProjectedLog(file)
        try await first.append(5)
        let digest = try first.host.digest().tables
        await first.log.close()
        for statement in statements { try RawSQLite.run(file.path, statement) }
        let test = try await ProjectedLog(file)
        #expect(try test.host.digest().tables == digest)
        #expect(try test.tally() == ["s": 5])
        let index = "SELECT count(*) FROM sqlite_master WHERE name = 'idx_tally_events'"
        #expect(try test.log.file.read { try $0.integer(index) } == 1)
        #expect(try test.leftovers() == 0)
        try await test.append(1)
        #expect(try test.tally() == ["s": 6])
        await test.log.close()
    }

    @Test func aChangedRowChangesTheDigestAndARebuildMendsIt() async throws {
        let test = try await ProjectedLog(LogFile())
        try await test.append(3)
        let digest = try test.host.digest().tables
        for change in [
            "UPDATE tally SET bytes = bytes + 1", "DELETE FROM tally", "INSERT INTO tally VALUES ('x',1,1,1)",
        ] {
            try RawSQLite.run(test.file.path, change)
            #expect(try test.host.digest().tables != digest)
            try await test.host.rebuild(onDifference: .replace)
            #expect(try test.host.digest().tables == digest)
        }
        #expect(try test.state()?.generation == 4)
        try await test.append(1)
        #expect(try test.tally() == ["s": 4])
        await test.log.close()
    }
}
