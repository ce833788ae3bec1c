import EventLog
import Projections
import Testing

@testable import SQLiteEventLog

/// Goal: the status of a projection says how far it is and what is the matter. Method: one fault at a time.
@Suite struct ProjectionStatusTests {
    private func status(_ test: ProjectedLog, withDigests: Bool = false) throws -> ProjectionStatus {
        try #require(try test.host.statuses(withDigests: withDigests).first)
    }

    @Test func lagInEventsAndSecondsOfRecordedTime() async throws {
        let test = try await ProjectedLog(LogFile(), deliveries: ["tally": .catchingUp])
        #expect(try status(test).health == .ok && status(test).lagSeconds == 0)
        try await test.append(1)
        test.file.clock.advance(by: 2_500)
        try await test.append(2)
        let behind = try status(test)
        #expect(behind.health == .behind && behind.lagEvents == 3 && behind.lagSeconds == 2.5 && behind.head == 3)
        try await test.host.catchUp("tally")
        #expect(try status(test).health == .ok && status(test).lagEvents == 0 && status(test).lagSeconds == 0)
        await test.log.close()
    }

    @Test func versionGenerationFormerAndDigests() async throws {
        let test = try await ProjectedLog(LogFile())
        try await test.append(2)
        try await test.host.rebuild()
        let found = try status(test, withDigests: true)
        #expect((found.version, found.programVersion, found.generation, found.position) == (1, 1, 2, 2))
        #expect(found.former == ProjectionState(name: "tally", version: 1, generation: 1, position: 2))
        #expect(try found.digests == test.host.digest().tables)
        #expect(try status(test).digests == nil)
        await test.log.close()
    }

    @Test(arguments: [
        ("UPDATE projection_generations SET version = 2", ProjectionHealth.newer),
        ("UPDATE projection_generations SET version = 0", .outdated), ("DROP TABLE tally", .missingTables),
        ("DELETE FROM projection_generations", .notBuilt), ("UPDATE projection_positions SET position = 9", .outdated),
    ])
    func faultsAreNamed(statement: String, health: ProjectionHealth) async throws {
        let test = try await ProjectedLog(LogFile())
        try await test.append(2)
        try RawSQLite.run(test.file.path, statement)
        #expect(try status(test).health == health)
        await test.log.close()
    }
}
