import EventLog
import EventLogTesting
import LedgerCapabilities
import LedgerStorage
import Testing

@testable import EventLog
@testable import SQLiteEventLog

/// Goal: no statement changes or removes an event, and positions go on where they ended, whatever happened in between.
/// Method: statements from an SQL shell, reopening, and inline projections that fail.
@Suite struct AppendOnlyTests {
    @Test(arguments: [
        "UPDATE events SET payload = x'00' WHERE position = 2", "UPDATE events SET position = 9 WHERE position = 3",
        "DELETE FROM events WHERE position = 3", "DELETE FROM events", "UPDATE event_types SET name = 'Other'",
        "DELETE FROM event_types", "UPDATE actors SET name = 'other'", "DELETE FROM actors",
        "UPDATE dictionaries SET bytes = x'00'", "DELETE FROM dictionaries",
        "INSERT OR REPLACE INTO events SELECT * FROM events WHERE position = 2",
        "REPLACE INTO event_types VALUES (1, 'Other')", "REPLACE INTO event_types VALUES (9, 'Tested')",
        "REPLACE INTO actors VALUES (1, 'other')",
        "REPLACE INTO dictionaries SELECT number, sha256, 0, 0, x'00' FROM dictionaries",
    ])
    func triggersRefuseToChangeWhatWasWritten(statement: String) async throws {
        let file = try LogFile()
        let log = try file.open()
        var events = file.events(3)
        events[0].attribution.actor = "ann"
        _ = try await log.append(to: "s", events)
        _ = try await log.addDictionary([UInt8](repeating: 1, count: 100))
        let before = try await log.all()
        let raw = try RawSQLite(file.path)
        #expect(throws: SQLiteFailure.self) { try raw.sqlite.execute(statement) }
        #expect(try await log.all() == before)
        await log.close()
    }

    @Test func reopeningContinuesPositionsVersionsAndTimes() async throws {
        let file = try LogFile()
        for round in 0..<5 {
            let log = try file.open()
            file.clock.set(FixedClock.start.milliseconds - Int64(round) * 1_000)
            let result = try await log.append(to: "s", .atVersion(StreamVersion(round * 2)), file.events(2))
            #expect(result.positions == [Position(round * 2 + 1), Position(round * 2 + 2)])
            await log.close()
        }
        let log = try file.open(.test(.readOnly))
        #expect(try await log.all().map(\.recordedAt) == Array(repeating: FixedClock.start, count: 10))
        await log.close()
    }

    /// Repetitions are recognised by a log that has just been opened, and by another that was open all the while.
    @Test func repetitionsAreRecognisedAfterReopening() async throws {
        let file = try LogFile()
        let other = try file.open()
        let log = try file.open()
        let events = file.events(4)
        let first = try await log.append(to: "s", .mustNotExist, events)
        await log.close()
        for reader in [other, try file.open()] {
            let again = try await reader.append(to: "s", .mustNotExist, events)
            #expect(again.isRepetition && again.positions == first.positions && again.versions == first.versions)
            await expectError(.eventIDReused) { _ = try await reader.append(to: "s", [events[0]] + file.events(1)) }
            #expect(try await reader.head() == 4)
            await reader.close()
        }
    }

    /// Fails on every event of the type "Poison", after it has been written.
    private final class Picky: AppendParticipant {
        struct Refusal: Error {}
        private let error: any Error

        init(_ error: any Error) { self.error = error }

        func begin(head: Position) throws {}
        func apply(_ event: RecordedEvent, prepared: PreparedBody?) throws {
            if event.type == "Poison" { throw error }
        }
        func finish(through position: Position) throws {}
        func forget() {}
    }

    /// An append that its projection refuses leaves nothing, and those beside it in the round are written. A refusal
    /// that looks like one of the log's own, made before anything is written, is no exception.
    @Test(arguments: [false, true])
    func aFailedInlineProjectionLeavesNothing(looksLikeConflict: Bool) async throws {
        let file = try LogFile()
        let log = try file.open()
        log.setParticipant { _, _ in
            Picky(looksLikeConflict ? EventLogError(.conflict, "no") : Picky.Refusal())
        }
        let outcomes = await withTaskGroup(of: [Position]?.self) { group in
            for index in 0..<40 {
                let poisoned = index % 4 == 3
                let events = file.events(2) + (poisoned ? [file.event([1], "Poison")] : [])
                group.addTask { try? await log.append(to: StreamName("s\(index)"), .mustNotExist, events).positions }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.filter { $0 == nil }.count == 10)
        #expect(outcomes.compactMap { $0 }.flatMap { $0 }.sorted() == Array(1...60))
        let events = try await log.all()
        #expect(events.map(\.position) == Array(1...60) && !events.contains { $0.type == "Poison" })
        #expect(try await log.append(to: "after", file.events(1)).positions == [61])
        #expect(try await log.version(of: "s3") == 0)
        await log.close()
    }
}
