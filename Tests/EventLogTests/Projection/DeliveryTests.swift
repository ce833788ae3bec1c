import EventLog
import LedgerCapabilities
import LedgerStorage
import Testing

@testable import Projections
@testable import SQLiteEventLog

/// Goal: rows and positions follow the log, each event once, whichever way the events come. Method: the same events
/// inline, catching up, past the projections, and in appends that are refused.
@Suite struct DeliveryTests {
    @Test func inlineRowsStandAtTheHeadWhenTheAppendReturns() async throws {
        let test = try await ProjectedLog(LogFile())
        let reader = try test.file.open(.test(.readOnly))
        for count in 1...5 {
            try await test.append(1)
            #expect(try test.tally() == ["s": count])
            #expect(try test.state()?.position == Position(count))
            #expect(try reader.file.read { try $0.integer("SELECT events FROM tally") } == Int64(count))
        }
        await reader.close()
        await test.log.close()
    }

    @Test func catchingUpFollowsWhenAsked() async throws {
        let test = try await ProjectedLog(LogFile(), deliveries: ["tally": .catchingUp])
        try await test.append(3)
        #expect(try test.tally() == [:])
        #expect(try test.state()?.position == 0)
        #expect(try await test.host.catchUp("tally") == 3)
        #expect(try await test.host.catchUp("tally") == 3)
        #expect(try test.tally() == ["s": 3])
        try await test.append(2, to: "t")
        #expect(try await test.host.catchUp("tally") == 5)
        #expect(try test.tally() == ["s": 3, "t": 2])
        #expect(try test.state()?.position == 5)
        await test.log.close()
    }

    /// More events than one transaction of catching up takes.
    @Test func aLongWayIsCaughtUpInBatches() async throws {
        let file = try LogFile()
        let plain = try file.open()
        let count = ProjectionStore.batchEvents + 10
        _ = try await plain.append(to: "s", file.events(count))
        let later = TallyProjector(name: "later")
        let test = try await ProjectedLog(file, [TallyProjector(), later], deliveries: ["later": .catchingUp])
        // A projection that has never been built is built at once, whatever its delivery.
        #expect(try test.tally("later") == ["s": count])
        _ = try await plain.append(to: "s", file.events(count))
        #expect(try await test.host.catchUp("later") == Position(2 * count))
        #expect(try test.tally("later") == ["s": 2 * count])
        try await test.append(1)
        #expect(try await test.host.catchUp("later") == Position(2 * count + 1))
        #expect(try test.tally() == test.tally("later"))
        await plain.close()
        await test.log.close()
    }

    @Test func onlyTheTypesThatItWantsAndThePositionAllTheSame() async throws {
        let test = try await ProjectedLog(LogFile(), [TallyProjector(eventTypes: ["Wanted"])])
        _ = try await test.log.append(
            to: "s", [test.file.event([1], "Wanted"), test.file.event([1], "Bad"), test.file.event([1], "Other")])
        #expect(try test.tally() == ["s": 1])
        #expect(try test.state()?.position == 3)
        let (before, after) = try await test.digestsAroundRebuild()
        #expect(before == after)
        await test.log.close()
    }

    @Test func aRefusedAppendChangesNoRow() async throws {
        let test = try await ProjectedLog(LogFile())
        try await test.append(2)
        let events = test.file.events(1)
        await expectError(.conflict) { _ = try await test.log.append(to: "s", .atVersion(7), test.file.events(1)) }
        _ = try await test.log.append(to: "s", events)
        #expect(try await test.log.append(to: "s", events).isRepetition)
        #expect(try test.tally() == ["s": 3])
        #expect(try test.state()?.position == 3)
        await test.log.close()
    }

    /// What somebody wrote without projecting is projected once, also where the append that notices it is refused.
    @Test func eventsPastTheProjectionsAreCaughtUpOnce() async throws {
        let test = try await ProjectedLog(LogFile())
        let plain = try test.file.open()
        try await test.append(1)
        for round in 1...3 {
            _ = try await plain.append(to: "p", test.file.events(2))
            #expect(try test.tally()["p"] ?? 0 == 2 * (round - 1))
            if round > 1 {
                for _ in 0..<2 {
                    await expectError(.conflict) {
                        _ = try await test.log.append(to: "s", .mustNotExist, test.file.events(1))
                    }
                }
            }
            try await test.append(1)
            #expect(try test.tally() == ["s": round + 1, "p": 2 * round])
            #expect(try await test.state()?.position == test.log.head())
        }
        let (before, after) = try await test.digestsAroundRebuild()
        #expect(before == after)
        await plain.close()
        await test.log.close()
    }

    /// Two programs on one file, each with its own writer of the projector.
    @Test func severalWritersShareTheRows() async throws {
        let first = try await ProjectedLog(LogFile())
        let second = try await ProjectedLog(first.file)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<8 {
                let log = index % 2 == 0 ? first : second
                group.addTask { try await log.append(20, to: StreamName("s\(index % 3)")) }
            }
            try await group.waitForAll()
        }
        #expect(try first.tally() == ["s0": 60, "s1": 60, "s2": 40])
        let (before, after) = try await second.digestsAroundRebuild()
        #expect(before == after)
        // The first finds its rows replaced by another generation, and goes on with them.
        try await first.append(1, to: "s2")
        #expect(try second.tally()["s2"] == 41)
        await first.log.close()
        await second.log.close()
    }

    @Test func upcastersApplyInEveryDelivery() async throws {
        let upcasters = [
            Upcaster("Tested", from: 1) { $0 + [1] }, Upcaster("Tested", from: 2) { $0 + [2, 3] },
        ]
        let later = TallyProjector(name: "later")
        let test = try await ProjectedLog(
            LogFile(), [TallyProjector(), later], deliveries: ["later": .catchingUp], upcasters: upcasters)
        for version in 1...4 {
            var event = test.file.event([9])
            event.schemaVersion = version
            _ = try await test.log.append(to: StreamName("v\(version)"), [event])
        }
        try await test.host.catchUp("later")
        for _ in 0..<2 {
            for table in ["tally", "later"] {
                let rows = try test.log.file.read { sqlite in
                    let rows = try sqlite.statement("SELECT bytes, schema_version FROM \(table) ORDER BY stream")
                    defer { rows.reset() }
                    var found: [[Int]] = []
                    while try rows.step() { found.append([rows.int(0), rows.int(1)]) }
                    return found
                }
                #expect(rows == [[4, 3], [3, 3], [1, 3], [1, 4]], "\(table)")
            }
            try await test.host.rebuild()
        }
        await test.log.close()
    }

    @Test func anUnknownProjectionIsNamedWithThoseThereAre() async throws {
        let test = try await ProjectedLog(LogFile())
        for body in [
            { _ = try await test.host.rebuild(["tally", "none"]) }, { _ = try await test.host.catchUp("none") },
            { _ = try test.host.digest(["none"]) },
        ] as [() async throws -> Void] {
            let error = await expectError(.unknownProjection) { try await body() }
            #expect(error?.message == "No projection \"none\"; existing: tally.")
        }
        #expect(try test.state()?.generation == 1)
        await test.log.close()
    }
}
