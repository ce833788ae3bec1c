import EventLog
import EventLogTesting
import LedgerOperations
import MemoryLedger
import MemoryLedgerTesting
import Synchronization
import Testing

/// Goal: what a person should know beside an answer comes as a value. Method: a clock that was ahead once.
@Suite struct OperationNoticeTests {
    @Test func aCallByATimeTellsThatTheClockIsBehind() async throws {
        let clock = FixedClock()
        let ledger = try await MemoryLedger.forTesting(clock: clock)
        let tea = MemoryKey(key: "tea")
        clock.advance(by: .seconds(3_600))
        try await ledger.add(tea, MemoryContent(summary: "Ahead"))
        clock.set(FixedClock.start)
        let notices = Mutex<[OperationNotice]>([])
        let request = OperationRequest(ledger) { notice in notices.withLock { $0.append(notice) } }
        let lead = try #require(try await ledger.clockLead())
        let byTime: [@Sendable () async throws -> Void] = [
            {
                _ = try? await GetMemories([tea], ReadMoment(at: .time(TimeReference(FixedClock.start)))).run(
                    in: request)
            },
            { _ = try await CompareMoments(from: .time(TimeReference(FixedClock.start))).run(in: request) },
            {
                var list = ListEvents()
                list.since = .time(TimeReference(FixedClock.start))
                _ = try await list.run(in: request)
            },
            { _ = try await PlanUndo(EventsToUndo(since: .time(TimeReference(FixedClock.start)))).run(in: request) },
        ]
        for (index, call) in byTime.enumerated() {
            try await call()
            #expect(notices.withLock { $0 } == Array(repeating: .clockIsBehind(lead), count: index + 1))
        }
        notices.withLock { $0 = [] }
        _ = try await GetMemories([tea], ReadMoment(at: .position(1))).run(in: request)
        _ = try await ListEvents().run(in: request)
        #expect(notices.withLock { $0 }.isEmpty)
        await ledger.close()
    }

    @Test func whoAppendsIsToldOfALongLead() async throws {
        let clock = FixedClock()
        let ledger = try await MemoryLedger.forTesting(clock: clock)
        clock.advance(by: .seconds(40 * 86_400))
        try await ledger.add(MemoryKey(key: "tea"), MemoryContent(summary: "Ahead"))
        #expect(await ledger.notice(ofAppendsSince: 0) == nil)
        clock.set(FixedClock.start)
        #expect(await ledger.notice(ofAppendsSince: 1) == nil)
        try await ledger.update(MemoryKey(key: "tea"), MemoryChange(summary: "Now"))
        let lead = try #require(try await ledger.clockLead())
        #expect(await ledger.notice(ofAppendsSince: 1) == .appendedAhead(lead))
        await ledger.close()
    }
}
