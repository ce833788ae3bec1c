import EventLog
import EventLogTesting
import Projections
import SQLiteEventLog
import Testing

/// Goal: events and rows commit together or not at all (invariant 5), and an error names the position and the
/// projection. Method: a projector that throws at some events, inline and while rebuilding.
@Suite struct ProjectionFailureTests {
    @Test func aFailingProjectorTakesTheAppendBack() async throws {
        let test = try await ProjectedLog(LogFile())
        try await test.append(2)
        let bad = [test.file.event([1]), test.file.event([1], "Bad")]
        let error = await expectError(.projectionFailed) { _ = try await test.log.append(to: "s", bad) }
        #expect(error?.position == 4 && error?.projection == "tally")
        #expect(error?.message == "Projection tally cannot apply the Bad at position 4: this one is bad")
        #expect(try await test.log.head() == 2)
        #expect(try test.tally() == ["s": 2] && test.state()?.position == 2)
        let next = try await test.log.append(to: "s", test.file.events(1))
        #expect(next.positions == [3] && next.versions == [3])
        #expect(try test.tally() == ["s": 3])
        let (before, after) = try await test.digestsAroundRebuild()
        #expect(before == after)
        await test.log.close()
    }

    /// Those who share its transaction must not suffer.
    @Test func onlyTheBadOneOfManyConcurrentAppendsFails() async throws {
        let test = try await ProjectedLog(LogFile())
        let failures = try await withThrowingTaskGroup(of: Bool.self) { group in
            for index in 0..<60 {
                group.addTask {
                    let event = test.file.event([1], index % 6 == 0 ? "Bad" : "Good")
                    do {
                        _ = try await test.log.append(to: StreamName("s\(index % 7)"), [event])
                        return false
                    } catch let error as EventLogError where error.code == .projectionFailed { return true }
                }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(failures == 10)
        #expect(try await test.log.all().map(\.position) == Array(1...50))
        #expect(try test.tally().values.reduce(0, +) == 50)
        await test.log.close()
    }

    /// Another program cannot read an event: the tables stay, and the one that can goes on.
    @Test func aRebuildThatFailsLeavesTheServingTables() async throws {
        let file = try LogFile()
        let old = try await ProjectedLog(file, [TallyProjector(badType: "None")])
        try await old.append(3)
        _ = try await old.log.append(to: "s", [file.event([1], "Bad")])
        let digest = try old.host.digest().tables
        let other = try await ProjectedLog(file)
        for _ in 0..<2 {
            let error = await expectError(.projectionFailed) { try await other.host.rebuild() }
            #expect(error?.position == 4 && error?.projection == "tally")
            #expect(try old.host.digest().tables == digest && old.leftovers() == 0)
        }
        try await old.append(1)
        #expect(try old.tally() == ["s": 5])
        try await old.host.rebuild()
        #expect(try old.tally() == ["s": 5] && old.state()?.generation == 2)
        await other.log.close()
        await old.log.close()
    }

    @Test func aDamagedPayloadStopsTheRebuildAndNamesItsPosition() async throws {
        let test = try await ProjectedLog(LogFile())
        try await test.append(5)
        let digest = try test.host.digest().tables
        try RawSQLite.damage(test.file.path, "UPDATE events SET checksum = checksum + 1 WHERE position = 3")
        let error = await expectError(.damagedPayload) { try await test.host.rebuild() }
        #expect(error?.position == 3)
        #expect(try test.host.digest().tables == digest && test.leftovers() == 0)
        try await test.append(1)
        #expect(try test.tally() == ["s": 6])
        await test.log.close()
    }
}
