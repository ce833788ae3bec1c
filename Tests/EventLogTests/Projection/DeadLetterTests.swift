import EmbeddedLedger
import EventLog
import EventLogTesting
import LedgerStorage
import Testing

@testable import Projections
@testable import SQLiteEventLog

/// Goal: an event that a projector refuses is set aside in live catch-up, and never in a rebuild; it can be tried again
/// or skipped. Method: a projector that throws at some events, which a log without projections wrote.
@Suite struct DeadLetterTests {
    /// Appends events of these types past the projections.
    private func appendPast(_ file: LogFile, _ types: [EventType], to stream: StreamName = "s") async throws {
        let plain = try file.open()
        for type in types { _ = try await plain.append(to: stream, [file.event([1], type)]) }
        await plain.close()
    }

    @Test func catchingUpSetsAsideAndGoesOn() async throws {
        let test = try await ProjectedLog(LogFile(), deliveries: ["tally": .catchingUp])
        try await appendPast(test.file, ["Good", "Bad", "Good", "Bad", "Good"])
        #expect(try await test.host.catchUp("tally") == 5)
        #expect(try test.tally() == ["s": 3])
        let letters = try test.host.deadLetters()
        #expect(letters.map(\.position) == [2, 4] && letters.allSatisfy { $0.state == .waiting && $0.attempts == 1 })
        #expect(letters.allSatisfy { $0.reason == "this one is bad" && $0.projection == "tally" })
        #expect(letters.allSatisfy { $0.firstFailedAt == test.file.clock.now() })
        let status = try #require(try test.host.statuses().first)
        #expect(status.health == .deadLetters(2) && status.lastError == "this one is bad" && status.deadLetters == 2)
        await test.log.close()
    }

    /// No process could write any more otherwise.
    @Test func anInlineProjectionSetsAsideWhatIsStoredAlready() async throws {
        let test = try await ProjectedLog(LogFile())
        try await test.append(1)
        try await appendPast(test.file, ["Good", "Bad", "Good", "Bad"])
        try await test.append(1)
        #expect(try test.tally() == ["s": 4] && test.state()?.position == 6)
        #expect(try test.host.deadLetters().map(\.position) == [3, 5])
        // What is not stored yet is refused as before.
        await expectError(.projectionFailed) { _ = try await test.log.append(to: "s", [test.file.event([1], "Bad")]) }
        #expect(try await test.log.head() == 6)
        #expect(try test.host.deadLetters().count == 2)
        try await test.append(1)
        #expect(try test.tally() == ["s": 5])
        await test.log.close()
    }

    @Test func openingCatchesUpAndSetsAside() async throws {
        let file = try LogFile()
        let first = try await ProjectedLog(file)
        try await first.append(1)
        await first.log.close()
        try await appendPast(file, ["Bad", "Good"])
        let test = try await ProjectedLog(file)
        #expect(try test.tally() == ["s": 2] && test.host.deadLetters().map(\.position) == [2])
        await test.log.close()
    }

    @Test func aRebuildIsStrictAndPassesOverWhatWasSkipped() async throws {
        let test = try await ProjectedLog(LogFile())
        try await test.append(1)
        try await appendPast(test.file, ["Bad", "Good"])
        try await test.append(1)
        let error = await expectError(.projectionFailed) { try await test.host.rebuild() }
        #expect(error?.position == 2 && error?.projection == "tally")
        await expectError(.projectionFailed) { _ = try await test.host.verify() }
        #expect(try await test.host.skipDeadLetters().map(\.position) == [2])
        #expect(try test.host.statuses().first?.health == .ok)
        for generation in 2...3 {
            let report = try await test.host.rebuild()
            #expect(
                report.comparisons.map(\.outcome) == [.equal] && report.projections.map(\.generation) == [generation])
            #expect(report.skipped.map(\.position) == [2] && report.skipped.first?.state == .skipped)
        }
        #expect(try await test.host.verify().isEqual)
        try await test.host.rollBack()
        #expect(try test.host.deadLetters().map(\.state) == [.skipped])
        await test.log.close()
    }

    /// A rebuild by a program that can apply the event needs no letter, and going back brings it again.
    @Test func lettersBelongToTheirGeneration() async throws {
        let file = try LogFile()
        let first = try await ProjectedLog(file)
        try await first.append(1)
        try await appendPast(file, ["Bad", "Good"])
        try await first.append(1)
        await first.log.close()
        let mended = try await ProjectedLog(file, [TallyProjector(badType: "None")])
        await expectError(.digestMismatch) { try await mended.host.rebuild() }
        try await mended.host.rebuild(onDifference: .replace)
        #expect(try mended.tally() == ["s": 4] && mended.host.deadLetters() == [])
        try await mended.host.rollBack()
        #expect(try mended.tally() == ["s": 3] && mended.host.deadLetters().map(\.position) == [2])
        try await mended.host.rollBack()
        try await mended.host.rebuild()
        #expect(try mended.host.deadLetters() == [])
        try await mended.host.rollBack()
        #expect(try mended.tally() == ["s": 4] && mended.host.deadLetters() == [])
        await mended.log.close()
    }

    @Test func retryingAppliesOrCountsAnotherAttempt() async throws {
        let file = try LogFile()
        let test = try await ProjectedLog(file)
        try await test.append(1)
        try await appendPast(file, ["Bad", "Bad"], to: "t")
        try await test.append(1)
        file.clock.advance(by: 1_000)
        let refused = try await test.host.retryDeadLetters(positions: [3])
        #expect(refused.applied == [] && refused.refused.map(\.position) == [3])
        #expect(refused.refused.first?.attempts == 2)
        #expect(refused.refused.first.map { $0.lastFailedAt.milliseconds - $0.firstFailedAt.milliseconds } == 1_000)
        await expectError(.invalidArgument) { _ = try await test.host.retryDeadLetters(positions: [1]) }
        let mended = try await ProjectedLog(file, [TallyProjector(badType: "None")])
        #expect(try await mended.host.retryDeadLetters().applied.map(\.position) == [2, 3])
        #expect(try mended.tally() == ["s": 2, "t": 2] && mended.host.deadLetters() == [])
        // Both writers go on from the rows as they are now.
        try await test.append(1, to: "t")
        try await mended.append(1, to: "t")
        #expect(try mended.tally()["t"] == 4)
        let (before, after) = try await mended.digestsAroundRebuild()
        #expect(before == after)
        await mended.log.close()
        await test.log.close()
    }

    @Test func aPositionWithoutALetterCanBeSkippedSoThatARebuildGoesOn() async throws {
        let file = try LogFile()
        let old = try await ProjectedLog(file, [TallyProjector(badType: "None")])
        try await old.append(1)
        _ = try await old.log.append(to: "s", [file.event([1], "Bad")])
        await old.log.close()
        let log = try file.open()
        let host = ProjectionStore(log: log, projectors: [TallyProjector(version: 2)])
        await expectError(.projectionFailed) { try await host.rebuild() }
        await expectError(.invalidArgument) { try await host.skipDeadLetters(positions: [3]) }
        await expectError(.invalidArgument) { try await host.skipDeadLetters(positions: [0]) }
        #expect(try await host.skipDeadLetters(["tally"], positions: [2]).map(\.attempts) == [0])
        await log.close()
        let new = try await ProjectedLog(file, [TallyProjector(version: 2)])
        #expect(try new.tally() == ["s": 2] && new.host.deadLetters().map(\.state) == [.skipped])
        await new.log.close()
    }

    @Test func tooManyStopTheCatchingUp() async throws {
        let test = try await ProjectedLog(LogFile(), deliveries: ["tally": .catchingUp])
        let plain = try test.file.open()
        let bad = (0...DeadLetters.maximumWaiting).map { _ in test.file.event([1], "Bad") }
        _ = try await plain.append(to: "s", test.file.events(1) + bad + test.file.events(1))
        await plain.close()
        for _ in 0..<2 {
            let error = await expectError(.limitExceeded) { try await test.host.catchUp("tally") }
            #expect(error?.limit == "DeadLetters.maximumWaiting")
            #expect(error?.position == Position(DeadLetters.maximumWaiting + 2) && error?.projection == "tally")
            #expect(try test.state()?.position == Position(DeadLetters.maximumWaiting + 1))
        }
        #expect(try await test.host.skipDeadLetters().count == DeadLetters.maximumWaiting)
        #expect(try await test.host.catchUp("tally") == Position(DeadLetters.maximumWaiting + 3))
        #expect(try test.tally() == ["s": 2] && test.host.deadLetters().count == DeadLetters.maximumWaiting + 1)
        await test.log.close()
    }

    @Test func goingBackSetsAsideToo() async throws {
        let file = try LogFile()
        let mended = try await ProjectedLog(file, [TallyProjector(badType: "None")])
        try await mended.append(1)
        try await mended.host.rebuild()
        _ = try await mended.log.append(to: "s", [file.event([1], "Bad")])
        await mended.log.close()
        let test = try await ProjectedLog(file)
        #expect(try await test.host.rollBack().map(\.position) == [2])
        #expect(try test.tally() == ["s": 1] && test.host.deadLetters().map(\.position) == [2])
        await test.log.close()
    }

    @Test func longReasonsAreCut() throws {
        let file = try LogFile()
        let log = try file.open()
        let state = ProjectionState(name: "x", version: 1, generation: 1, position: 0)
        let reason = String(repeating: "é", count: 900)
        let letters = try log.file.withWriterLock { sqlite in
            try sqlite.transaction {
                try DeadLetters.add(1, state, reason: reason, at: file.clock.now(), sqlite)
                return try DeadLetters.letters(of: state, sqlite)
            }
        }
        #expect(letters.first?.reason.utf8.count ?? 0 > 900 && letters.first?.reason.hasSuffix("é…") == true)
        #expect(letters.first?.reason.utf8.count ?? .max <= DeadLetters.maximumReasonBytes)
    }
}
