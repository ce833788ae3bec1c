import EventLog
import EventLogTesting
import LedgerCapabilities
import SQLiteEventLog

/// A ledger's file of one test, opened as often as the test wants.
struct LogFile: Sendable {
    let folder: TestFolder
    let clock = FixedClock()
    private let ids = RandomEventIDs.seeded(1)

    init() throws { folder = try TestFolder() }

    var path: String { folder.path() }

    func open(_ options: LedgerFileOptions = .test()) throws -> SQLiteEventLog {
        try SQLiteEventLog(path: path, options: options, clock: clock)
    }

    func event(_ payload: [UInt8], _ type: EventType = "Tested") -> NewEvent {
        NewEvent(id: ids.next(at: clock.now()), type: type, payload: payload)
    }

    func events(_ count: Int) -> [NewEvent] { (0..<count).map { event(Array("payload \($0)".utf8)) } }

    /// Makes the ledger with these payloads as events of the stream "s", and closes it.
    func make(_ payloads: [[UInt8]]) async throws {
        let log = try open()
        _ = try await log.append(to: "s", payloads.map { event($0) })
        await log.close()
    }
}
