import EventLog

/// A log of the backend with all that a check needs beside it.
struct LogUnderTest: Sendable {
    let log: any EventLog
    let clock: FixedClock
    private let ids: RandomEventIDs
    private let closing: @Sendable () async -> Void
    private let settling: @Sendable () async throws -> Void
    private let counting: @Sendable () -> Int?
    /// Nil if the backend cannot.
    private let reopening: (@Sendable () async throws -> LogUnderTest)?

    init<Backend: ConformanceBackend>(
        _ log: Backend.Log, of backend: Backend, _ settings: ConformanceSettings, clock: FixedClock, ids: RandomEventIDs
    ) {
        self.log = log
        self.clock = clock
        self.ids = ids
        closing = { await backend.close(log) }
        settling = { try await backend.settle(log, settings) }
        counting = { backend.waitingCalls(of: log) }
        guard let stored = backend as? any ReopeningBackend else {
            reopening = nil
            return
        }
        reopening = { try await Self.reopened(log, of: stored, settings, clock: clock, ids: ids) }
    }

    private static func reopened<Backend: ReopeningBackend>(
        _ log: any EventLog, of backend: Backend, _ settings: ConformanceSettings, clock: FixedClock,
        ids: RandomEventIDs
    ) async throws -> LogUnderTest {
        let log = try require(log as? Backend.Log, "The backend opened a log of another kind than it made.")
        return LogUnderTest(try await backend.reopen(log, settings), of: backend, settings, clock: clock, ids: ids)
    }

    // MARK: Events

    /// An event with an id above all before it.
    func event(
        _ type: EventType = "Tested", _ payload: [UInt8] = [1, 2, 3], attribution: Attribution = Attribution()
    ) -> NewEvent {
        NewEvent(id: ids.next(at: clock.now()), type: type, payload: payload, attribution: attribution)
    }

    func events(_ count: Int) -> [NewEvent] {
        (0..<count).map { event("Tested", Array("payload \($0)".utf8)) }
    }

    /// Every event, by plain pages.
    func all() async throws -> [RecordedEvent] { try await log.all() }

    // MARK: The backend's part

    func close() async { await closing() }

    func settle() async throws { try await settling() }

    func reopened() async throws -> LogUnderTest {
        let reopening = try require(
            reopening, "The backend is no `ReopeningBackend`; leave `EventLogConformance.reopeningChecks` out.")
        return try await reopening()
    }

    /// Returns when so many calls of `waitForEvent` wait; at once if the backend cannot tell.
    func waitUntilWaiting(_ count: Int, fileID: StaticString = #fileID, line: UInt = #line) async throws {
        guard counting() != nil else { return }
        try expect(
            try await eventually { counting() == count }, "\(count) subscribers never came to wait.", fileID: fileID,
            line: line)
    }

    /// Throws if a call of `waitForEvent` still waits.
    func expectNoneWaits(fileID: StaticString = #fileID, line: UInt = #line) throws {
        try expect(counting() ?? 0, equals: 0, "subscribers that still wait", fileID: fileID, line: line)
    }
}

/// 1, 2, 3, … as many as that: positions or versions without a gap.
func ascending(_ count: Int) -> [Int64] { (0..<Int64(count)).map { $0 + 1 } }

extension FixedClock {
    /// Puts the clock to so many milliseconds since 1970.
    func set(_ milliseconds: Int64) { set(Timestamp(milliseconds: milliseconds)) }

    func advance(by milliseconds: Int64) { advance(by: .milliseconds(milliseconds)) }
}
