import EventLog
import LedgerCapabilities
import Logging

/// Holds back the events that say who read what, until they are appended together.
///
/// What was read is written down once, or the read throws. The events become durable when counted reads do: see
/// `MemoryLedgerOptions.ReadCounting`.
final class ReadJournal: Sendable {
    fileprivate struct Read: QueuedRead {
        var event: NewEvent
        var stream: StreamName

        static let batchEvents = 4_096
        static let batchBytes = 8 << 20
        static let waitsOn: Logger.Message = "Audited reads wait"
        static let isLost: Logger.Message = "Audited reads are lost"

        var payloadBytes: Int { event.payload.count }

        func append(_ options: MemoryLedgerOptions) -> StreamAppend { StreamAppend(stream, events: [event]) }

        /// Nothing asks what waits.
        struct Tally: ReadTally {
            mutating func add(_ read: Read) {}
        }
    }

    private let log: any EventLog
    private let options: MemoryLedgerOptions
    private let queue: ReadQueue<Read>

    init(log: any EventLog, options: MemoryLedgerOptions) {
        self.log = log
        self.options = options
        queue = ReadQueue(log: log, options: options)
    }

    /// Writes an event down. Returns when it waits, or with `.strict` when it is durable.
    ///
    /// - Throws: `EventLogError` with `readOnly`, `closed`, or what the log says of the context or of the append.
    func write(_ body: any ModuleEvent, to stream: StreamName, by attribution: Attribution) async throws {
        guard options.file.access != .readOnly else { throw Self.readOnly }
        let time = options.clock.now()
        let new = try options.events.newEvent(body, id: options.ids.next(at: time), at: time, by: attribution)
        try log.limits.check([StreamAppend(stream, events: [new])])
        try await queue.add(Read(event: new, stream: stream))
    }

    package static let readOnly = EventLogError(
        .readOnly, "Reads of this ledger are events, and it was opened for reading only; open it for writing.")

    /// Appends everything that waits.
    func flush() async throws { try await queue.flush() }

    /// Appends what waits, or gives up on it where that fails, and stops the clock.
    func close() async { await queue.close() }
}
