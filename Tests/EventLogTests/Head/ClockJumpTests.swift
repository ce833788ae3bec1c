import EventLog
import EventLogTesting
import Foundation
import LedgerCapabilities
import SQLiteEventLog
import Synchronization
import Testing

/// Goal: a clock that is set ahead is told from a ledger that was idle. Method: a clock that goes on beside one that
/// is not set, and that is set; ledgers that are written by one and by two processes' means.
@Suite struct ClockJumpTests {
    private static let day: Int64 = 86_400_000

    private final class SteadiedClock: TimeSource {
        private let times = Mutex((clock: FixedClock.start.milliseconds, steady: SteadyTime(start: 7, milliseconds: 5)))

        func now() -> Timestamp { times.withLock { Timestamp(milliseconds: $0.clock) } }
        func steady() -> SteadyTime? { times.withLock { $0.steady } }

        func goOn(_ milliseconds: Int64) {
            times.withLock {
                ($0.clock, $0.steady.milliseconds) = ($0.clock + milliseconds, $0.steady.milliseconds + milliseconds)
            }
        }

        func set(by milliseconds: Int64) { times.withLock { $0.clock += milliseconds } }
        /// Whatever it says then, it may be more than before.
        func restart() { times.withLock { $0.steady.start += 1 } }
    }

    private struct Ledger {
        let file: LogFile
        let clock = SteadiedClock()

        init() throws { file = try LogFile() }

        func open(_ options: LedgerFileOptions = .synced()) throws -> SQLiteEventLog {
            try SQLiteEventLog(path: file.path, options: options, clock: clock)
        }

        func append(_ log: SQLiteEventLog) async throws { _ = try await log.append(to: "s", file.events(1)) }
    }

    @Test func aClockSetAheadIsNoticedAtTheAppend() async throws {
        let ledger = try Ledger()
        let log = try ledger.open()
        try await ledger.append(log)
        ledger.clock.goOn(400 * Self.day)
        try await ledger.append(log)
        #expect(log.noticedClockJump == nil && log.clockJump() == nil)

        let before = ledger.clock.now()
        ledger.clock.goOn(10)
        ledger.clock.set(by: 2 * Self.day)
        // It is known before anything is written.
        #expect(log.clockJump()?.milliseconds == 2 * Self.day && log.noticedClockJump == nil)
        try await ledger.append(log)
        let jump = try #require(log.noticedClockJump)
        #expect(jump.before == before && jump.after == ledger.clock.now() && jump.milliseconds == 2 * Self.day)
        let reader = try ledger.open(.test(.readOnly))
        #expect(reader.clockJump() == jump)
        await reader.close()
        // Once it is what the log goes by, it is no jump any more.
        try await ledger.append(log)
        #expect(log.clockJump() == nil)
        await log.close()
    }

    @Test func itIsNoticedByWhoeverAppendsNext() async throws {
        let ledger = try Ledger()
        let (first, second) = (try ledger.open(), try ledger.open())
        try await ledger.append(second)
        try await ledger.append(first)
        ledger.clock.set(by: 2 * Self.day)
        try await ledger.append(second)
        #expect(second.noticedClockJump?.milliseconds == 2 * Self.day && first.noticedClockJump == nil)
        for log in [first, second] { await log.close() }
    }

    @Test(
        arguments: [(day, false), (day + 1, true), (-10 * day, false), (.max - FixedClock.start.milliseconds, true)]
            as [(Int64, Bool)])
    func moreThanADayIsAJump(milliseconds: Int64, isJump: Bool) async throws {
        let ledger = try Ledger()
        let log = try ledger.open()
        try await ledger.append(log)
        ledger.clock.set(by: milliseconds)
        try await ledger.append(log)
        #expect((log.noticedClockJump != nil) == isJump)
        await log.close()
    }

    /// It is not known for how long the machine was off.
    @Test func whatWasNotedBeforeTheMachineWasStartedSaysNothing() async throws {
        let ledger = try Ledger()
        let log = try ledger.open()
        try await ledger.append(log)
        ledger.clock.restart()
        ledger.clock.set(by: 10 * Self.day)
        #expect(log.clockJump() == nil)
        try await ledger.append(log)
        #expect(log.noticedClockJump == nil)
        await log.close()
    }

    @Test func aClockWithoutAnotherIsNotJudged() async throws {
        let file = try LogFile()
        let log = try file.open(.synced())
        for _ in 0..<2 {
            _ = try await log.append(to: "s", file.events(1))
            file.clock.advance(by: 10 * Self.day)
        }
        #expect(log.noticedClockJump == nil && log.clockJump() == nil)
        await log.close()
    }

    #if os(Linux)
        /// A container may hide from what the system has it.
        @Test(.enabled(if: SystemTimeSource().steady() != nil)) func theSystemsClockHasOneBesideIt() throws {
            let (first, second) = (try #require(SystemTimeSource().steady()), try #require(SystemTimeSource().steady()))
            #expect(first.start == second.start && first.milliseconds <= second.milliseconds)
        }
    #endif
}
