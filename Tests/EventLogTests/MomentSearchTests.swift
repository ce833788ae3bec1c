import EventLog
import EventLogTesting
import Testing

/// Goal: the search for what had occurred by a time ends, however long the log is. Method: a log whose only early event
/// comes last, and bounds on either side of it.
@Suite struct MomentSearchTests {
    @Test(arguments: [1, 3, 4, 5, 100]) func noMoreEventsAreReadThanThat(maximum: Int) async throws {
        let clock = FixedClock()
        let log = InMemoryEventLog(clock: clock)
        let ids = FixedIDs()
        let early = Timestamp(milliseconds: clock.now().milliseconds - 1)
        for position in 1...4 {
            let event = NewEvent(
                id: ids.next(at: clock.now()), type: "Noted", payload: [],
                occurredAt: position == 4 ? early : clock.now())
            _ = try await log.append(to: StreamName("s"), [event])
        }
        let found = try? await log.resolve(.occurred(early), now: clock.now(), searching: maximum)
        #expect(found?.position == (maximum >= 4 ? 4 : nil))
        guard maximum < 4 else { return }
        let error = await #expect(throws: EventLogError.self) {
            _ = try await log.resolve(.occurred(early), now: clock.now(), searching: maximum)
        }
        #expect(error?.code == .unknownMoment)
        #expect(error?.message.hasPrefix("None of the first \(maximum) events had occurred by") == true)
    }
}
